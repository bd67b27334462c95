"""/block, /unblock and /blocked: what moderators read, word for word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from discord import app_commands

from bot.core.text.format import format_timestamp
from cogs.block import PERMANENT, SPAN_CHOICES, BlockCog
from tests.features.conftest import Stage, read_panel, read_private
from tests.support.books import NOON


async def test_block_unblock_and_blocked(stage: Stage) -> None:
    mona, mia = stage.mona, stage.mia
    tomorrow = format_timestamp(NOON + timedelta(days=1))
    assert await stage.says(mona, "blocked") == "Nobody is blocked here."
    assert await stage.says(mona, "unblock", member=mia) == (
        "mia is not blocked. Nothing was changed."
    )
    assert (
        await stage.says(mona, "block", member=mona)
        == "You can't block yourself. Nothing was changed."
    )
    assert await stage.says(mona, "block", member=mia, reason="spam") == (
        f"mia is blocked from drawing here; the block ends {tomorrow}. "
        "Undo: `/unblock`.\nTheir queued pictures will still finish. To stop them too, use "
        "`clear:True`."
    )
    listed = await mona.slash(stage.art, "blocked")
    assert read_private(listed) == "Blocked members"
    assert read_panel(listed) == [f"<@{mia.id}>: ends {tomorrow}, blocked by <@{mona.id}> · spam"]
    assert await stage.says(mona, "block", member=mia, span=0, clear=True) == (
        "mia is blocked from drawing here for good. Undo: `/unblock`.\nThey had "
        "nothing in the queue and no pictures from the last hour."
    )
    assert await stage.says(mona, "unblock", member=mia) == "mia can draw here again."


async def test_what_a_blocked_member_has_in_line_is_cancelled_only_if_asked(stage: Stage) -> None:
    mona, mia = stage.mona, stage.mia
    await stage.imagine()
    await stage.says(mona, "block", member=mia)
    assert [job.state.value for job in await stage.program.jobs()] == ["queued"]
    await stage.says(mona, "block", member=mia, clear=True)
    assert [job.state.value for job in await stage.program.jobs()] == ["cancelled"]


@pytest.mark.parametrize("span", SPAN_CHOICES, ids=lambda one: one.name)
async def test_each_span_of_the_menu_blocks_for_its_time(
    stage: Stage, span: app_commands.Choice[int]
) -> None:
    """The one that is for good has no end."""
    await stage.says(stage.mona, "block", member=stage.mia, span=span.value)
    (block,) = await stage.program.desk.books.blocks.list_blocks(stage.guild.id, NOON)
    until = None if span.value == PERMANENT else NOON + timedelta(hours=span.value)
    assert (block.user, block.until, block.blocked_by) == (stage.mia.id, until, stage.mona.id)


async def test_its_commands_are_for_those_who_moderate(stage: Stage) -> None:
    commands = {one.name: one for one in stage.cog(BlockCog).get_app_commands()}
    assert set(commands) == {"block", "unblock", "blocked"}
    for command in commands.values():
        rights = command.default_permissions
        assert rights is not None
        assert [name for name, on in rights if on] == ["moderate_members"]
