"""/pause and /resume: what moderators read, and that the picture waits."""

from __future__ import annotations

from datetime import timedelta

import discord
import pytest
from discord import app_commands
from simcord.actors import MemberActor

from bot.core.text.format import format_timestamp
from cogs.pauses import PAUSE_SPANS, PauseCog
from tests.features.conftest import Stage
from tests.support.books import NOON


@pytest.fixture
def ada(stage: Stage) -> MemberActor:
    """Somebody with Manage Server."""
    role = stage.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("ada"), roles=[role])


async def test_a_pause_and_its_end(stage: Stage, ada: MemberActor) -> None:
    ends = format_timestamp(NOON + timedelta(hours=1))
    assert (await stage.says(ada, "pause")).startswith(
        f"Drawing is paused in this server. It continues {ends}."
    )
    await stage.imagine()
    assert [job.state.value for job in await stage.program.jobs()] == ["queued"]
    assert await stage.says(stage.mia, "queue") == (
        f"Drawing is paused. It continues {ends}. 1 waiting, 0 in progress."
    )
    assert await stage.says(ada, "resume") == "Drawing continues in this server."
    assert await stage.says(ada, "resume") == "Drawing was not paused in this server."
    await stage.program.draw()
    assert [job.state.value for job in await stage.program.jobs()] == ["done"]


@pytest.mark.parametrize("span", PAUSE_SPANS, ids=lambda one: one.name)
async def test_each_span_of_the_menu_pauses_for_its_time(
    stage: Stage, ada: MemberActor, span: app_commands.Choice[int]
) -> None:
    await stage.says(ada, "pause", span=span.value)
    (pause,) = await stage.program.desk.books.pauses.list_pauses()
    assert (pause.guild, pause.until) == (stage.guild.id, NOON + timedelta(minutes=span.value))
    amount, unit = span.name.split()
    assert timedelta(**{unit.rstrip("s") + "s": int(amount)}) == timedelta(minutes=span.value)


async def test_its_commands_are_for_those_who_manage_the_server(stage: Stage) -> None:
    commands = {one.name: one for one in stage.cog(PauseCog).get_app_commands()}
    assert set(commands) == {"pause", "resume"}
    for command in commands.values():
        rights = command.default_permissions
        assert rights is not None
        assert [name for name, on in rights if on] == ["manage_guild"]
