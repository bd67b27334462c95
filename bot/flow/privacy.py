"""What is kept of a person: shown to them, or taken away from every place where it is.

The rows go in one transaction, which writes down what else is owed: files in the spool, folders on
SwarmUI, messages. That is worked off at once as far as it goes while somebody waits, else by the
crew, and by the janitor where a place was out of reach or the process died between.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeAlias
from weakref import WeakValueDictionary

import structlog

from bot.core.drawing.request import Asker
from bot.core.errors import BackendError, BoardError, Down, NotAllowed, Unauthorised, Unavailable
from bot.core.ids import JobId
from bot.core.jobs.job import State
from bot.core.jobs.upload_limits import REQUEST_LIMIT
from bot.core.privacy import cards
from bot.core.privacy import export as privacy_export
from bot.core.privacy.cards import Outcome
from bot.core.privacy.model import Erased, Erasure, Errand, Kind, Row
from bot.core.ui.card import Card, Shown
from bot.flow.jobs.cancellation import Stopping
from bot.flow.jobs.queue import Line
from bot.flow.runtime.services import Kit

AT_ONCE: Final = 50_000
NOTED_EVERY: Final = 20  # errands a transaction; after a crash so many are done twice
TELLING_S: Final = 5.0
AT_HAND_S: Final = 10.0  # an answer may come for 15 minutes, but who reads it then?

Send: TypeAlias = Callable[[Shown], Awaitable[None]]

log = structlog.stdlib.get_logger(__name__)


class Privacy:
    """Answers /privacy. Nothing here is asked about another person than the asker."""

    def __init__(self, kit: Kit, line: Line, stopping: Stopping) -> None:
        self._kit, self._line, self._stopping = kit, line, stopping
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._exporting: set[int] = set()

    async def export(
        self, asker: Asker, limit: int, send: Send, *, everywhere: bool = False
    ) -> Card | None:
        """Hand over all that is kept of the asker, here or everywhere, with `send`.

        A file may have `limit` bytes. None: it was sent, else a card says why not. One at a time.
        """
        if asker.user in self._exporting:
            return cards.exporting()
        self._exporting.add(asker.user)
        try:
            return await self._export(asker, limit, send, everywhere=everywhere)
        finally:
            self._exporting.discard(asker.user)

    async def _export(
        self, asker: Asker, limit: int, send: Send, *, everywhere: bool
    ) -> Card | None:
        guild = 0 if everywhere else asker.guild
        kept = dict(await self._kit.books.kept_of(asker.user, guild))
        if not kept:
            return cards.nothing(everywhere=everywhere)
        if at_hand := await self._at_hand(kept):
            kept["files"] = at_hand
        files = await asyncio.to_thread(
            privacy_export.files,
            kept,
            user=asker.user,
            guild=guild,
            now=self._kit.clock.now(),
            limit=min(limit, REQUEST_LIMIT),
        )
        counts = {table: len(rows) for table, rows in kept.items()}
        card = cards.exported(counts, everywhere=everywhere, files=len(files))
        try:
            for file in files:
                await send(Shown(card, (file,)))
                card = Card()
        except BoardError as error:
            log.info("export not sent", why=type(error).__name__)
            return cards.not_sent()
        return None

    async def _at_hand(self, kept: Mapping[str, tuple[Row, ...]]) -> tuple[Row, ...]:
        """What lies on our disk for a little while: pictures drawn, and pictures begun from."""
        found: list[Row] = []
        begun: dict[str, None] = {}
        for row in kept.get("jobs", ()):
            begun[_image(row["order"])] = None
            if row["spooled"]:
                found += [
                    {"what": "drawn", "job": one.job, "index": one.index, "bytes": one.size}
                    for one in await self._kit.spool.kept(JobId(str(row["id"])))
                ]
        begun.update((_image(row["wish"]), None) for row in kept.get("drafts", ()))
        for name in filter(None, begun):
            size = await self._kit.spool.input_size(JobId(name))
            if size is not None:
                found.append({"what": "begun from", "name": name, "bytes": size})
        return tuple(found)

    async def confirm(self, asker: Asker, *, everywhere: bool = False) -> Card:
        """Ask first: what would go, what would stay, and why."""
        counts = await self._kit.books.count_of(asker.user, 0 if everywhere else asker.guild)
        if not counts:
            return cards.nothing(everywhere=everywhere)
        return cards.confirm(counts, asker.user, everywhere=everywhere)

    async def erase(
        self, asker: Asker, *, everywhere: bool = False, messages: bool = False
    ) -> Card:
        """Erase it. What waits in line is cancelled, what is being drawn ends first.

        Outside the books as much is done as fits into `AT_HAND_S`, and the rest behind.
        """
        guild = 0 if everywhere else asker.guild
        now = self._kit.clock.now()
        erasure = await self._kit.books.ask_erasure(asker.user, guild, now, messages=messages)
        stopped = await self._cancel(asker, guild)
        gone = await self._kit.books.erase(erasure.number, self._kit.clock.now())
        if gone is None:
            return cards.waits(stopped)
        log.info("erased", jobs=gone.jobs, everywhere=everywhere)
        outcome = await self._at_once(erasure, _with(stopped, gone))
        await self._kit.books.settle_erasures(self._kit.clock.now())
        return cards.erased(outcome)

    async def _at_once(self, erasure: Erasure, outcome: Outcome) -> Outcome:
        """What can be done while somebody waits. Where the crew is at it, the janitor sees to it
        that nothing new is left."""
        lock = self._lock(erasure)
        try:
            async with asyncio.timeout(AT_HAND_S):
                await lock.acquire()
        except TimeoutError:
            return replace(outcome, more=True)
        try:
            outcome = await self._outside(erasure, outcome, self._kit.clock.tick() + AT_HAND_S)
        finally:
            lock.release()
        if outcome.more or outcome.messages:
            self._kit.crew.spawn(self._take_up(erasure), f"erasing the rest {erasure.number}")
        return outcome

    async def go_on(self) -> None:
        """Take up what an erasure still owes: after a crash, an outage, or a month.

        It waits for none of it: to delete a thousand messages takes as long as Discord wants.
        """
        for erasure in await self._kit.books.erasures():
            if self._lock(erasure).locked():  # somebody is at it
                continue
            if erasure.erased is None or await self._kit.books.errands(erasure.number, 1):
                self._kit.crew.spawn(self._take_up(erasure), f"erasing {erasure.number}")
        await self._kit.books.settle_erasures(self._kit.clock.now())

    async def _take_up(self, erasure: Erasure) -> None:
        async with self._lock(erasure):
            now = self._kit.clock.now()
            if erasure.erased is None and await self._kit.books.erase(erasure.number, now) is None:
                return
            outcome = await self._outside(erasure, Outcome())
            if outcome.kept:  # nobody reads an answer to this
                log.warning("not erased on SwarmUI", folders=outcome.kept)
            await self._messages(erasure)
        await self._kit.books.settle_erasures(self._kit.clock.now())

    def _lock(self, erasure: Erasure) -> asyncio.Lock:
        return self._locks.setdefault(erasure.number, asyncio.Lock())

    async def _cancel(self, asker: Asker, guild: int) -> Outcome:
        """Cancel what waits, and wait a moment until it was told: the rows go next."""
        await self._line.refresh()
        theirs = [
            job
            for job in self._line.living
            if job.requester == asker.user and guild in (0, job.guild)
            if job.state is State.QUEUED
        ]
        cancelled = [
            job
            for job in theirs
            if await self._stopping.cancel(job.id, replace(asker, guild=job.guild)) is None
        ]
        if not cancelled:
            return Outcome()
        # Their cards say so first: a job that is being told of is waited for, and comes later.
        with suppress(TimeoutError):
            async with asyncio.timeout(TELLING_S):
                told = tuple(f"delivery {job.id}" for job in cancelled)
                await self._kit.crew.none_left(told)
        pictures = sum(job.order.images for job in cancelled)
        left = None  # of several servers there is no one number
        if guild:
            left = (await self._kit.books.balance(asker, self._kit.clock.now())).left
        return Outcome(cancelled=len(cancelled), returned_pictures=pictures, left=left)

    async def _outside(
        self, erasure: Erasure, outcome: Outcome, until: float = math.inf
    ) -> Outcome:
        """Delete files, here and on SwarmUI, `until` the clock's tick; messages are only
        counted."""
        errands = await self._kit.books.errands(erasure.number, AT_ONCE)
        wanted = {job.order.image for job in await self._kit.books.living()}
        done: list[Errand] = []
        barred: list[str] = []  # an account that may not delete one file may delete none
        for errand in errands:
            late = errand.kind is not Kind.MESSAGE and self._kit.clock.tick() >= until
            match errand.kind:
                case Kind.SERVER if barred:
                    barred.append(errand.what)
                case _ if late:
                    outcome = replace(outcome, more=True)
                    continue
                case Kind.SPOOL:
                    await self._kit.spool.drop(JobId(errand.what))
                case Kind.INPUT:
                    if errand.what not in wanted:
                        await self._kit.spool.drop_input(JobId(errand.what))
                case Kind.SERVER:
                    if outcome.away:
                        continue
                    try:
                        outcome = await self._on_server(errand, outcome)
                    except NotAllowed:
                        barred.append(errand.what)
                    if outcome.away:
                        continue
                case Kind.MESSAGE:
                    outcome = replace(outcome, messages=outcome.messages + 1)
                    continue
            done.append(errand)
            if len(done) == NOTED_EVERY:
                await self._kit.books.ran(tuple(done))
                done.clear()
        await self._kit.books.ran(tuple(done))
        return replace(outcome, kept=(*outcome.kept, *barred))

    async def _on_server(self, errand: Errand, outcome: Outcome) -> Outcome:
        try:
            files = await self._kit.painter.erase(errand.what)
        except NotAllowed:
            raise
        except (Down, Unauthorised):
            return replace(outcome, away=True)
        except BackendError as error:
            log.warning("not erased on SwarmUI", folder=errand.what, why=error.sentence)
            return replace(outcome, kept=(*outcome.kept, errand.what))
        return replace(outcome, files=outcome.files + files)

    async def _messages(self, erasure: Erasure) -> None:
        """Delete them one by one; the board waits for its turn within Discord's limits."""
        for errand in await self._kit.books.errands(erasure.number, AT_ONCE):
            if errand.kind is not Kind.MESSAGE:
                continue
            channel, _, message = errand.what.partition("/")
            try:
                await self._kit.board.delete(int(channel), int(message))
            except Unavailable:
                return
            except BoardError as error:
                log.info("message stays", message=message, why=type(error).__name__)
            await self._kit.books.ran((errand,))


def _image(words: object) -> str:
    """The name of the picture that an order or a wish begins from, "" for none."""
    return str(words.get("image") or "") if isinstance(words, dict) else ""


def _with(outcome: Outcome, gone: Erased) -> Outcome:
    return replace(outcome, jobs=gone.jobs, drafts=gone.drafts, stays=gone.stays)
