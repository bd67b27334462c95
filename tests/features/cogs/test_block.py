"""/block, /unblock and /blocked: what moderators read, word for word."""

from __future__ import annotations

from datetime import timedelta

from bot.core.text.format import format_timestamp
from tests.features.conftest import Stage, read_panel, read_private
from tests.support.books import NOON


async def test_block_unblock_and_blocked(stage: Stage) -> None:
    mona, mia = stage.mona, stage.mia
    tomorrow = format_timestamp(NOON + timedelta(days=1))
    assert await stage.says(mona, "blocked") == "Nobody is blocked here."
    assert await stage.says(mona, "unblock", member=mia) == (
        "mia is not blocked. Nothing was changed."
    )
    assert await stage.says(mona, "block", member=mona) == "That's you. Nothing was changed."
    assert await stage.says(mona, "block", member=mia, reason="spam") == (
        f"mia can't draw here for now; again {tomorrow}. `/unblock` lifts it.\n"
        "What they have in line goes on; `clear:True` would stop it."
    )
    listed = await mona.slash(stage.art, "blocked")
    assert read_private(listed) == "Who can't draw here now."
    assert read_panel(listed) == [f"<@{mia.id}> again {tomorrow}, by <@{mona.id}> · spam"]
    assert await stage.says(mona, "block", member=mia, span=0, clear=True) == (
        "mia can't draw here for good. `/unblock` lifts it.\n"
        "Nothing of theirs was in line, and no picture of the last hour was left."
    )
    assert await stage.says(mona, "unblock", member=mia) == "mia may draw here again."


async def test_what_a_blocked_member_has_in_line_is_cancelled_only_if_asked(stage: Stage) -> None:
    mona, mia = stage.mona, stage.mia
    await stage.imagine()
    await stage.says(mona, "block", member=mia)
    assert [job.state.value for job in await stage.program.jobs()] == ["queued"]
    await stage.says(mona, "block", member=mia, clear=True)
    assert [job.state.value for job in await stage.program.jobs()] == ["cancelled"]
