"""Real books on a real disk, and short ways to fill them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from bot.adapters.sqlite import Database, Retention, build_stores
from bot.core.drawing.request import GenerationParams, RequestContext
from bot.core.ids import JobId
from bot.core.jobs.job import Delivered, Generated, Started
from bot.core.jobs.model import AcceptedJob, NewJob
from bot.core.limits.quota import Limits
from bot.flow.ports import Stores

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MIA = RequestContext(user=101, name="Mia", guild=7, channel=70)
BEN = RequestContext(user=102, name="Ben", guild=7, channel=70)
MODERATOR = RequestContext(
    user=199,
    name="Mod",
    guild=7,
    channel=70,
    can_manage_messages=True,
    can_moderate_members=True,
    can_manage_guild=True,
)


def order(images: int = 1, prompt: str = "a fox") -> GenerationParams:
    """An order of that many pictures."""
    return GenerationParams(
        prompt=prompt,
        negative="",
        model="sdxl/base",
        model_title="SDXL",
        width=1024,
        height=1024,
        images=images,
        seed=42,
        steps=20,
        cfg=7.0,
        notes=("a note",),
    )


@dataclass
class Desk:
    """Books with short ways to bring jobs to life and to their end."""

    books: Stores
    db: Database
    numbers: count[int] = field(default_factory=lambda: count(1))

    async def ask(
        self, images: int = 1, asker: RequestContext = MIA, now: datetime = NOON, source: str = ""
    ) -> AcceptedJob:
        """Submit one job of that many pictures."""
        number = next(self.numbers)
        return await self.books.jobs.create_job(
            NewJob(
                id=job_id(number),
                order=order(images),
                asker=asker,
                source=source or f"interaction:{number}",
                now=now,
            )
        )

    async def run(self, job: JobId, now: datetime = NOON) -> None:
        """Have a worker take it."""
        assert await self.books.jobs.apply_job_event(job, Started("session", f"day/{job}/1"), now)

    async def finish(self, job: JobId, k: int = 1, now: datetime = NOON) -> None:
        """Draw and deliver k pictures."""
        await self.run(job, now)
        assert await self.books.jobs.apply_job_event(job, Generated(k), now)
        assert await self.books.jobs.apply_job_event(job, Delivered(), now)

    async def used(self, asker: RequestContext = MIA, now: datetime = NOON) -> tuple[int, int]:
        """Pictures used in the day and in the month of `now`."""
        balance = await self.books.limits.compute_balance(asker, now)
        return balance.day_used, balance.month_used

    async def sweep(self, now: datetime) -> tuple[JobId, ...]:
        """Forget what has had its time; returns the jobs whose files may go."""
        retention = self.books.retention
        over = await retention.list_expired_spools(now)
        await retention.mark_spools_deleted(over)
        await retention.delete_expired_rows(now)
        return over

    async def rows(self, table: str) -> list[dict[str, object]]:
        """All rows of a table."""
        return [dict(row) for row in await self.db.read_rows(f"SELECT * FROM {table}")]


def job_id(number: int) -> JobId:
    """The job id with that number in it."""
    digits = "abcdefghijklmnopqrstuvwxyz234567"
    text = ""
    for _ in range(20):
        number, rest = divmod(number, 32)
        text = digits[rest] + text
    return JobId(text)


async def set_clocks(books: Stores, asker: RequestContext, name: str, now: datetime) -> None:
    """Choose the clocks of the asker's guild."""
    await books.settings.update_guild_settings(asker, lambda old: replace(old, time_zone=name), now)


def with_roles(asker: RequestContext, *roles: int) -> RequestContext:
    """The same person with these roles."""
    return replace(asker, roles=roles)


@asynccontextmanager
async def open_desk(
    path: Path,
    defaults: Limits = Limits(),  # noqa: B008 -- frozen
    queue_max: int = 100,
    time_zone: str = "UTC",
    retention: Retention = Retention(),  # noqa: B008 -- frozen
) -> AsyncIterator[Desk]:
    """Books in that file."""
    async with Database.open(path, clock=lambda: NOON) as db:
        books = build_stores(
            db,
            defaults=defaults,
            queue_max=queue_max,
            time_zone=time_zone,
            retention=retention,
        )
        yield Desk(books, db)


def wrap_stores(stores: Stores, wrap: Callable[[Any], Any]) -> Stores:
    """Put something around each store."""
    return Stores(**{one.name: wrap(getattr(stores, one.name)) for one in fields(Stores)})
