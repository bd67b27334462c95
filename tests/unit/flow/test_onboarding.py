"""Whom the bot greets, over real books: new servers once, old acquaintances never."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.adapters.sqlite import Database
from bot.adapters.sqlite.migrate import load_migrations
from bot.core.errors import MissingPermission
from bot.core.jobs.model import Post
from bot.core.ui.card import MessageContent
from bot.flow.notices import Notices
from bot.flow.onboarding import WELCOMED_AT_START_MAX, WelcomeMessages
from tests.support.books import NOON, Desk, open_desk

HERE, THERE = 11, 22
PLACE, ELSEWHERE = 110, 220
PLACES = {HERE: PLACE, THERE: ELSEWHERE}
JOINED = NOON - timedelta(days=30)


class Board:
    """Takes every message, or none."""

    def __init__(self) -> None:
        self.said: list[int] = []
        self.shut = False

    async def send_message(self, post: Post, shown: MessageContent) -> int:
        self.said.append(post.channel)
        if self.shut:
            raise MissingPermission
        return 1


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path / "b.db") as desk:
        yield desk


@pytest.fixture
def board() -> Board:
    return Board()


def started(desk: Desk, board: Board) -> WelcomeMessages:
    """As after a start of the process."""
    context: Any = SimpleNamespace(
        clock=SimpleNamespace(now=lambda: NOON), ids=SimpleNamespace(new_nonce=lambda: "n")
    )
    ports: Any = SimpleNamespace(stores=desk.books, messages=board)
    return WelcomeMessages(Notices(ports, context), ports, context)


async def begin(
    desk: Desk, board: Board, *guilds: int, absent: int = 0, joined_at: datetime | None = JOINED
) -> WelcomeMessages:
    """A start of the process in these guilds. Discord has not told of the absent one yet."""
    greeting = started(desk, board)
    for guild in guilds:
        if guild != absent:
            await greeting.welcome_guild(guild, joined_at, lambda at=guild: PLACES.get(at, PLACE))
    await greeting.begin(guilds)
    return greeting


async def test_the_servers_of_a_first_start_are_greeted_once(desk: Desk, board: Board) -> None:
    await begin(desk, board, HERE, THERE)
    assert board.said == [PLACE, ELSEWHERE]
    await begin(desk, board, HERE, THERE)
    assert board.said == [PLACE, ELSEWHERE]


async def test_a_server_is_greeted_when_it_is_there(desk: Desk, board: Board) -> None:
    """Be it in this process or the next."""
    await begin(desk, board, HERE, THERE, absent=THERE)
    assert board.said == [PLACE]
    greeting = await begin(desk, board, HERE, THERE, absent=THERE)
    assert board.said == [PLACE]
    await greeting.welcome_guild(THERE, JOINED, lambda: ELSEWHERE)
    assert board.said == [PLACE, ELSEWHERE]


async def test_nobody_is_greeted_by_an_update_of_the_program(tmp_path: Path, board: Board) -> None:
    path = tmp_path / "b.db"
    older = [one for one in load_migrations() if one.number < 10]
    async with Database.open(path, clock=lambda: NOON, migrations=tuple(older)) as db:
        await db.run_transaction(
            lambda conn: conn.execute(
                "INSERT INTO audit (at, guild, actor, action, target, old, new)"
                " VALUES (1, 11, 1, 'limit.day', 'guild:11', '', '5')"
            )
        )
    async with open_desk(path) as desk:
        greeting = await begin(desk, board, HERE, absent=HERE)
        await greeting.welcome_guild(HERE, JOINED, lambda: PLACE)
        assert board.said == []
        await begin(desk, board, HERE, THERE)
        assert board.said == [ELSEWHERE]  # which came while the updated program was away


async def test_new_books_in_very_many_servers_greet_none(desk: Desk, board: Board) -> None:
    """Those that are in an outage are among them."""
    many = range(1, WELCOMED_AT_START_MAX + 2)
    greeting = await begin(desk, board, *many, absent=1)
    await greeting.welcome_guild(1, JOINED, lambda: PLACE)
    assert board.said == []
    assert set(await desk.books.onboarding.list_greeted_guilds() or ()) == set(many)


async def test_an_invitation_is_answered_once(desk: Desk, board: Board) -> None:
    greeting = await begin(desk, board, HERE)
    for guild in (THERE, THERE, HERE):  # Discord had an outage
        await greeting.welcome_guild(guild, JOINED, lambda: ELSEWHERE)
    assert board.said == [PLACE, ELSEWHERE]
    await begin(desk, board, HERE, THERE)
    assert board.said == [PLACE, ELSEWHERE]


async def test_the_next_invitation_is_answered_too(desk: Desk, board: Board) -> None:
    """Whether the bot was there when it was removed, or not."""
    greeting = await begin(desk, board, HERE, THERE)
    await greeting.forget_guild(THERE)
    await greeting.welcome_guild(THERE, JOINED, lambda: ELSEWHERE)
    assert board.said == [PLACE, ELSEWHERE, ELSEWHERE]
    await begin(desk, board, HERE)
    assert set(await desk.books.onboarding.list_greeted_guilds() or ()) == {HERE}
    await begin(desk, board, HERE, THERE)
    assert board.said == [PLACE, ELSEWHERE, ELSEWHERE, ELSEWHERE]


async def test_a_removal_and_an_invitation_while_the_bot_was_off_are_noticed(
    desk: Desk, board: Board
) -> None:
    """An invitation that was not written down yet, as before an update, is the greeted one."""
    await begin(desk, board, HERE, joined_at=None)
    await begin(desk, board, HERE)
    await begin(desk, board, HERE)
    assert board.said == [PLACE]
    for _ in range(2):
        await begin(desk, board, HERE, joined_at=JOINED + timedelta(days=1))
    assert board.said == [PLACE, PLACE]
    await begin(desk, board, HERE, joined_at=None)
    assert board.said == [PLACE, PLACE]


async def test_a_server_that_leaves_during_the_start_is_not_greeted(
    desk: Desk, board: Board
) -> None:
    greeting = started(desk, board)
    await greeting.welcome_guild(THERE, JOINED, lambda: ELSEWHERE)
    await greeting.forget_guild(THERE)
    await greeting.begin((HERE,))
    assert board.said == []


async def test_a_server_without_a_place_is_known_all_the_same(desk: Desk, board: Board) -> None:
    greeting = await begin(desk, board, HERE, absent=HERE)
    await greeting.welcome_guild(HERE, JOINED, lambda: 0)
    assert board.said == []
    await begin(desk, board, HERE)
    assert board.said == []


async def test_a_greeting_that_fails_is_not_tried_again(desk: Desk, board: Board) -> None:
    board.shut = True
    greeting = await begin(desk, board, HERE)
    board.shut = False
    await greeting.welcome_guild(HERE, JOINED, lambda: PLACE)
    await begin(desk, board, HERE)
    assert board.said == [PLACE]


async def test_meeting_is_one_transaction(desk: Desk) -> None:
    assert await desk.books.onboarding.mark_guilds_greeted((HERE, THERE, HERE), NOON) == (
        HERE,
        THERE,
    )
    assert await desk.books.onboarding.mark_guilds_greeted((THERE,), NOON) == ()
    assert set(await desk.books.onboarding.list_greeted_guilds() or ()) == {HERE, THERE}
