"""Erasures of rows, files and messages that continue in the background."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

import structlog

from bot.core import errors
from bot.core.ids import JobId
from bot.core.privacy.cards import ErasureOutcome
from bot.core.privacy.model import ErasureRequest, ErasureTask, ErasureTaskKind, hide_prompts
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

ERASURE_TASKS_PER_READ: Final = 50_000
ERASURE_TASKS_PER_WRITE: Final = 20  # a transaction; after a crash so many are done twice

log = structlog.stdlib.get_logger(__name__)


class Erasures:
    """Work on erasures, one after another, because a guild that is forgotten leaves thousands.

    So a request waits for one small step at most. Deleting a person's messages takes long and has
    a task of its own.
    """

    def __init__(self, ports: FlowPorts, context: FlowContext) -> None:
        self._jobs, self._privacy = ports.stores.jobs, ports.stores.privacy
        self._backend, self._spool, self._messages = ports.backend, ports.spool, ports.messages
        self._tasks, self._clock = context.tasks, context.clock
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._resuming: asyncio.Task[None] | None = None

    def get_lock(self, erasure: ErasureRequest) -> asyncio.Lock:
        """Return the lock of who works on that erasure."""
        return self._locks.setdefault(erasure.number, asyncio.Lock())

    def resume_all(self) -> None:
        """Begin to resume all erasures, if that is not being done already."""
        if self._resuming is None or self._resuming.done():
            self._resuming = self._tasks.spawn_task(self._resume_all(), "erasing what is pending")

    async def _resume_all(self) -> None:
        """Erase all rows before any file, which may wait for SwarmUI. A failure stops no other."""
        for step in (self._erase_rows, self._delete_rest):
            for erasure in await self._privacy.list_pending_erasures():
                if not self.get_lock(erasure).locked():  # else somebody is at it
                    name = f"erasing {erasure.number}"
                    await self._tasks.run_logged(partial(step, erasure), name)
        await self._privacy.finish_erasures(self._clock.now())

    async def finish_erasure(self, erasure: ErasureRequest) -> None:
        """Do the rest of an erasure whose rows are gone."""
        await self._delete_rest(erasure)
        await self._privacy.finish_erasures(self._clock.now())

    async def _erase_rows(self, erasure: ErasureRequest) -> None:
        if erasure.erased_at is None:
            async with self.get_lock(erasure):
                await self._privacy.erase_user_rows(erasure.number, self._clock.now())

    async def _delete_rest(self, erasure: ErasureRequest) -> None:
        if not await self._privacy.list_erasure_tasks(erasure.number, 1):
            return
        async with self.get_lock(erasure):
            outcome = await self.delete_files(erasure, ErasureOutcome())
        if outcome.messages:
            name = f"erasing messages {erasure.number}"
            self._tasks.spawn_task(self._delete_all_messages(erasure), name)

    async def delete_files(
        self, erasure: ErasureRequest, outcome: ErasureOutcome, until: float = math.inf
    ) -> ErasureOutcome:
        """Delete files here and on SwarmUI until `until` on the clock, and count messages."""
        tasks = await self._list_erasure_tasks(erasure)
        wanted = {job.order.image for job in await self._jobs.list_living_jobs()}
        done: list[ErasureTask] = []
        barred: list[str] = []  # an account that may not delete one file may delete none
        for task in tasks:
            match task.kind:
                case ErasureTaskKind.MESSAGE:
                    outcome = replace(outcome, messages=outcome.messages + 1)
                    continue
                case ErasureTaskKind.BACKEND | ErasureTaskKind.BACKEND_FILE if barred:
                    barred.append(task.place)
                case _ if self._clock.tick() >= until:
                    outcome = replace(outcome, has_more=True)
                    continue
                case ErasureTaskKind.SPOOL:
                    await self._spool.delete_job_files(JobId(task.target))
                case ErasureTaskKind.INIT_IMAGE:
                    if task.target not in wanted:
                        await self._spool.delete_init_image(JobId(task.target))
                case ErasureTaskKind.BACKEND | ErasureTaskKind.BACKEND_FILE:
                    if not outcome.backend_away:
                        try:
                            outcome = await self._delete_backend_files(task, outcome)
                        except errors.NotAllowed:
                            barred.append(task.place)
                    if outcome.backend_away:
                        continue
            done.append(task)
            if len(done) == ERASURE_TASKS_PER_WRITE:
                await self._privacy.mark_erasure_tasks_done(tuple(done))
                done.clear()
        await self._privacy.mark_erasure_tasks_done(tuple(done))
        outcome = replace(outcome, undeleted_files=(*outcome.undeleted_files, *barred))
        if undeleted := outcome.undeleted_files:  # of a later part nobody reads an answer
            log.warning("not erased on SwarmUI", files=hide_prompts(undeleted))
        return outcome

    async def _list_erasure_tasks(self, erasure: ErasureRequest) -> tuple[ErasureTask, ...]:
        return await self._privacy.list_erasure_tasks(erasure.number, ERASURE_TASKS_PER_READ)

    async def _delete_backend_files(
        self, task: ErasureTask, outcome: ErasureOutcome
    ) -> ErasureOutcome:
        try:
            if task.kind is ErasureTaskKind.BACKEND_FILE:
                files = int(await self._backend.delete_image(task.target))
            else:
                files = await self._backend.delete_saved_images(task.target)
        except errors.NotAllowed:
            raise
        except (errors.BackendDown, errors.HostMustAct):
            return replace(outcome, backend_away=True)
        except errors.BackendError:
            undeleted = (*outcome.undeleted_files, task.place)
            return replace(outcome, undeleted_files=undeleted)
        return replace(outcome, files=outcome.files + files)

    async def _delete_all_messages(self, erasure: ErasureRequest) -> None:
        async with self.get_lock(erasure):
            await self._delete_messages(erasure)
        await self._privacy.finish_erasures(self._clock.now())

    async def _delete_messages(self, erasure: ErasureRequest) -> None:
        for task in await self._list_erasure_tasks(erasure):
            if task.kind is not ErasureTaskKind.MESSAGE:
                continue
            channel, _, message = task.target.partition("/")
            try:
                await self._messages.delete_message(int(channel), int(message))
            except errors.DiscordUnavailable:
                return
            except errors.MessageError as error:
                log.info("message stays", message=message, why=type(error).__name__)
            await self._privacy.mark_erasure_tasks_done((task,))
