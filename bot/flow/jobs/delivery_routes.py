"""
How a last word reaches a person, rung by rung, each tried only when the one before is gone.

    edit by the interaction's token      until a minute before it dies
    edit by the bot's token              until 55 minutes of the message's age
    a new message in the same place      the old card shrinks to a link
    a direct message                     the old card says so
    (nothing: the caller keeps it)

A private word takes the first and the fourth rung only: it never becomes public.

Discord being away is not a rung: the same rung is tried again for some minutes before it gives way.
Each rung has its own upload limit; all files of a request share `REQUEST_LIMIT` besides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

import structlog

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
from bot.core.history import cards as history_cards
from bot.core.history.model import Place
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job
from bot.core.jobs.model import Post, Purpose
from bot.core.jobs.upload_limits import PERSON_LIMIT, limits
from bot.core.ui.card import Card, Shown
from bot.flow.jobs.status_message import EDITABLE, lives
from bot.flow.ports import Board, Books
from bot.flow.runtime.clock import Clock

log = structlog.stdlib.get_logger(__name__)
PATIENCE: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0)
Make: TypeAlias = Callable[[int], Awaitable[Shown]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Landed:
    """Where the last word came to be; `edited` means the status message itself."""

    channel: int
    message: int
    place: Place
    edited: bool = False


@dataclass(slots=True)
class _Climb:
    """One way up. `away` notes that a rung gave way because Discord did not answer."""

    job: Job
    make: Make
    sizes: tuple[int, ...]
    away: bool = False

    @property
    def private(self) -> bool:
        return self.job.order.private


class Ladder:
    """Brings one last card (with or without pictures) to the person who waits for it."""

    def __init__(
        self, board: Board, books: Books, clock: Clock, new_nonce: Callable[[], str]
    ) -> None:
        self._board, self._books, self._clock, self._new_nonce = board, books, clock, new_nonce

    async def climb(
        self, job: Job, make: Make, *, sizes: tuple[int, ...] = (), anew: bool = True
    ) -> Landed | None:
        """Say the last word once. `make(limit)` draws it up with files of at most `limit` bytes.

        `sizes` are those of the files it would like to carry; `anew` False stops after the edits:
        where the message is gone, nobody wants another. Returns None when every rung was refused,
        and raises Unavailable when none held and Discord was away at one of them.
        """
        climb = _Climb(job, make, sizes)
        posts = {post.purpose: post for post in await self._books.posts(job.id)}
        status = posts.get(Purpose.STATUS)
        landed = await self._known(posts.get(Purpose.DIRECT))
        if landed is None and status is not None and Purpose.RESULT not in posts:
            landed = await self._by_edit(climb, status)
        if landed is not None and landed.edited:
            return landed
        if landed is None and anew:
            landed = None if climb.private else await self._anew(climb, status)
            landed = landed or await self._direct(climb)
        if landed is None and anew and climb.away:
            raise Unavailable("Discord was away, and no other way was open")
        if landed is not None and not landed.edited:
            await self.leave_word(job, _forwarding(climb, landed))
        return landed

    async def leave_word(self, job: Job, card: Card) -> None:
        """Let the old card, if it can be reached, say where its last word went."""
        posts = {post.purpose: post for post in await self._books.posts(job.id)}
        status = posts.get(Purpose.STATUS)
        if status is None or status.message is None:
            return
        for by_token in self._ways(status, job, at_any_age=True):
            try:
                await self._board.edit(status, lambda: Shown(card), final=True, by_token=by_token)
            except BoardError as error:
                log.debug("old card stays", job=job.id, by_token=by_token, why=_name(error))
            else:
                return

    def _ways(self, post: Post, job: Job, *, at_any_age: bool = False) -> list[bool]:
        """By which tokens the post may be edited: True is the interaction's, False the bot's."""
        now = self._clock.now()
        ways = [True] if lives(post, now) else []
        if post.message is None or post.private or job.order.private:
            return ways
        young = now - post.created_at < EDITABLE
        return [*ways, False] if young or at_any_age else ways

    async def _by_edit(self, climb: _Climb, post: Post) -> Landed | None:
        unsure = False
        for by_token in self._ways(post, climb.job):
            limit = self._board.upload_limit(climb.job.guild)
            if by_token:
                limit = post.upload_limit or PERSON_LIMIT
            try:
                message = await self._send(climb, limit, self._editor(post, by_token))
            except Invalid:
                if climb.sizes:
                    break
            except (TokenDead, TooOld, Forbidden, Gone, TooLarge, Unavailable) as error:
                unsure = unsure or isinstance(error, Unavailable)
                log.info("rung gave way", job=post.job, by_token=by_token, why=_name(error))
            else:
                if post.message is None:
                    post = replace(post, message=message)
                    await self._books.posted(post)
                return self._edited(climb, post)
        climb.away = climb.away or unsure
        if unsure and climb.sizes and await self._carries(post):
            return self._edited(climb, post)
        return None

    def _edited(self, climb: _Climb, post: Post) -> Landed:
        assert post.message is not None
        place = Place.PRIVATE if climb.private else Place.CHANNEL
        return Landed(post.channel, post.message, place, edited=True)

    def _editor(self, post: Post, by_token: bool) -> Callable[[Shown], Awaitable[int]]:
        async def edit(shown: Shown) -> int:
            if post.message is None:  # sent, but we died before it was written down
                return await self._board.fill(post, shown)
            await self._board.edit(post, lambda: shown, final=True, by_token=by_token)
            return post.message

        return edit

    async def _carries(self, post: Post) -> bool:
        """Whether an edit without an answer was made all the same: it must not come twice."""
        if post.message is None or post.private:
            return False
        try:
            return await self._board.carries(post)
        except BoardError:
            return False

    async def _anew(self, climb: _Climb, status: Post | None) -> Landed | None:
        job = climb.job
        limit = self._board.upload_limit(job.guild)
        message = await self._post(climb, Purpose.RESULT, job.channel, limit)
        if message is None:
            return None
        edited = status is not None and message == status.message
        return Landed(job.channel, message, Place.CHANNEL, edited)

    async def _direct(self, climb: _Climb) -> Landed | None:
        requester = climb.job.requester
        try:
            channel = await self._patiently(lambda: self._board.direct_channel(requester))
        except BoardError as error:
            self._gave_way(climb, Purpose.DIRECT, error)
            return None
        message = await self._post(climb, Purpose.DIRECT, channel, PERSON_LIMIT)
        return None if message is None else Landed(channel, message, Place.DIRECT)

    async def _known(self, post: Post | None) -> Landed | None:
        """The direct message of an earlier climb, if it came to be one."""
        if post is None:
            return None
        if post.message is None:
            try:
                message = await self._board.find(post)
            except BoardError:
                return None
            if message is None:
                return None
            post = replace(post, message=message)
            await self._books.posted(post)
        assert post.message is not None
        return Landed(post.channel, post.message, Place.DIRECT)

    async def _post(self, climb: _Climb, purpose: Purpose, channel: int, limit: int) -> int | None:
        """A message of its own, once: where an earlier try may have come through, it is looked
        for before it is sent again."""
        job, now = climb.job, self._clock.now()
        mine = Post(job.id, purpose, self._new_nonce(), channel, now, private=climb.private)
        post = await self._books.intend(mine)
        if post.message is not None:
            return post.message
        unsure = post.nonce != mine.nonce

        async def send(shown: Shown) -> int:
            nonlocal unsure
            if unsure and (there := await self._find(post)) is not None:
                return there
            unsure = True
            if purpose is Purpose.DIRECT:
                # Buttons are checked against the server that they are pressed in: here is none. To
                # take one's own picture away needs no server.
                kept = tuple(one for one in shown.card.buttons if one.action == "delete")
                shown = replace(shown, card=replace(shown.card, buttons=kept))
            return await self._board.post(post, shown)

        try:
            message = await self._send(climb, limit, send)
        except BoardError as error:
            self._gave_way(climb, purpose, error)
            return None
        await self._books.posted(replace(post, message=message))
        return message

    async def _find(self, post: Post) -> int | None:
        try:
            return await self._board.find(post)
        except Forbidden:  # we may speak there but not look: the nonce has to do
            return None

    def _gave_way(self, climb: _Climb, purpose: Purpose, error: BoardError) -> None:
        climb.away = climb.away or isinstance(error, Unavailable)
        log.info("rung gave way", job=climb.job.id, purpose=purpose.value, why=_name(error))

    async def _send(self, climb: _Climb, limit: int, send: Callable[[Shown], Awaitable[T]]) -> T:
        """Send, smaller when it was too large, and again while Discord is away."""
        *earlier, last = limits(limit, climb.sizes)
        for one in earlier:
            try:
                return await self._drawn(climb, one, send)
            except TooLarge as error:
                log.info("too large", job=climb.job.id, limit=one, why=str(error))
        return await self._drawn(climb, last, send)

    async def _drawn(self, climb: _Climb, limit: int, send: Callable[[Shown], Awaitable[T]]) -> T:
        shown = await climb.make(limit)
        return await self._patiently(lambda: send(shown))

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        for pause in PATIENCE:
            try:
                return await call()
            except Unavailable:
                await self._clock.sleep(pause)
        return await call()


def _forwarding(climb: _Climb, landed: Landed) -> Card:
    job = climb.job
    if landed.place is Place.DIRECT:
        return history_cards.sent_directly(job, pictures=bool(climb.sizes))
    link = history_cards.link(job.guild, landed.channel, landed.message)
    return job_cards.moved(job, link) if climb.sizes else history_cards.said_elsewhere(link)


def _name(error: Exception) -> str:
    return type(error).__name__
