"""A report or a greeting that was meant: sent once, whatever ends the process, and not for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import DiscordUnavailable, MessageError, MissingPermission
from bot.core.notices import SEND_WITHIN, Notice
from bot.core.ui.card import MessageContent
from bot.flow.notices import Notices
from tests.support.books import BEN, MODERATOR
from tests.support.flow import Forgetful, Hands, Stage, stage
from tests.support.settings import set_fields

LOG, GREETED = 90, 95


async def report(here: Stage) -> None:
    """Ben reports a picture of Mia's."""
    here.work()
    await set_fields(here.flow.guild_settings, MODERATOR, log_channel=LOG)
    job, message = await here.ask()
    await here.becomes(job.id, "done")
    await here.flow.reports.report_job(job.id, BEN, message)


async def greet(here: Stage) -> None:
    """A server that nobody knew."""
    await here.flow.onboarding.begin(())
    await here.flow.onboarding.welcome_guild(8, None, lambda: GREETED)


async def resume(notices: Notices) -> None:
    """What a start of the process does."""
    await notices.load_left()
    await notices.resume()


def sent(board: Forgetful, *channels: int) -> list[MessageContent]:
    return [shown for n, shown in board.messages.items() if board.places[n] in channels]


@pytest.mark.parametrize("cause", [report, greet])
@pytest.mark.parametrize(("way", "arrived"), [("after-post", True), ("post", False)])
async def test_a_death_around_the_post_neither_loses_nor_doubles_it(
    tmp_path: Path, cause: Callable[[Stage], Awaitable[None]], way: str, arrived: bool
) -> None:
    board, hands = Forgetful(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        board.trouble[way] = [DiscordUnavailable("as a death leaves it")]
        await cause(here)
        assert len(sent(board, LOG, GREETED)) == arrived
        [left] = await here.books.books.notices.list_notices()
    board.trouble.clear()
    for _ in range(2):
        async with stage(tmp_path, board=board, hands=hands) as here:
            await resume(here.flow.notices)
            assert [shown.card for shown in sent(board, LOG, GREETED)] == [left.card]
            assert await here.books.books.notices.list_notices() == ()


async def _left(here: Stage) -> tuple[Notice, ...]:
    return await here.books.books.notices.list_notices()


@pytest.mark.parametrize(
    ("error", "left"), [(MissingPermission("50013"), 0), (DiscordUnavailable("503"), 1)]
)
async def test_what_discord_refuses_is_given_up(
    tmp_path: Path, error: MessageError, left: int
) -> None:
    board, hands = Forgetful({"post": [error]}), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await greet(here)
        assert len(await _left(here)) == left
    hands.now += SEND_WITHIN
    board.trouble.clear()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await resume(here.flow.notices)
        assert sent(board, GREETED) == []
        assert await _left(here) == ()


async def test_an_old_notice_goes_with_the_sweep(tmp_path: Path) -> None:
    board = Forgetful({"post": [DiscordUnavailable("503")]})
    async with stage(tmp_path, board=board) as here:
        await greet(here)
        for later, left in ((timedelta(hours=23), 1), (timedelta(days=1), 0)):
            await here.kit.stores.retention.delete_expired_rows(here.hands.now + later)
            assert len(await _left(here)) == left
