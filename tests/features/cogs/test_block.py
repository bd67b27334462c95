"""/block and the rest of /limits, as moderators use them in a Discord written by others."""

from __future__ import annotations

from typing import Any

import pytest
from simcord.backend.errors import SetupError

from bot.core.limits.quota import LimitScope
from tests.features.conftest import Stage

COMMANDS = ("block", "unblock", "blocked", "limits grant", "limits reset", "limits exempt")


def calls(stage: Stage) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """What the counters were asked."""
    return stage.program.counter.calls


async def test_a_block_is_a_day_long_and_clears_nothing_unless_it_is_said(stage: Stage) -> None:
    result = await stage.mona.slash(stage.art, "block", member=stage.theo)
    assert result.ephemeral
    await stage.mona.slash(stage.art, "block", member=stage.theo, span=0, reason="spam", clear=True)
    short, long = calls(stage)
    assert short == ("block_member", (stage.theo.id, "theo", 24, "", False), {})
    assert long == ("block_member", (stage.theo.id, "theo", None, "spam", True), {})


async def test_unblock_and_the_list_of_who_is_blocked(stage: Stage) -> None:
    await stage.mona.slash(stage.art, "unblock", member=stage.theo)
    await stage.mona.slash(stage.art, "blocked")
    assert calls(stage) == [
        ("unblock_member", (stage.theo.id, "theo"), {}),
        ("list_blocks", (), {}),
    ]


async def test_a_grant_takes_the_members_roles_along(stage: Stage) -> None:
    await stage.mona.slash(stage.art, "limits grant", member=stage.theo, pictures=5)
    await stage.mona.slash(stage.art, "limits grant", member=stage.theo, pictures=5, days=7)
    await stage.mona.slash(stage.art, "limits reset", member=stage.theo)
    roles = (stage.artists.id,)
    assert calls(stage) == [
        ("grant_images", (stage.theo.id, "theo", roles, 5, 1), {}),
        ("grant_images", (stage.theo.id, "theo", roles, 5, 7), {}),
        ("reset_usage", (stage.theo.id, "theo", roles), {}),
    ]


async def test_exempt_is_for_a_member_a_role_or_the_server_and_is_taken_back(stage: Stage) -> None:
    await stage.mona.slash(stage.art, "limits exempt", member=stage.theo)
    await stage.mona.slash(stage.art, "limits exempt", role=stage.artists, on=False)
    await stage.mona.slash(stage.art, "limits exempt")
    assert [(args[:2], args[3]) for _, args, _ in calls(stage)] == [
        ((LimitScope.MEMBER, stage.theo.id), True),
        ((LimitScope.ROLE, stage.artists.id), False),
        ((LimitScope.GUILD, stage.guild.id), True),
    ]
    result = await stage.mona.slash(
        stage.art, "limits exempt", member=stage.theo, role=stage.artists
    )
    assert len(calls(stage)) == 3
    assert result.response is not None
    assert "Nothing was changed" in result.response.content


async def test_the_log_is_of_everything_or_of_one_member(stage: Stage) -> None:
    await stage.mona.slash(stage.art, "limits log")
    await stage.mona.slash(stage.art, "limits log", member=stage.theo, page=2)
    assert [args for _, args, _ in calls(stage)] == [(None, "", 1), (stage.theo.id, "theo", 2)]


@pytest.mark.parametrize("command", [*COMMANDS, "limits log"])
async def test_a_member_has_none_of_them(stage: Stage, command: str) -> None:
    with pytest.raises(SetupError, match="not visible"):
        await stage.mia.slash(stage.art, command, member=stage.theo)
    assert command not in stage.mia.available_commands(stage.art)
    assert command in stage.mona.available_commands(stage.art)
    assert calls(stage) == []
