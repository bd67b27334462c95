"""A small history in memory: the doors that its cog calls, with the real cards behind them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.drawing.request import GenerationParams, RequestContext
from bot.core.history import cards as history_cards
from bot.core.history.cards import PAGE_SIZE, HistoryPageRef, HistoryRow
from bot.core.ids import JobId, build_job_id
from bot.core.jobs.job import Job, State
from bot.core.ui.card import FileUpload, MessageCard, MessageContent
from tests.support.small_flow import NOON

PIXELS = b"the original's bytes"


@dataclass
class SmallHistory:
    """Keeps finished jobs in a list. `reminders` are cards that somebody has yet to read."""

    jobs: list[Job] = field(default_factory=list)
    searches: dict[str, str] = field(default_factory=dict)
    reminders: dict[int, MessageCard] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    files: bool = True
    slowly: Callable[[], Awaitable[None]] | None = None

    def record_success(self, user: int, guild: int, prompt: str) -> Job:
        """One more finished job."""
        number = len(self.jobs) + 200
        job = Job(
            id=build_job_id(number.to_bytes(13, "little")),
            requester=user,
            requester_name="mia",
            guild=guild,
            channel=70,
            source=f"interaction:{number}",
            order=GenerationParams(prompt, "", "sdxl/base", "SDXL", 1024, 1024, 1, 42, 20, 7.0),
            created_at=NOON + timedelta(minutes=number),
            state=State.DONE,
            ready=1,
            ended_at=NOON + timedelta(minutes=number),
        )
        self.jobs.append(job)
        return job

    async def show_history(self, asker: RequestContext, search: str = "") -> MessageCard:
        draft = build_job_id((900 + len(self.searches)).to_bytes(13, "little")) if search else ""
        if search:
            self.searches[draft] = search
        return await self.show_page(asker, HistoryPageRef(1, draft))

    async def show_page(
        self, asker: RequestContext, spot: HistoryPageRef, lead: str = ""
    ) -> MessageCard:
        if self.slowly is not None:
            await self.slowly()
        search = self.searches.get(spot.draft, "")
        mine = [
            job
            for job in reversed(self.jobs)
            if (job.requester, job.guild) == (asker.user, asker.guild)
            and search in job.order.prompt
        ]
        first = (spot.number - 1) * PAGE_SIZE
        entries = tuple(HistoryRow(job, NOON) for job in mine[first : first + PAGE_SIZE])
        return history_cards.page_card(entries, len(mine), spot, search, lead)

    async def delete_entry(
        self, asker: RequestContext, target: JobId, spot: HistoryPageRef
    ) -> MessageCard:
        if self.slowly is not None:
            await self.slowly()
        job = self._find_own_job(asker, target)
        if job is None:
            return await self.show_page(asker, spot, "That one is gone already.")
        self.jobs.remove(job)
        return await self.show_page(asker, spot, "Deleted.")

    async def resend_files(
        self,
        asker: RequestContext,
        target: JobId,
        limit: int,
        send: Callable[[MessageContent], Awaitable[None]],
    ) -> MessageCard | None:
        job = self._find_own_job(asker, target)
        if job is None:
            return history_cards.unknown_entry_card()
        if not self.files:
            return history_cards.file_gone_card(job)
        assert limit > 0
        await send(
            MessageContent(
                history_cards.resend_card(job), (FileUpload("fox.png", PIXELS, "a fox"),)
            )
        )
        return None

    async def take_reminder(self, asker: RequestContext) -> MessageCard | None:
        return self.reminders.pop(asker.user, None)

    async def mark_message_deleted(self, message: int) -> None:
        self.gone.append(message)

    def _find_own_job(self, asker: RequestContext, target: JobId) -> Job | None:
        found = (job for job in self.jobs if job.id == target)
        return next((job for job in found if job.requester == asker.user), None)
