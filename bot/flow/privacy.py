"""Export and erasure of a member's data.

The rows go in one transaction, which records tasks for files, SwarmUI folders and messages. These
run at once as far as possible while the member waits, then in the background, and again in
maintenance after an outage or crash.
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

from bot.core import errors
from bot.core.drawing.request import RequestContext
from bot.core.ids import JobId
from bot.core.jobs.job import State
from bot.core.jobs.upload_limits import REQUEST_LIMIT
from bot.core.privacy import cards
from bot.core.privacy import export as privacy_export
from bot.core.privacy.cards import ErasureOutcome
from bot.core.privacy.model import (
    ErasureRequest,
    ErasureTask,
    ErasureTaskKind,
    ExportRow,
    hide_prompts,
)
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.jobs.queue import JobQueue
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

ERASURE_TASKS_PER_READ: Final = 50_000
ERASURE_TASKS_PER_WRITE: Final = 20  # a transaction; after a crash so many are done twice
NOTIFY_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 10.0  # an answer may come for 15 minutes, but who reads it then?

SendContent: TypeAlias = Callable[[MessageContent], Awaitable[None]]

log = structlog.stdlib.get_logger(__name__)


class PrivacyCommands:
    """Answers /privacy. Nothing here is asked about another person than the asker."""

    def __init__(
        self, queue: JobQueue, cancellation: Cancellation, ports: FlowPorts, context: FlowContext
    ) -> None:
        self._stores, self._privacy = ports.stores, ports.stores.privacy
        self._backend, self._spool, self._messages = ports.backend, ports.spool, ports.messages
        self._context, self._clock = context, context.clock
        self._queue, self._cancellation = queue, cancellation
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._exporting_users: set[int] = set()

    async def export_data(
        self, asker: RequestContext, limit: int, send: SendContent, *, everywhere: bool = False
    ) -> MessageCard | None:
        """Send the asker's data, of this guild or all, with `send`, one export at a time.

        A file may have `limit` bytes. Returns None, or a card that says why not.
        """
        if asker.user in self._exporting_users:
            return cards.EXPORT_RUNNING_CARD
        self._exporting_users.add(asker.user)
        try:
            return await self._send_export(asker, limit, send, everywhere=everywhere)
        finally:
            self._exporting_users.discard(asker.user)

    async def _send_export(
        self, asker: RequestContext, limit: int, send: SendContent, *, everywhere: bool
    ) -> MessageCard | None:
        guild = 0 if everywhere else asker.guild
        tables = dict(await self._privacy.export_user_rows(asker.user, guild))
        if not tables:
            return cards.nothing_kept_card(everywhere=everywhere)
        if spooled := await self._list_spooled_files(tables):
            tables["files"] = spooled
        files = await asyncio.to_thread(
            privacy_export.build_export_files,
            tables,
            user=asker.user,
            guild=guild,
            now=self._clock.now(),
            limit=min(limit, REQUEST_LIMIT),
        )
        counts = {table: len(rows) for table, rows in tables.items()}
        card = cards.export_card(counts, everywhere=everywhere, files=len(files))
        try:
            for file in files:
                await send(MessageContent(card, (file,)))
                card = MessageCard()
        except errors.MessageError as error:
            log.info("export not sent", why=type(error).__name__)
            return cards.EXPORT_FAILED_CARD
        return None

    async def _list_spooled_files(
        self, tables: Mapping[str, tuple[ExportRow, ...]]
    ) -> tuple[ExportRow, ...]:
        found: list[ExportRow] = []
        jobs, drafts = tables.get("jobs", ()), tables.get("drafts", ())
        for row in jobs:
            if row["spooled"]:
                found += [
                    {"what": "drawn", "job": one.job, "index": one.index, "bytes": one.size}
                    for one in await self._spool.list_spooled_files(JobId(str(row["id"])))
                ]
        requests = [*(row["order"] for row in jobs), *(row["wish"] for row in drafts)]
        names = (str(one.get("image") or "") for one in requests if isinstance(one, dict))
        for name in filter(None, dict.fromkeys(names)):
            size = await self._spool.get_init_image_size(JobId(name))
            if size is not None:
                found.append({"what": "begun from", "name": name, "bytes": size})
        return tuple(found)

    async def confirm_erasure(
        self, asker: RequestContext, *, everywhere: bool = False
    ) -> MessageCard:
        """Ask for confirmation with what goes, what stays and why."""
        guild = 0 if everywhere else asker.guild
        counts = await self._privacy.count_user_rows(asker.user, guild)
        if not counts:
            return cards.nothing_kept_card(everywhere=everywhere)
        return cards.confirm_card(counts, asker.user, everywhere=everywhere)

    async def erase_data(
        self, asker: RequestContext, *, everywhere: bool = False, messages: bool = False
    ) -> MessageCard:
        """Erase the asker's data. Waiting jobs are cancelled, running ones end first.

        Work outside the database runs for `ANSWER_TIMEOUT_S`, the rest in the background.
        """
        guild = 0 if everywhere else asker.guild
        now = self._clock.now()
        erasure = await self._privacy.request_erasure(asker.user, guild, now, messages=messages)
        outcome = await self._cancel_queued_jobs(asker, guild)
        gone = await self._privacy.erase_user_rows(erasure.number, self._clock.now())
        if gone is None:
            return cards.erasure_pending_card(outcome)
        log.info("erased", jobs=gone.jobs, everywhere=everywhere)
        outcome = replace(outcome, jobs=gone.jobs, drafts=gone.drafts, kept_rows=gone.retained)
        outcome = await self._run_erasure_tasks_now(erasure, outcome)
        await self._privacy.finish_erasures(self._clock.now())
        return cards.erased_card(outcome)

    async def _run_erasure_tasks_now(
        self, erasure: ErasureRequest, outcome: ErasureOutcome
    ) -> ErasureOutcome:
        """Run the tasks that fit while the member waits.

        If a background task works on it, maintenance takes care of the rest.
        """
        lock = self._get_lock(erasure)
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await lock.acquire()
        except TimeoutError:
            return replace(outcome, has_more=True)
        try:
            until = self._clock.tick() + ANSWER_TIMEOUT_S
            outcome = await self._delete_files(erasure, outcome, until)
        finally:
            lock.release()
        if outcome.has_more or outcome.messages:
            name = f"erasing the rest {erasure.number}"
            self._context.tasks.spawn_task(self._resume_erasure(erasure), name)
        return outcome

    async def resume_erasures(self) -> None:
        """Resume erasures after a crash, an outage or the end of a month.

        It does not wait, because deleting a thousand messages takes long.
        """
        for erasure in await self._privacy.list_pending_erasures():
            if self._get_lock(erasure).locked():  # somebody is at it
                continue
            number = erasure.number
            if erasure.erased_at is None or await self._privacy.list_erasure_tasks(number, 1):
                self._context.tasks.spawn_task(self._resume_erasure(erasure), f"erasing {number}")
        await self._privacy.finish_erasures(self._clock.now())

    async def _resume_erasure(self, erasure: ErasureRequest) -> None:
        async with self._get_lock(erasure):
            number, now = erasure.number, self._clock.now()
            pending = erasure.erased_at is None
            if pending and await self._privacy.erase_user_rows(number, now) is None:
                return
            await self._delete_files(erasure, ErasureOutcome())
            await self._delete_messages(erasure)
        await self._privacy.finish_erasures(self._clock.now())

    def _get_lock(self, erasure: ErasureRequest) -> asyncio.Lock:
        return self._locks.setdefault(erasure.number, asyncio.Lock())

    async def _cancel_queued_jobs(self, asker: RequestContext, guild: int) -> ErasureOutcome:
        await self._queue.refresh_jobs()
        cancelled = []
        for job in self._queue.living_jobs:
            theirs = job.requester == asker.user and guild in (0, job.guild)
            if theirs and job.state is State.QUEUED:
                requester = replace(asker, guild=job.guild)
                if await self._cancellation.cancel_job(job.id, requester) is None:
                    cancelled.append(job)
        if not cancelled:
            return ErasureOutcome()
        # Their cards say so first: a job that is being told of is waited for, and comes later.
        with suppress(TimeoutError):
            async with asyncio.timeout(NOTIFY_TIMEOUT_S):
                names = tuple(f"delivery {job.id}" for job in cancelled)
                await self._context.tasks.wait_for_tasks(names)
        images = sum(job.order.images for job in cancelled)
        outcome = ErasureOutcome(cancelled=len(cancelled), returned_pictures=images)
        if not guild:
            return outcome  # of several guilds there is no one number that is left
        balance = await self._stores.limits.compute_balance(asker, self._clock.now())
        return replace(outcome, pictures_left=balance.pictures_left)

    async def _delete_files(
        self, erasure: ErasureRequest, outcome: ErasureOutcome, until: float = math.inf
    ) -> ErasureOutcome:
        """Delete files here and on SwarmUI until `until` on the clock, and count messages."""
        tasks = await self._list_erasure_tasks(erasure)
        wanted = {job.order.image for job in await self._stores.jobs.list_living_jobs()}
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
