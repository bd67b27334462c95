"""
How a last word reaches a person, rung by rung, each tried only when the one before is gone.

    edit by the interaction's token      until a minute before it dies
    edit by the bot's token              until 55 minutes of the message's age
    a new message in the same place      the old card shrinks to a link
    a direct message
    (nothing: the caller offers it again later)

Discord being away is not a rung: the same rung is tried again for some minutes before it gives way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

import structlog

from bot.core import job_cards
from bot.core.errors import (
    BoardError,
    Forbidden,
    Gone,
    Invalid,
    TokenDead,
    TooLarge,
    TooOld,
    Unavailable,
)
from bot.core.job import Job
from bot.flow.clock import Clock
from bot.flow.ports import Board, Books, Post, Purpose, Shown
from bot.flow.status import EDITABLE, lives

log = structlog.stdlib.get_logger(__name__)

REQUEST_LIMIT: Final = 24 * 1024 * 1024
PATIENCE: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0)

Make: TypeAlias = Callable[[int], Awaitable[Shown]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Landed:
    """Where the last word came to be; `edited` means the status message itself."""

    channel: int
    message: int
    edited: bool


class Ladder:
    """Brings one last card (with or without pictures) to the person who waits for it."""

    def __init__(
        self, board: Board, books: Books, clock: Clock, new_nonce: Callable[[], str]
    ) -> None:
        self._board, self._books, self._clock, self._new_nonce = board, books, clock, new_nonce

    async def climb(self, job: Job, make: Make, *, files: int, anew: bool = True) -> Landed | None:
        """Say the last word once. `make(limit)` draws it up with files of at most `limit` bytes.

        `files` is how many it will carry; `anew` False stops after the edits: where the message
        is gone, nobody wants another. Returns None when no rung held.
        """
        posts = {post.purpose: post for post in await self._books.posts(job.id)}
        status = posts.get(Purpose.STATUS)
        share = REQUEST_LIMIT // max(1, files)
        limit = min(self._board.upload_limit(job.guild), share)
        if status is not None and status.message is not None and Purpose.RESULT not in posts:
            landed = await self._by_edit(status, make, limit, files > 0)
            if landed is not None or not anew:
                return landed
        elif not anew:
            return None
        landed = await self._anew(job, make, limit)
        if landed is None:
            return await self._direct(job, make, min(limit, 10 * 1024 * 1024))
        if status is not None and status.message is not None:
            await self._shrink(job, status, landed)
        return landed

    async def _by_edit(self, post: Post, make: Make, limit: int, brings: bool) -> Landed | None:
        assert post.message is not None
        now = self._clock.now()
        ways = [True] if lives(post, now) else []
        if now - post.created_at < EDITABLE:
            ways.append(False)
        for by_token in ways:
            try:
                await self._send(make, limit, self._editor(post, by_token))
            except Invalid:
                if brings:
                    break
            except (TokenDead, TooOld, Forbidden, Gone, TooLarge, Unavailable) as error:
                log.info("rung gave way", job=post.job, by_token=by_token, why=_name(error))
            else:
                return Landed(post.channel, post.message, edited=True)
        return None

    def _editor(self, post: Post, by_token: bool) -> Callable[[Shown], Awaitable[None]]:
        async def edit(shown: Shown) -> None:
            await self._board.edit(post, lambda: shown, final=True, by_token=by_token)

        return edit

    async def _anew(self, job: Job, make: Make, limit: int) -> Landed | None:
        post = await self._books.intend(
            Post(job.id, Purpose.RESULT, self._new_nonce(), job.channel, self._clock.now())
        )
        try:
            message = post.message or await self._board.find(post)
            if message is None:
                message = await self._send(make, limit, lambda shown: self._board.post(post, shown))
        except BoardError as error:
            log.info("no new message", job=job.id, why=_name(error))
            return None
        await self._books.posted(replace(post, message=message))
        return Landed(job.channel, message, edited=False)

    async def _direct(self, job: Job, make: Make, limit: int) -> Landed | None:
        async def direct(shown: Shown) -> tuple[int, int]:
            # Buttons are checked against the server that they are pressed in: here there is none.
            bare = replace(shown, card=replace(shown.card, buttons=()))
            return await self._board.direct(job.requester, bare)

        try:
            channel, message = await self._send(make, limit, direct)
        except BoardError as error:
            log.warning("nobody could be told", job=job.id, why=_name(error))
            return None
        return Landed(channel, message, edited=False)

    async def _shrink(self, job: Job, status: Post, landed: Landed) -> None:
        link = f"https://discord.com/channels/{job.guild}/{landed.channel}/{landed.message}"
        card = Shown(job_cards.moved(job, link))
        try:
            await self._board.edit(status, lambda: card, final=True, by_token=False)
        except BoardError as error:
            log.debug("old card stays", job=job.id, why=_name(error))

    async def _send(self, make: Make, limit: int, send: Callable[[Shown], Awaitable[T]]) -> T:
        """Send, smaller when it was too large, and again while Discord is away."""
        smaller = [limit, limit // 2, limit // 4, 512 * 1024]
        pauses = iter(PATIENCE)
        while True:
            try:
                return await send(await make(smaller[0]))
            except TooLarge:
                smaller.pop(0)
                if not smaller:
                    raise
            except Unavailable:
                pause = next(pauses, None)
                if pause is None:
                    raise
                await self._clock.sleep(pause)


def _name(error: Exception) -> str:
    return type(error).__name__
