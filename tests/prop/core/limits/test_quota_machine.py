"""Any story of rules, grants, blocks, jobs and clocks: the books say what a short model says.

The model (`tests/support/quota_model.py`) counts facts; the books keep totals in SQLite, and take
several requests at once. After every step each person's balance must be the model's, and every
refusal must have its reason.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.core.drawing.request import RequestContext
from bot.core.errors import Refused
from bot.core.ids import JobId
from bot.core.jobs.job import Cancelled, Delivered, Event, Failed, Generated, Lost, Started
from bot.core.limits.quota import Limits, LimitScope
from tests.support.books import Desk, open_desk, set_clocks
from tests.support.quota_model import DEFAULTS, QUEUE, Model, Person, key

T = TypeVar("T")
ADA, BEN, CLEO = Person(1, 7, (5,)), Person(2, 7, (5, 6)), Person(3, 7)
PEOPLE = [ADA, BEN, CLEO, Person(1, 8)]
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"]
# Shortly before clocks go forward and back in Berlin, before a year ends, and on an odd morning.
STARTS = [
    datetime(2027, 3, 27, 22, 40, tzinfo=UTC),
    datetime(2027, 10, 30, 21, 50, tzinfo=UTC),
    datetime(2026, 12, 31, 9, 30, tzinfo=UTC),
    datetime(2028, 2, 28, 5, 0, tzinfo=UTC),
]
REASONS = {
    "blocked": "blocked",
    "quota.none": "none",
    "quota.day": "left",
    "quota.month": "left",
    "quota.per_job": "per_job",
    "queue.waiting": "waiting",
    "queue.full": "full",
}
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
people = st.sampled_from(PEOPLE)
whose = st.sampled_from(
    [(7, "guild", 7), (8, "guild", 8), (7, "role", 5), (7, "role", 6)]
    + [(p.guild, "member", p.user) for p in PEOPLE]
)
numbers = st.dictionaries(
    st.sampled_from(list(DEFAULTS)),
    st.one_of(st.none(), st.integers(0, 12)),
    min_size=1,
    max_size=3,
)


class Quota(RuleBasedStateMachine):
    """The books beside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.stack = AsyncExitStack()
        limits = Limits(**DEFAULTS)
        books = open_desk(Path(self.folder.name) / "b.db", limits, QUEUE)
        self.desk: Desk = self.wait(self.stack.enter_async_context(books))
        self.model = Model(STARTS[0])

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.wait(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    def moderator(self, guild: int) -> RequestContext:
        return RequestContext(9, "Mona", guild, 70, can_manage_guild=True)

    @initialize(start=st.sampled_from(STARTS), zone=st.sampled_from(ZONES))
    def begin(self, start: datetime, zone: str) -> None:
        self.model.now = start
        self.clocks(7, zone)

    # --- rules -----------------------------------------------------------------------------------

    @rule(whose=whose, numbers=numbers)
    def set_limits(self, whose: tuple[int, str, int], numbers: dict[str, int | None]) -> None:
        guild, scope, target = whose
        self.model.set(guild, scope, target, numbers)
        asker = self.moderator(guild)
        self.wait(
            self.desk.books.limits.set_limit(
                asker, LimitScope(scope), target, numbers, self.model.now
            )
        )

    @rule(whose=whose)
    def clear(self, whose: tuple[int, str, int]) -> None:
        guild, scope, target = whose
        gone = self.wait(
            self.desk.books.limits.clear_limit(
                self.moderator(guild), LimitScope(scope), target, self.model.now
            )
        )
        assert gone == self.model.clear(guild, scope, target)

    @rule(whose=whose, on=st.booleans())
    def exempt(self, whose: tuple[int, str, int], on: bool) -> None:
        guild, scope, target = whose
        asker, now, books = self.moderator(guild), self.model.now, self.desk.books
        if on:
            self.model.set(guild, scope, target, {"exempt": 1})
            self.wait(books.limits.set_limit(asker, LimitScope(scope), target, {"exempt": 1}, now))
        else:
            gone = self.wait(
                books.limits.clear_limit(asker, LimitScope(scope), target, now, "exempt")
            )
            assert gone == self.model.clear(guild, scope, target, "exempt")

    @rule(who=people, pictures=st.integers(1, 5), days=st.sampled_from([1, 2, 40]))
    def grant(self, who: Person, pictures: int, days: int) -> None:
        self.model.grant(who, pictures, days)
        asker = self.moderator(who.guild)
        self.wait(
            self.desk.books.limits.grant_images(asker, who.user, pictures, days, self.model.now)
        )

    @rule(who=people)
    def reset(self, who: Person) -> None:
        back = self.wait(
            self.desk.books.limits.refund_today(self.moderator(who.guild), who.user, self.model.now)
        )
        assert back == self.model.reset(who)

    @rule(who=people, hours=st.sampled_from([None, 1, 24]))
    def block(self, who: Person, hours: int | None) -> None:
        self.model.block(who, hours)
        until = self.model.blocks[key(who)]
        asker = self.moderator(who.guild)
        self.wait(
            self.desk.books.blocks.block_member(asker, who.user, until, "spam", self.model.now)
        )

    @rule(who=people)
    def unblock(self, who: Person) -> None:
        was = self.wait(
            self.desk.books.blocks.unblock_member(
                self.moderator(who.guild), who.user, self.model.now
            )
        )
        assert was == self.model.unblock(who)

    # --- jobs ------------------------------------------------------------------------------------

    @rule(wanted=st.lists(st.tuples(people, st.integers(1, 5)), min_size=1, max_size=10))
    def several_ask_at_once(self, wanted: list[tuple[Person, int]]) -> None:
        async def together() -> list[Any]:
            asking = (self.desk.ask(n, asker(who), self.model.now) for who, n in wanted)
            return await asyncio.gather(*asking, return_exceptions=True)

        for (who, pictures), answer in zip(wanted, self.wait(together()), strict=True):
            no = self.model.no(who, pictures)
            if isinstance(answer, Refused):
                assert REASONS[answer.rule] == no
            else:
                assert no is None, answer
                self.model.ask(answer.job.id, who, pictures)

    @rule(who=people, rivals=st.integers(2, 10), whose=whose, number=st.integers(0, 3))
    def a_rule_changes_in_the_middle_of_a_rush(
        self, who: Person, rivals: int, whose: tuple[int, str, int], number: int
    ) -> None:
        """Whoever comes before the change is judged by the old rule, the others by the new one."""
        guild, scope, target = whose
        moderator, now = self.moderator(guild), self.model.now

        async def together() -> list[Any]:
            asking: list[Coroutine[Any, Any, Any]] = [
                self.desk.ask(1, asker(who), now) for _ in range(rivals)
            ]
            change = self.desk.books.limits.set_limit(
                moderator, LimitScope(scope), target, {"day": number}, now
            )
            asking.insert(rivals // 2, change)
            return await asyncio.gather(*asking, return_exceptions=True)

        for n, answer in enumerate(self.wait(together())):
            if n == rivals // 2:
                self.model.set(guild, scope, target, {"day": number})
                continue
            no = self.model.no(who, 1)
            assert (REASONS[answer.rule] if isinstance(answer, Refused) else None) == no
            if not isinstance(answer, Refused):
                self.model.ask(answer.job.id, who, 1)

    @precondition(lambda self: self.model.jobs)
    @rule(
        data=st.data(),
        event=st.sampled_from(["started", "generated", "failed", "cancelled", "lost", "delivered"]),
        k=st.integers(0, 4),
    )
    def something_happens(self, data: st.DataObject, event: str, k: int) -> None:
        fitting = {"delivered": "delivering", "started": "queued"}.get(event, "running")
        known = sorted(self.model.jobs)
        likely = [job for job in known if self.model.jobs[job].state == fitting]
        job = data.draw(st.sampled_from(likely or known))
        k = min(k, self.model.jobs[job].pictures)
        if event == "generated":
            k = max(1, k)
        moved = self.wait(
            self.desk.books.jobs.apply_job_event(JobId(job), happened(event, k), self.model.now)
        )
        assert (moved is not None) == self.model.move(job, event, k)

    @precondition(lambda self: any(e.state != "over" for e in self.model.jobs.values()))
    @rule(data=st.data())
    def one_is_drawn_to_the_end(self, data: st.DataObject) -> None:
        living = [j for j, e in self.model.jobs.items() if e.state in ("queued", "running")]
        if not living:
            return
        job = data.draw(st.sampled_from(sorted(living)))
        pictures = self.model.jobs[job].pictures
        for event in ("started", "generated", "delivered"):
            moved = self.wait(
                self.desk.books.jobs.apply_job_event(
                    JobId(job), happened(event, pictures), self.model.now
                )
            )
            assert (moved is not None) == self.model.move(job, event, pictures)

    # --- clocks ----------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 25, 90, 60 * 13, 60 * 24, 60 * 24 * 31]))
    def time_passes(self, minutes: int) -> None:
        self.model.now += timedelta(minutes=minutes)

    @rule(guild=st.sampled_from([7, 8]), zone=st.sampled_from(ZONES))
    def clocks(self, guild: int, zone: str) -> None:
        before = self.model.zones[guild]
        self.model.zones[guild] = zone
        self.wait(set_clocks(self.desk.books, self.moderator(guild), zone, self.model.now))
        known = self.wait(self.desk.rows("audit"))
        self.model.changes += sum(r["action"] == "settings.time_zone" for r in known) - self.moved
        self.moved = sum(r["action"] == "settings.time_zone" for r in known)
        assert self.moved or zone == before == "UTC"

    moved = 0

    # --- what must always hold -------------------------------------------------------------------

    @invariant()
    def the_books_agree(self) -> None:
        self.wait(self.compare())

    async def compare(self) -> None:
        for who in PEOPLE:
            today, names = self.model.today(who.guild), ("per_job", "waiting", "running")
            balance = await self.desk.books.limits.compute_balance(asker(who), self.model.now)
            assert (balance.day_left, balance.month_left) == self.model.left(who), who
            assert balance.day_used == self.model.used(who, today)
            assert balance.month_used == self.model.used(who, today[:7])
            for name in names:
                assert getattr(balance.limits, name) == self.model.number(who, name)
            assert balance.window.day == today
            ends, zone = balance.window.day_ends, ZoneInfo(self.model.zones[who.guild])
            assert ends > self.model.now
            assert ends.astimezone(zone).date().isoformat() > today
            assert (ends - timedelta(seconds=1)).astimezone(zone).date().isoformat() == today
        holds = Counter({r["job"]: r["pictures"] for r in await self.desk.rows("holds")})
        living = ("queued", "running", "delivering")
        jobs = self.model.jobs.items()
        assert holds == Counter({job: e.pictures for job, e in jobs if e.state in living})
        charges = Counter(row["job"] for row in await self.desk.rows("charges"))
        assert charges == Counter({job: e.pictures for job, e in jobs if e.state == "done"})
        assert len(await self.desk.rows("audit")) == self.model.changes

    @rule()
    def the_totals_are_made_anew(self) -> None:
        async def rebuild() -> None:
            kept = await self.desk.rows("totals")
            await self.desk.books.limits.rebuild_totals()
            assert await self.desk.rows("totals") == kept

        self.wait(rebuild())


def asker(who: Person) -> RequestContext:
    """That person, asking."""
    return RequestContext(who.user, "Ada", who.guild, 70, roles=who.roles)


def happened(event: str, k: int) -> Event:
    """The event of that name."""
    match event:
        case "started":
            return Started("session", "folder")
        case "generated":
            return Generated(k)
        case "failed":
            return Failed(k, "")
        case "cancelled":
            return Cancelled(k)
        case "delivered":
            return Delivered()
        case _:
            return Lost()


@pytest.mark.timeout(900)  # room to shrink a failure
@pytest.mark.parametrize("stories", [40, pytest.param(300, marks=pytest.mark.soak)])
def test_the_books_are_the_model(stories: int) -> None:
    run_state_machine_as_test(
        Quota,
        settings=settings(
            max_examples=stories,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
