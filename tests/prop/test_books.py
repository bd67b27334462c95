"""Any story of asking, drawing, failing, waiting and restarting: the books balance.

The model is a list of what each job holds or was charged, and adds it up whenever it is asked.
The books keep totals. After every step both must say the same, and the totals, thrown away and
made anew from the facts, must be what they were.
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

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.core.errors import Refused
from bot.core.ids import JobId
from bot.core.job import Cancelled, Delivered, Event, Failed, Generated, Lost, Started
from bot.core.quota import Limits, Scope, window, zone
from bot.core.request import Asker
from tests.support.books import Desk, open_desk

T = TypeVar("T")

PEOPLE = [Asker(user, "Ada", guild, 70) for user in (1, 2) for guild in (7, 8)]
ZONES = ["UTC", "Pacific/Kiritimati", "America/St_Johns"]
WAITING, QUEUE_MAX = 3, 5


@dataclass
class Entry:
    """What the model knows of a job."""

    asker: Asker
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
        self.folder = tempfile.TemporaryDirectory()
        self.now = datetime(2026, 12, 30, 22, 0, tzinfo=UTC)
        self.entries: dict[JobId, Entry] = {}
        self.limits = dict.fromkeys(PEOPLE, (6, 9))
        self.zones = {7: "UTC", 8: "UTC"}
        self.sources = 0
        self.open()

    def open(self) -> None:
        self.stack = AsyncExitStack()
        books = open_desk(Path(self.folder.name) / "b.db", Limits(6, 9, 4, WAITING), QUEUE_MAX)
        self.desk: Desk = self.wait(self.stack.enter_async_context(books))

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.wait(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    # --- the model -------------------------------------------------------------------------------

    def period(self, guild: int) -> tuple[str, str]:
        at = window(self.now, zone(self.zones[guild]))
        return at.day, at.month

    def totals(self) -> Counter[tuple[int, int, str]]:
        found: Counter[tuple[int, int, str]] = Counter()
        for entry in self.entries.values():
            for period in (entry.day, entry.month):
                found[entry.asker.guild, entry.asker.user, period] += entry.held + entry.charged
        return +found

    def may(self, asker: Asker, images: int) -> bool:
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
    def ask(self, asker: Asker, images: int) -> None:
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
        job = self.wait(self.desk.books.job(data.draw(st.sampled_from(sorted(self.entries)))))
        assert job is not None
        asker = self.entries[job.id].asker
        again = self.wait(self.desk.ask(4, asker, self.now, job.source))
        assert (again.created, again.job) == (False, job)

    @precondition(lambda self: self.entries)
    @rule(
        data=st.data(),
        event=st.sampled_from([Started, Started, Generated, Failed, Cancelled, Lost, Delivered]),
        k=st.integers(0, 4),
    )
    def happen(self, data: st.DataObject, event: type[Event], k: int) -> None:
        entry_id = data.draw(st.sampled_from(sorted(self.entries)))
        entry = self.entries[entry_id]
        k = min(k, entry.asked)
        happened: Event
        if event is Started:
            happened, moves = Started("session", "folder"), entry.state == "queued"
            if moves:
                entry.state, entry.attempts = "running", entry.attempts + 1
        elif event is Lost:
            happened, moves = Lost(), entry.state == "running"
            if moves and entry.attempts == 1:
                entry.state = "queued"
            elif moves:
                entry.state, entry.held = "ended", 0
        elif event is Delivered:
            happened, moves = Delivered(), entry.state == "delivering"
            if moves:
                entry.state, entry.charged, entry.held = "ended", entry.held, 0
        elif event is Generated:
            k = max(k, 1)
            happened, moves = Generated(k), entry.state == "running"
            if moves:
                entry.state, entry.held = "delivering", k
        else:
            happened = Failed(k, "no memory") if event is Failed else Cancelled(k)
            moves = entry.state in ("queued", "running")
            if moves and entry.state == "running" and k:
                entry.state, entry.held = "delivering", k
            elif moves:
                entry.state, entry.held = "ended", 0
        moved = self.wait(self.desk.books.move(entry_id, happened, self.now))
        assert (moved is not None) == moves
        if moved is not None:
            assert self.wait(self.desk.books.job(entry_id)) == moved.job

    @rule(minutes=st.sampled_from([1, 90, 60 * 13, 60 * 24 * 31]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(person=st.sampled_from(PEOPLE), day=st.integers(0, 8), month=st.integers(0, 12))
    def a_moderator_decides(self, person: Asker, day: int, month: int) -> None:
        self.limits[person] = (day, month)
        moderator = replace(person, user=9)
        numbers = {"day": day, "month": month}
        self.wait(
            self.desk.books.set_limit(moderator, Scope.MEMBER, person.user, numbers, self.now)
        )

    @rule(guild=st.sampled_from([7, 8]), name=st.sampled_from(ZONES))
    def the_guild_moves(self, guild: int, name: str) -> None:
        self.zones[guild] = name
        self.wait(self.desk.books.set_time_zone(Asker(9, "Mod", guild, 70), name, self.now))

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
        await self.desk.books.rebuild_totals()
        assert await self.desk.rows("totals") == kept

        for person in PEOPLE:
            day, month = self.period(person.guild)
            balance = await self.desk.books.balance(person, self.now)
            assert balance.day_used == totals[person.guild, person.user, day]
            assert balance.month_used == totals[person.guild, person.user, month]


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
