"""Deaths at any moment, while Discord counts on: nothing is sent into a window that is full."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.discord.rest.rate_limit_journal import RateLimitJournal
from bot.adapters.discord.rest.rate_limits import HeaderReading, RateLimitRoute
from bot.adapters.discord.rest.request_queue import RequestQueue
from tests.support import virtual_time
from tests.support.windows import Windows

LIVES = st.lists(
    st.tuples(
        st.lists(st.sampled_from((0.0, 0.05, 0.4, 1.0, 2.1)), min_size=1, max_size=12),
        st.sampled_from((0.01, 0.3, 1.0, 3.3, 6.0)),  # how long it lives
        st.sampled_from((0.0, 0.2, 1.0, 4.7)),  # how long it is dead
    ),
    min_size=2,
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(LIVES, st.sampled_from((0.0, 0.02, 0.3, 0.9)))
def test_no_death_makes_discord_say_429(
    lives: list[tuple[list[float], float, float]], way_s: float
) -> None:
    """What was on its way when we died arrives, and counts; what waited for its turn does not."""

    async def main(file: Path) -> None:
        now = asyncio.get_running_loop().time
        server = Windows(now)
        on_their_way: list[asyncio.Task[None]] = []
        route = RateLimitRoute("edit", "1")

        async def arrive(answer: asyncio.Future[HeaderReading]) -> None:
            await asyncio.sleep(way_s)
            left, reset_after_s = server.take("1")
            await asyncio.sleep(way_s)
            if not answer.done():
                answer.set_result(HeaderReading(5, left, reset_after_s))

        async def edit(turns: RequestQueue, message: int, pause_s: float, final: bool) -> None:
            await asyncio.sleep(pause_s)
            turn = await turns.wait_for_slot(route, message, final=final)
            if turn is None:
                return
            answer: asyncio.Future[HeaderReading] = asyncio.get_running_loop().create_future()
            on_their_way.append(asyncio.create_task(arrive(answer)))
            turn.record_answer(await answer)
            turn.close_slot()

        for pauses, lives_s, dead_s in lives:
            with_us = RateLimitJournal(file, wall=lambda: 1e9 + now(), tick=now)
            turns = RequestQueue(with_us)
            tasks = [
                asyncio.create_task(edit(turns, number, pause_s, number % 3 > 0))
                for number, pause_s in enumerate(pauses)
            ]
            await asyncio.sleep(lives_s)
            with_us.close()  # from here on nothing that it does is known to anybody
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(dead_s)
        await asyncio.gather(*on_their_way)
        assert server.over == 0

    with tempfile.TemporaryDirectory() as folder:
        virtual_time.run(main(Path(folder) / "sent"))
