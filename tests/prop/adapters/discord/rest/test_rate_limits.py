"""No story of messages, delays and answers may make Discord say 429."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.discord.rest.rate_limits import HeaderReading, RateLimitBudget, RateLimitRoute
from bot.adapters.discord.rest.request_queue import RequestQueue
from tests.support import virtual_time
from tests.support.windows import Windows

LATENCY_S = st.sampled_from((0.0, 0.03, 0.2, 0.9, 3.0))


@dataclass
class Discord:
    """A server some latency away that counts, and remembers when it saw which edit."""

    turns: RequestQueue
    windows: Windows
    everywhere: Windows
    seen: list[tuple[float, RateLimitRoute, int, bool]] = field(default_factory=list)
    flying: dict[int, int] = field(default_factory=dict)
    two_at_once: int = 0

    async def edit(
        self,
        route: RateLimitRoute,
        message: int,
        *,
        final: bool,
        there_s: float,
        back_s: float,
        lost: bool,
    ) -> bool:
        turn = await self.turns.wait_for_slot(route, message, final=final)
        if turn is None:
            return False
        self.flying[message] = self.flying.get(message, 0) + 1
        self.two_at_once += self.flying[message] > 1
        await asyncio.sleep(there_s)
        left, reset_after_s = self.windows.take(route.major)
        if route.counted:
            self.everywhere.take("")
        self.seen.append((self.windows.now(), route, message, final))
        await asyncio.sleep(back_s)
        if not lost:
            turn.record_answer(HeaderReading(self.windows.most, left, reset_after_s, "edits"))
        self.flying[message] -= 1
        turn.close_slot()
        return True


def discord(most: int, period_s: float) -> Discord:
    now = asyncio.get_running_loop().time
    return Discord(RequestQueue(), Windows(now, most, period_s), Windows(now, 50, 1.0))


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[int, list[tuple[float, bool, float, float, bool]]]]:
    """Messages: the channel, and the edits (pause before, final, way there, way back, lost)."""
    edit = st.tuples(
        st.sampled_from((0.0, 0.01, 1.0, 4.9, 5.2)),
        st.booleans(),
        LATENCY_S,
        LATENCY_S,
        st.sampled_from((False, False, False, True)),
    )
    message = st.tuples(st.integers(1, 3), st.lists(edit, min_size=1, max_size=6))
    return draw(st.lists(message, min_size=1, max_size=12))


@settings(max_examples=100, deadline=None)
@given(stories(), st.sampled_from(((5, 5.0), (5, 5.0), (1, 2.0), (3, 1.0), (20, 10.0))))
def test_discord_never_counts_too_many(
    story: list[tuple[int, list[tuple[float, bool, float, float, bool]]]],
    limit: tuple[int, float],
) -> None:
    """Whatever the limits are: before the first answer one goes alone, then the headers rule.

    Answers get lost only where the limits are those that we believe before we know better.
    """

    async def main() -> None:
        server = discord(*limit)
        rest: list[asyncio.Task[bool]] = []

        async def job(number: int, channel: int, edits: list[tuple[float, ...]]) -> None:
            for pause_s, final, there_s, back_s, lost in edits:
                await asyncio.sleep(pause_s)
                rest.append(
                    asyncio.create_task(
                        server.edit(
                            RateLimitRoute("edit", str(channel)),
                            number,
                            final=bool(final),
                            there_s=there_s,
                            back_s=back_s,
                            lost=bool(lost) and limit == (5, 5.0),
                        )
                    )
                )

        async with asyncio.TaskGroup() as tasks:
            for number, (channel, edits) in enumerate(story):
                tasks.create_task(job(number, channel, edits))
        sent = await asyncio.gather(*rest)
        assert server.windows.over == 0
        assert server.two_at_once == 0
        finals = sum(final for _, edits in story for _, final, *_ in edits)
        assert (
            sum(final for *_, final in server.seen) == finals
        )  # progress may be dropped, they not
        assert len(server.seen) == sum(sent)

    virtual_time.run(main())


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), LATENCY_S.filter(lambda s: s < 1))
def test_jobs_of_one_channel_share_it_evenly(jobs: int, latency_s: float) -> None:
    """Each gets its turn once before any gets it twice, and one of the window is left alone."""

    async def main() -> None:
        server = discord(5, 5.0)
        counts = dict.fromkeys(range(jobs), 0)

        async def job(number: int) -> None:
            while True:
                await server.edit(
                    RateLimitRoute("edit", "1"),
                    number,
                    final=False,
                    there_s=latency_s / 2,
                    back_s=latency_s / 2,
                    lost=False,
                )
                counts[number] += 1

        try:
            async with asyncio.timeout(100), asyncio.TaskGroup() as tasks:
                for number in range(jobs):
                    tasks.create_task(job(number))
        except TimeoutError:
            pass
        assert server.windows.over == 0
        assert max(counts.values()) - min(counts.values()) <= 1
        # 80 is what the reserve leaves of the 100 in 100 s; the network's delay costs its share.
        assert len(server.seen) >= 0.95 * 80 / (1 + latency_s / 5)

    virtual_time.run(main())


@pytest.mark.parametrize("jobs", [1, 10])
def test_progress_is_spaced_evenly(jobs: int) -> None:
    """What a channel shows is never older than the window shared by four, and 100 ms.

    In the first window the second progress comes early, and the others spread over the rest.
    """

    async def main() -> None:
        server = discord(5, 5.0)

        async def job(number: int) -> None:
            while True:
                await server.edit(
                    RateLimitRoute("edit", "1"),
                    number,
                    final=False,
                    there_s=0.01,
                    back_s=0.01,
                    lost=False,
                )

        try:
            async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
                for number in range(jobs):
                    tasks.create_task(job(number))
        except TimeoutError:
            pass
        times = [at for at, *_ in server.seen]
        assert len(times) > 40
        assert max(b - a for a, b in pairwise(times) if a > 5) <= 1.25 + 0.1
        # The first window pays for its early start, once.
        assert times[2] - times[0] < 1.0
        assert max(b - a for a, b in pairwise(times)) < 2.2
        assert times[1] < 0.5

    virtual_time.run(main())


def test_a_final_does_not_wait_behind_progress() -> None:
    """Ten jobs fill a channel; a result of one of them leaves at once, in the kept place."""

    async def main() -> None:
        server = discord(5, 5.0)
        route, now = RateLimitRoute("edit", "1"), asyncio.get_running_loop().time
        waits: list[float] = []

        async def job(number: int) -> None:
            while True:
                await server.edit(route, number, final=False, there_s=0.02, back_s=0.02, lost=False)

        async def finals() -> None:
            for number in range(100, 110):
                await asyncio.sleep(7.3)
                asked = now()
                await server.edit(route, number, final=True, there_s=0.02, back_s=0.02, lost=False)
                waits.append(now() - asked)
            raise TimeoutError

        try:
            async with asyncio.TaskGroup() as tasks:
                for number in range(10):
                    tasks.create_task(job(number))
                tasks.create_task(finals())
        except* TimeoutError:
            pass
        assert server.windows.over == 0
        assert max(waits) < 0.05

    virtual_time.run(main())


def test_forty_finals_and_many_channels_stay_below_fifty_a_second() -> None:
    """A storm: forty jobs in one channel, three hundred channels with a job each, all at once."""

    async def main() -> None:
        server = discord(5, 5.0)
        places = [1] * 40 + list(range(2, 302))
        async with asyncio.TaskGroup() as tasks:
            for number, channel in enumerate(places):
                for final in (False, True):
                    tasks.create_task(
                        server.edit(
                            RateLimitRoute("edit", str(channel)),
                            number,
                            final=final,
                            there_s=0.01 * (number % 7),
                            back_s=0.05,
                            lost=False,
                        )
                    )
        assert server.windows.over == server.everywhere.over == 0
        assert sum(final for *_, final in server.seen) == len(places)
        last = max(at for at, *_ in server.seen)
        assert last < 45  # 40 finals of one channel take eight windows, and no longer

    virtual_time.run(main())


def test_answers_by_token_are_not_held_up_by_the_limit_over_all() -> None:
    """Interactions are exempt: a thousand of them go out at once."""

    async def main() -> None:
        server = discord(5, 5.0)
        async with asyncio.TaskGroup() as tasks:
            for number in range(1000):
                tasks.create_task(
                    server.edit(
                        RateLimitRoute("token", str(number), counted=False),
                        number,
                        final=False,
                        there_s=0,
                        back_s=0.01,
                        lost=False,
                    )
                )
        assert {at for at, *_ in server.seen} == {0.0}

    virtual_time.run(main())


def test_limits_are_learnt_and_not_written_down() -> None:
    """Discord may change its mind: 20 in 2 s are used when it says so."""

    async def main() -> None:
        server = discord(20, 2.0)
        for _ in range(40):
            await server.edit(
                RateLimitRoute("edit", "1"), 1, final=True, there_s=0, back_s=0.01, lost=False
            )
        assert asyncio.get_running_loop().time() < 2.6
        assert server.windows.over == 0

    virtual_time.run(main())


def test_the_last_of_a_window_is_kept_for_finals() -> None:
    """Four are spent, by whomever: progress waits for the next window, a final goes."""
    budget, route = RateLimitBudget(), RateLimitRoute("edit", "1")
    for left in (4, 3, 2, 1):
        budget.record_sent(route, 0.0, final=True)
        budget.record_answer(route, 0.0, 0.0, HeaderReading(5, left, 5.0))
    assert budget.can_send(route, 0.1, final=False) >= 4.9
    assert budget.can_send(route, 0.1, final=True) == 0
    budget.record_sent(route, 0.1, final=True)
    assert budget.can_send(route, 0.1, final=True) >= 4.9


def test_what_is_under_way_counts_in_a_new_window() -> None:
    """Discord says "four left" to one of two: the other is on its way, and three may follow."""
    budget, route = RateLimitBudget(), RateLimitRoute("edit", "1")
    budget.record_sent(route, 0.0, final=True)
    budget.record_answer(
        route, 0.0, 3.0, HeaderReading(5, 4, 5.0)
    )  # a slow answer: the end is uncertain
    budget.record_sent(route, 6.0, final=True)
    budget.record_sent(route, 6.0, final=True)
    budget.record_answer(route, 6.0, 6.1, HeaderReading(5, 4, 5.0))
    more = 0
    while budget.can_send(route, 6.1, final=True) == 0:
        budget.record_sent(route, 6.1, final=True)
        more += 1
    assert more == 3


def test_a_slow_answer_does_not_give_back_what_quicker_ones_took() -> None:
    """The first of a window is answered last: it knows nothing of the two that came after it."""
    budget, route = RateLimitBudget(), RateLimitRoute("edit", "1")
    budget.record_sent(route, 0.0, final=True)
    budget.record_answer(route, 0.0, 0.0, HeaderReading(5, 4, 5.0))
    budget.record_sent(route, 4.9, final=True)
    budget.record_sent(
        route, 4.9, final=True
    )  # both get there at 7.9, in the window that the next opens
    budget.record_sent(route, 6.0, final=True)
    budget.record_answer(route, 4.9, 7.9, HeaderReading(5, 3, 3.1))
    budget.record_answer(route, 4.9, 7.9, HeaderReading(5, 2, 3.1))
    budget.record_answer(route, 6.0, 9.0, HeaderReading(5, 4, 5.0))
    more = 0
    while budget.can_send(route, 9.0, final=True) == 0:
        budget.record_sent(route, 9.0, final=True)
        more += 1
    assert more == 2


def test_what_got_no_answer_may_have_been_counted_at_the_last_moment() -> None:
    """Two vanish for four seconds: Discord may have opened a window for them just now."""
    budget, route = RateLimitBudget(), RateLimitRoute("edit", "1")
    budget.record_sent(route, 0.0, final=True)
    budget.record_answer(route, 0.0, 0.0, HeaderReading(5, 4, 5.0))
    budget.record_sent(route, 5.1, final=True)
    budget.record_sent(route, 5.1, final=True)
    budget.record_unanswered(route, 9.0)
    budget.record_unanswered(route, 9.0)
    more = 0
    while budget.can_send(route, 10.2, final=True) == 0:
        budget.record_sent(route, 10.2, final=True)
        more += 1
    assert more == 3


def test_kinds_that_share_a_bucket_share_its_budget() -> None:
    """Discord names the bucket: what one kind of request spent is gone for the other."""
    budget = RateLimitBudget()
    one, other = RateLimitRoute("edit", "7"), RateLimitRoute("post", "7")
    for left, route in enumerate((one, one, one, other, one)):
        budget.record_sent(route, 0.0, final=True)
        budget.record_answer(route, 0.0, 0.0, HeaderReading(5, 4 - left, 5.0, "shared"))
    assert budget.can_send(other, 0.1, final=True) > 4
    assert budget.can_send(one, 0.1, final=True) > 4
    assert budget.can_send(RateLimitRoute("post", "8"), 0.1, final=True) == 0


def test_old_tokens_are_forgotten() -> None:
    """Each interaction has a bucket of its own, and there is no end of interactions."""
    budget = RateLimitBudget()
    for number in range(5000):
        route = RateLimitRoute("token", str(number), counted=False)
        budget.record_sent(route, float(number), final=True)
        budget.record_answer(route, float(number), float(number), HeaderReading(5, 4, 5.0))
    assert len(budget._buckets) < 1100
