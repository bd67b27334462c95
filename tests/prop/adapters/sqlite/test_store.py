"""Any story of asking, drawing, failing, waiting and restarting: the books balance.

The model is a list of what each job holds or was charged, and adds it up whenever it is asked.
The books keep totals. After every step both must say the same; and at any time the totals, thrown
away and made anew from the facts, must be what they were.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.core.drawing.request import RequestContext
from bot.core.errors import Refused
from bot.core.ids import JobId
from bot.core.jobs.job import Cancelled, Delivered, Event, Failed, Generated, Lost, Started
from bot.core.limits.quota import Limits, LimitScope, build_window, parse_zone
from tests.support.books import Desk, open_desk, set_clocks

T = TypeVar("T")
PEOPLE = [RequestContext(user, "Ada", guild, 70) for user in (1, 2) for guild in (7, 8)]
ZONES = ["UTC", "Pacific/Kiritimati", "America/St_Johns"]
DEFAULT, WAITING, QUEUE_MAX = (9, 20), 3, 5
# Hundreds of short lives: where there is a disk in memory, none of them waits for a real one.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass
class Entry:
    """What the model knows of a job."""

    asker: RequestContext
    day: str
    month: str
    asked: int
    state: str = "queued"
    held: int = 0
    charged: int = 0
    attempts: int = 0


class Books(RuleBasedStateMachine):
    """The books beside their model."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.now = datetime(2026, 12, 30, 22, 0, tzinfo=UTC)
        self.entries: dict[JobId, Entry] = {}
        self.limits = dict.fromkeys(PEOPLE, DEFAULT)
        self.zones = {7: "UTC", 8: "UTC"}
        self.sources = 0
        self.open()

    def open(self) -> None:
        self.stack = AsyncExitStack()
        books = open_desk(Path(self.folder.name) / "b.db", Limits(*DEFAULT, 4, WAITING), QUEUE_MAX)
        self.desk: Desk = self.wait(self.stack.enter_async_context(books))

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.wait(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    # --- the model -------------------------------------------------------------------------------

    def period(self, guild: int) -> tuple[str, str]:
        at = build_window(self.now, parse_zone(self.zones[guild]))
        return at.day, at.month

    def totals(self) -> Counter[tuple[int, int, str]]:
        found: Counter[tuple[int, int, str]] = Counter()
        for entry in self.entries.values():
            for period in (entry.day, entry.month):
                found[entry.asker.guild, entry.asker.user, period] += entry.held + entry.charged
        return +found

    def may(self, asker: RequestContext, images: int) -> bool:
        day, month = self.period(asker.guild)
        totals, (daily, monthly) = self.totals(), self.limits[asker]
        queued = [e.asker for e in self.entries.values() if e.state == "queued"]
        return (
            0 not in (daily, monthly)
            and images <= 4
            and totals[asker.guild, asker.user, day] + images <= daily
            and totals[asker.guild, asker.user, month] + images <= monthly
            and queued.count(asker) < WAITING
            and len(queued) < QUEUE_MAX
        )

    # --- what may happen -------------------------------------------------------------------------

    @rule(asker=st.sampled_from(PEOPLE), images=st.integers(1, 5))
    def ask(self, asker: RequestContext, images: int) -> None:
        self.sources += 1
        expected = self.may(asker, images)
        source = f"interaction:{self.sources}"
        try:
            admission = self.wait(self.desk.ask(images, asker, self.now, source))
        except Refused:
            assert not expected
        else:
            assert expected
            day, month = self.period(asker.guild)
            self.entries[admission.job.id] = Entry(asker, day, month, images, held=images)

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        job = self.wait(
            self.desk.books.jobs.find_job(data.draw(st.sampled_from(sorted(self.entries))))
        )
        assert job is not None
        asker = self.entries[job.id].asker
        again = self.wait(self.desk.ask(4, asker, self.now, job.source))
        assert (again.created, again.job) == (False, job)

    def some(self, data: st.DataObject, *states: str) -> JobId:
        """A job in one of these states; in any, if there is none."""
        known = sorted(self.entries)
        fitting = [job for job in known if self.entries[job].state in states]
        return data.draw(st.sampled_from(fitting or known))

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def started(self, data: st.DataObject) -> None:
        self.apply(self.some(data, "queued"), Started("session", "folder"))

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), k=st.integers(0, 4), event=st.sampled_from([Failed, Cancelled, Lost]))
    def stopped(self, data: st.DataObject, k: int, event: type[Event]) -> None:
        job = self.some(data, "running", "queued")
        k = min(k, self.entries[job].asked)
        self.apply(job, Failed(k, "") if event is Failed else Cancelled(k) if k else Lost())

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), k=st.integers(1, 4))
    def generated(self, data: st.DataObject, k: int) -> None:
        job = self.some(data, "running")
        self.apply(job, Generated(min(k, self.entries[job].asked)))

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def delivered(self, data: st.DataObject) -> None:
        self.apply(self.some(data, "delivering"), Delivered())

    def apply(self, job: JobId, event: Event) -> None:
        moves = self.expect(self.entries[job], event)
        moved = self.wait(self.desk.books.jobs.apply_job_event(job, event, self.now))
        assert (moved is not None) == moves
        if moved is not None:
            assert self.wait(self.desk.books.jobs.find_job(job)) == moved.job

    def expect(self, entry: Entry, event: Event) -> bool:
        """Move the model; whether the event moves anything."""
        match entry.state, event:
            case "queued", Started():
                entry.state, entry.attempts = "running", entry.attempts + 1
            case "running", Lost() if entry.attempts == 1:
                entry.state = "queued"
            case "running", Generated(k=k) | Failed(k=k) | Cancelled(k=k) if k:
                entry.state, entry.held = "delivering", k
            case "running", Failed() | Cancelled() | Lost():
                entry.state, entry.held = "ended", 0
            case "queued", Failed() | Cancelled():
                entry.state, entry.held = "ended", 0
            case "delivering", Delivered():
                entry.state, entry.charged, entry.held = "ended", entry.held, 0
            case _:
                return False
        return True

    @rule(minutes=st.sampled_from([1, 90, 60 * 13, 60 * 24 * 31]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(person=st.sampled_from(PEOPLE), day=st.integers(0, 12), month=st.integers(0, 30))
    def a_moderator_decides(self, person: RequestContext, day: int, month: int) -> None:
        self.limits[person] = (day, month)
        moderator = replace(person, user=9)
        numbers = {"day": day, "month": month}
        self.wait(
            self.desk.books.limits.set_limit(
                moderator, LimitScope.MEMBER, person.user, numbers, self.now
            )
        )

    @rule(guild=st.sampled_from([7, 8]), name=st.sampled_from(ZONES))
    def the_guild_moves(self, guild: int, name: str) -> None:
        self.zones[guild] = name
        self.wait(set_clocks(self.desk.books, RequestContext(9, "Mod", guild, 70), name, self.now))

    @rule()
    def the_totals_are_made_anew(self) -> None:
        self.wait(self.rebuild())

    async def rebuild(self) -> None:
        kept = await self.desk.rows("totals")
        await self.desk.books.limits.rebuild_totals()
        assert await self.desk.rows("totals") == kept

    @rule()
    def restart(self) -> None:
        self.wait(self.stack.aclose())
        numbers = self.desk.numbers
        self.open()
        self.desk.numbers = numbers

    # --- what must always hold -------------------------------------------------------------------

    @invariant()
    def the_books_balance(self) -> None:
        self.wait(self.compare())

    async def compare(self) -> None:
        holds = {row["job"]: row["pictures"] for row in await self.desk.rows("holds")}
        assert holds == {job: e.held for job, e in self.entries.items() if e.state != "ended"}
        charges = Counter(row["job"] for row in await self.desk.rows("charges"))
        assert charges == +Counter({job: e.charged for job, e in self.entries.items()})

        kept = await self.desk.rows("totals")
        totals = self.totals()
        assert {(r["guild"], r["user"], r["period"]): r["used"] for r in kept} == totals

        for person in PEOPLE:
            day, month = self.period(person.guild)
            balance = await self.desk.books.limits.compute_balance(person, self.now)
            assert balance.day_used == totals[person.guild, person.user, day]
            assert balance.month_used == totals[person.guild, person.user, month]


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
TestBooks.pytestmark = [pytest.mark.timeout(300)]  # room to shrink a failure
