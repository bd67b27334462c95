"""A running job whose stream is gone: a generation goes on without us, so look before drawing.

Nothing is ever submitted twice without asking for the pictures in the job's own folder first.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.core.errors import BackendError, BadPicture, NoPicture
from bot.core.jobs import cards as job_cards
from bot.core.jobs import refusals as job_refusals
from bot.core.jobs.job import Event, Failed, Generated, Job, Lost
from bot.core.jobs.progress import Progress
from bot.core.jobs.retry import is_outage
from bot.flow.jobs.outage import Outage
from bot.flow.jobs.status_message import Status
from bot.flow.runtime.services import Kit

log = structlog.stdlib.get_logger(__name__)
LOOK_EVERY_S: Final = 2.0
LONGEST_WORK: Final = timedelta(minutes=15)


class Salvage:
    """Finds out how a lost job ended."""

    def __init__(self, kit: Kit, outage: Outage, status: Status) -> None:
        self._kit, self._outage, self._status = kit, outage, status

    async def outcome(self, job: Job, why: str = job_refusals.RESTARTED) -> Event:
        """Generated with what was found, Lost (because of `why`) where there is nothing.

        Failed where the server stays away for too long or will not show what it has. Cancelled in
        the middle, it tells SwarmUI to stop: no stream is there to do that.
        """
        try:
            return await self._outcome(job, why)
        except asyncio.CancelledError:
            self._kit.crew.spawn(self._kit.painter.stop(job.session), f"stop {job.id}")
            raise
        finally:
            self._outage.holds(job.id, False)

    async def more(self, job: Job, have: int) -> int:
        """How many pictures of a batch are there after it ended with an error.

        Over HTTP the error is all that the server says: what was drawn before it lies in the
        folder, untold. `have` are kept already; a server that does not answer has no more.
        """
        if job.order.images > max(1, have):
            with contextlib.suppress(BackendError):
                await self._collect(job)
        return len(await self._kit.spool.kept(job.id))

    async def _outcome(self, job: Job, why: str) -> Event:
        clock, patience = self._kit.clock, self._kit.house.down_wait
        began, until = clock.tick(), clock.now() + patience
        while True:
            waited = timedelta(seconds=clock.tick() - began)
            try:
                if waited < LONGEST_WORK and await self._kit.painter.busy(job.session):
                    self._show(job, None)
                    await clock.sleep(LOOK_EVERY_S)
                    continue
                await self._kit.painter.stop(job.session)
                await self._collect(job)
                break
            except BackendError as error:
                if not is_outage(error):
                    return await self._given_up(job, error)
                if waited > patience:
                    k = len(await self._kit.spool.kept(job.id))
                    return Failed(k, job_refusals.NOT_BACK_IN_TIME)
                await self._outage.begin(error)
                self._show(job, until)
                await clock.sleep(LOOK_EVERY_S)
        k = len(await self._kit.spool.kept(job.id))
        log.info("salvaged", job=job.id, pictures=k)
        return Generated(k) if k else Lost(why)

    async def _given_up(self, job: Job, error: BackendError) -> Event:
        k = len(await self._kit.spool.kept(job.id))
        ref = self._kit.fresh.ref()
        log.warning("not salvaged", job=job.id, ref=ref, why=error.sentence, pictures=k)
        return Failed(k, error.sentence, ref)

    def _show(self, job: Job, down_until: datetime | None) -> None:
        self._outage.holds(job.id, down_until is not None)
        job = self._kit.showing.job(job)
        if down_until is not None:
            card = job_cards.server_down(job, down_until)
        else:
            card = job_cards.working(job, Progress(job.order.images, job.order.steps), False)
        self._status.offer(job.id, lambda _: card)

    async def _collect(self, job: Job) -> None:
        """Fetch into the spool what lies in the job's folder, if that is more than is there.

        The server lists pictures in the order in which they were finished, the stream numbered
        them: all are replaced at once, or one could be there twice.
        """
        have = len(await self._kit.spool.kept(job.id))
        refs = await self._kit.painter.found(job.folder)
        if len(refs) <= have:
            return
        pictures = []
        for ref in refs[: job.order.images]:
            try:
                pictures.append(await self._kit.painter.fetch(ref))
            except (BadPicture, NoPicture) as error:
                log.warning("picture not fetched", job=job.id, why=error.sentence)
        await self._kit.spool.drop(job.id)
        for index, data in enumerate(pictures):
            try:
                await self._kit.spool.keep(job.id, index, data)
            except BadPicture as error:
                log.warning("no picture", job=job.id, index=index, why=error.sentence)
