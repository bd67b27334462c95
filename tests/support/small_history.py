"""A small history in memory: the doors that its cog calls, with the real cards behind them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.drawing.request import Asker, Order
from bot.core.history import cards as history_cards
from bot.core.history.cards import PAGE, Entry, Spot
from bot.core.ids import JobId, job_id
from bot.core.jobs.job import Job, State
from bot.core.ui.card import Card, Shown, Upload
from tests.support.small_flow import NOON

PIXELS = b"the original's bytes"


@dataclass
class SmallHistory:
    """Keeps finished jobs in a list. `reminders` are cards that somebody has yet to read."""

    jobs: list[Job] = field(default_factory=list)
    searches: dict[str, str] = field(default_factory=dict)
    reminders: dict[int, Card] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    files: bool = True
    slowly: Callable[[], Awaitable[None]] | None = None

    def drew(self, user: int, guild: int, prompt: str) -> Job:
        """One more finished job."""
        number = len(self.jobs) + 200
        job = Job(
            id=job_id(number.to_bytes(13, "little")),
            requester=user,
            requester_name="mia",
            guild=guild,
            channel=70,
            source=f"interaction:{number}",
            order=Order(prompt, "", "sdxl/base", "SDXL", 1024, 1024, 1, 42, 20, 7.0),
            created_at=NOON + timedelta(minutes=number),
            state=State.DONE,
            ready=1,
            ended_at=NOON + timedelta(minutes=number),
        )
        self.jobs.append(job)
        return job

    async def page(self, asker: Asker, search: str = "") -> Card:
        draft = job_id((900 + len(self.searches)).to_bytes(13, "little")) if search else ""
        if search:
            self.searches[draft] = search
        return await self.turn(asker, Spot(1, draft))

    async def turn(self, asker: Asker, spot: Spot, lead: str = "") -> Card:
        if self.slowly is not None:
            await self.slowly()
        search = self.searches.get(spot.draft, "")
        mine = [
            job
            for job in reversed(self.jobs)
            if (job.requester, job.guild) == (asker.user, asker.guild)
            and search in job.order.prompt
        ]
        first = (spot.number - 1) * PAGE
        entries = tuple(Entry(job, NOON) for job in mine[first : first + PAGE])
        return history_cards.page(entries, len(mine), spot, search, lead)

    async def forget(self, asker: Asker, target: JobId, spot: Spot) -> Card:
        if self.slowly is not None:
            await self.slowly()
        job = self._mine(asker, target)
        if job is None:
            return await self.turn(asker, spot, "That one is gone already.")
        self.jobs.remove(job)
        return await self.turn(asker, spot, "Deleted.")

    async def resend(
        self,
        asker: Asker,
        target: JobId,
        limit: int,
        send: Callable[[Shown], Awaitable[None]],
    ) -> Card | None:
        job = self._mine(asker, target)
        if job is None:
            return history_cards.not_in_history()
        if not self.files:
            return history_cards.file_gone(job)
        assert limit > 0
        await send(Shown(history_cards.again(job), (Upload("fox.png", PIXELS, "a fox"),)))
        return None

    async def reminder(self, asker: Asker) -> Card | None:
        return self.reminders.pop(asker.user, None)

    async def message_gone(self, message: int) -> None:
        self.gone.append(message)

    def _mine(self, asker: Asker, target: JobId) -> Job | None:
        found = (job for job in self.jobs if job.id == target)
        return next((job for job in found if job.requester == asker.user), None)
