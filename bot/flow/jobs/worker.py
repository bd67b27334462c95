"""Takes jobs from the line and draws them: `under_way` at once, each in a task of its own.

A slot is free when SwarmUI has ended with a job (`Ended`), not when Discord has the message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Final

import structlog

from bot.core.drawing import refusals as draw_refusals
from bot.core.errors import BackendError, BooksError
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs import fair_queue, retry
from bot.core.jobs import refusals as job_refusals
from bot.core.jobs.circuit_breaker import is_breakage
from bot.core.jobs.eta import estimate
from bot.core.jobs.job import Event, Failed, Generated, Job, Started, State
from bot.core.jobs.progress import Ended, ImageReady, Preview, Progress, Renewed
from bot.core.ui.card import Card
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.outage import Outage
from bot.flow.jobs.queue import Line
from bot.flow.jobs.status_message import Status
from bot.flow.jobs.stream_recovery import Salvage
from bot.flow.jobs.worker_timing import Stopwatch
from bot.flow.ports import Lease
from bot.flow.runtime.services import Kit

BOOKS_REST_S: Final = 5.0
log = structlog.stdlib.get_logger(__name__)


class Worker:
    """The loop that keeps SwarmUI busy. `cancel` only stops the work: write the move first."""

    def __init__(
        self, kit: Kit, line: Line, status: Status, delivery: Delivery, outage: Outage
    ) -> None:
        self._kit, self._line, self._status = kit, line, status
        self._delivery, self._outage = delivery, outage
        self._salvage = Salvage(kit, outage, status)
        self._tasks: dict[JobId, asyncio.Task[None]] = {}
        self._slots: set[JobId] = set()

    async def run(self) -> None:
        """Run for ever: whenever something moved, fill the free slots."""
        while True:
            await self._line.moved.wait()
            self._line.moved.clear()
            await self._outage.over.wait()
            while self._outage.over.is_set() and (job := self._next()) is not None:
                self._start(job, self._draw(job))

    def resume(self, job: Job) -> None:
        """A job that runs with nobody at it: find its pictures, or draw it again."""
        if not self.has(job.id):
            self._start(job, self._recover(job, job_refusals.RESTARTED))

    def has(self, job: JobId) -> bool:
        """Whether somebody is at this job."""
        return job in self._tasks

    def cancel(self, job: JobId) -> None:
        """Stop drawing this job, if it is drawn here; SwarmUI is told by the stream's end."""
        if (task := self._tasks.get(job)) is not None:
            task.cancel()

    def _next(self) -> Job | None:
        most = 1 if self._outage.on_trial else self._kit.house.under_way
        free = most - len(self._slots)
        if free < 1 or self._line.closing:
            return None
        living = tuple(
            replace(job, state=State.RUNNING)
            if job.id in self._tasks and job.state is State.QUEUED
            else job
            for job in self._line.living
        )
        line = self._line
        chosen = fair_queue.choose(living, self._kit.house.running, free, line.served, line.bounds)
        return next((job for job in living if job.id == chosen), None)

    def _start(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        self._slots.add(job.id)
        task = self._kit.crew.spawn(self._one(job, work), f"job {job.id}")
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._over(job.id, work))

    def _over(self, job: JobId, work: Coroutine[Any, Any, None]) -> None:
        """However it ended, even before its first step: the slot is free."""
        work.close()
        self._tasks.pop(job, None)
        self._free(job)

    async def _one(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        """Around one job: whatever breaks here is this job's end, not the bot's."""
        try:
            await work
        except BooksError:
            # Nothing was written: it stays as it is, and is taken up again where it stands.
            log.exception("books closed", job=job.id)
            await self._kit.clock.sleep(BOOKS_REST_S)
        except Exception:
            ref = self._kit.fresh.ref()
            log.exception("job broke", job=job.id, ref=ref)
            k = len(await self._kit.spool.kept(job.id))
            await self._end(job, Failed(k, job_refusals.OUR_FAULT, ref))
        finally:
            self._free(job.id)
            await self._line.refresh()

    def _free(self, job: JobId) -> None:
        self._slots.discard(job)
        self._line.moved.set()

    async def _draw(self, job: Job) -> None:
        image = None
        if job.order.image:
            image = await self._kit.spool.input(JobId(job.order.image))
            if image is None:
                await self._end(job, Failed(0, draw_refusals.INPUT_GONE))
                return
        async with AsyncExitStack() as stack:
            try:
                lease = await stack.enter_async_context(self._kit.painter.lease())
            except BackendError as error:
                if retry.after(error, submitted=False) is retry.Next.WAIT:
                    await self._outage.begin(error)
                    return
                ref = self._kit.fresh.ref()
                log.warning("not drawn", job=job.id, ref=ref, why=error.sentence)
                await self._end(job, Failed(0, error.sentence, ref))
                return
            now = self._kit.clock.now()
            folder = f"swarmbot/{now:%Y-%m-%d}/{job.id}/{job.attempt + 1}"
            moved = await self._kit.books.move(job.id, Started(lease.session, folder), now)
            if moved is None:
                return
            job = moved.job
            self._line.served = self._line.served.after(job, now)
            await self._line.refresh()
            log.info("drawing", job=job.id, attempt=job.attempt)
            watch, lost = Stopwatch(job.order), None
            try:
                event = await self._stream(job, lease, watch, image)
            except BackendError as error:
                lost = error
            else:
                await self._end(job, event)
            job = replace(job, session=lease.session)
        if lost is None:
            return
        log.warning("stream lost", job=job.id, why=lost.sentence)
        if not watch.has_begun and not is_breakage(lost):
            await self._outage.begin(lost)
        await self._recover(job, lost.sentence)

    async def _stream(self, job: Job, lease: Lease, watch: Stopwatch, image: bytes | None) -> Event:
        """Show what comes and keep the pictures; says how it ended.

        Raises the BackendError after which the pictures have to be looked for.
        """
        progress = Progress.of(job.order, estimate(job.order, self._line.pace))
        fetches: list[asyncio.Task[None]] = []
        discarded: tuple[int, ...] = ()
        trouble: BackendError | None = None
        try:
            async with aclosing(lease.draw(job.order, job.folder, image)) as events:
                async for event in events:
                    match event:
                        case Renewed(session=session):
                            await self._kit.books.note_session(job.id, session)
                        case Preview(data=data):
                            self._status.preview(job.id, data)
                        case ImageReady(index=index, ref=ref):
                            fetches.append(self._fetch(job, index, ref))
                        case Ended(discarded=discarded):
                            self._free(job.id)
                        case _:
                            pass
                    now = self._kit.clock.tick()
                    progress = progress.after(event, now)
                    watch.see(progress, now)
                    self._show(job, progress)
        except BackendError as error:
            trouble = error
        except BaseException:
            for task in fetches:
                task.cancel()
            await asyncio.gather(*fetches, return_exceptions=True)
            raise
        results = await asyncio.gather(*fetches, return_exceptions=True)
        for index in discarded:  # only now: a fetch may still have been under way
            await self._kit.spool.discard(job.id, index)
        k = len(await self._kit.spool.kept(job.id))
        for result in results:
            if isinstance(result, BackendError):
                trouble = trouble or result
            elif isinstance(result, BaseException):
                raise result
        if trouble is not None and k < job.order.images:
            to_blame = not k and await self._outage.failed(job.id, trouble)
            step = retry.after(trouble, job.attempt, submitted=True, pictures=k)
            if to_blame or step is retry.Next.LOOK:
                raise trouble
            k = await self._salvage.more(job, k)
        if k >= 1:
            await self._outage.drew(job.id)
        if trouble is None and k >= 1:
            self._line.pace = watch.learnt(self._line.pace)
            return Generated(k)
        sentence = trouble.sentence if trouble is not None else BackendError.default
        ref = self._kit.fresh.ref()
        log.info("drawing failed", job=job.id, ref=ref, why=sentence, pictures=k)
        return Failed(k, sentence, ref)

    def _show(self, job: Job, progress: Progress) -> None:
        job = self._kit.showing.job(job)
        self._status.offer(job.id, partial(_card, job, progress))

    def _fetch(self, job: Job, index: int, ref: str) -> asyncio.Task[None]:
        self._delivery.saw(job.id, index, ref)

        async def fetch() -> None:
            await self._kit.spool.keep(job.id, index, await self._kit.painter.fetch(ref))

        return asyncio.create_task(fetch(), name=f"fetch {job.id} {index}")

    async def _recover(self, job: Job, why: str) -> None:
        self._show(job, Progress(job.order.images, job.order.steps))
        event = await self._salvage.outcome(job, why)
        if isinstance(event, Generated):
            await self._outage.drew(job.id)
        await self._end(job, event)

    async def _end(self, job: Job, event: Event) -> None:
        """Write how it ended, then see that the person hears of it."""
        moved = await self._kit.books.move(job.id, event, self._kit.clock.now())
        if moved is None or moved.job.state is State.QUEUED:
            return
        await self._line.refresh()
        if moved.job.state is not State.RUNNING:
            self._delivery.start(moved.job)


def _card(job: Job, progress: Progress, with_preview: bool) -> Card:
    return job_cards.working(job, progress, with_preview)
