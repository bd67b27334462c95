"""Export and erasure of a member's data.

The rows go in one transaction, which records tasks for files, SwarmUI folders and messages. These
run at once as far as possible while the member waits, then in the background, and again in
maintenance after an outage or crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeAlias

import structlog

from bot.core import errors
from bot.core.drawing.request import RequestContext
from bot.core.ids import JobId
from bot.core.jobs.job import State
from bot.core.jobs.upload_limits import REQUEST_LIMIT
from bot.core.privacy import cards
from bot.core.privacy import export as privacy_export
from bot.core.privacy.cards import ErasureOutcome
from bot.core.privacy.model import ErasureRequest, ExportRow
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.erasures import Erasures
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.jobs.queue import JobQueue
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

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
        self._spool = ports.spool
        self._context, self._clock = context, context.clock
        self._queue, self._cancellation = queue, cancellation
        self._erasures = Erasures(ports, context)
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
        lock = self._erasures.get_lock(erasure)
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await lock.acquire()
        except TimeoutError:
            return replace(outcome, has_more=True)
        try:
            until = self._clock.tick() + ANSWER_TIMEOUT_S
            outcome = await self._erasures.delete_files(erasure, outcome, until)
        finally:
            lock.release()
        if outcome.has_more or outcome.messages:
            name = f"erasing the rest {erasure.number}"
            self._context.tasks.spawn_task(self._erasures.finish_erasure(erasure), name)
        return outcome

    async def resume_erasures(self) -> None:
        """Resume erasures after a crash, an outage or the end of a month, without waiting."""
        self._erasures.resume_all()

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
