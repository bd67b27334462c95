"""What a job that waits costs: memory, and how long the loop stands still when the line moves."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from tests.bench.gpu import PEOPLE
from tests.bench.job import PROMPT, by_command
from tests.bench.places import Street, street, studio
from tests.bench.program import bot_here
from tests.bench.report import Result, Row
from tests.bench.scale import Scale

BAR_KIB = 20.0
LAG_BAR_MS = 50.0
SETTLE_S = 0.3


async def measure(scale: Scale, folder: Path) -> Result:
    """A hundred in line, as many as the default settings let in, while nothing is drawn."""
    waiting = scale.of(100, 10)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        http = await enter(aiohttp.ClientSession())
        draws = await enter(studio(http, step_s=0, model_load_s=0))
        here = await enter(street(http))
        await enter(bot_here(folder, here, draws.base))
        await by_command(here)
        await draws.script(hold=True)
        await _ask(here, 4)  # two are drawn, and what is made once is made
        begun = len(asyncio.all_tasks())
        async with _lag() as lag:
            await asyncio.sleep(1.0)
        quiet = max(lag)
        async with _lag() as lag:
            before = await _traced_from_here()
            await _ask(here, waiting)
            after = await _traced()
            tracemalloc.stop()
        async with _lag() as lag:
            for _ in range(5):
                await _ask(here, 1)
                await asyncio.sleep(SETTLE_S)  # the cards of all others are drawn up by then
        tasks = len(asyncio.all_tasks()) - begun
    return Result(
        (
            Row(
                "memory of a waiting job",
                "",
                f"{waiting} in line",
                (after - before) / waiting / 1024,
                unit="KiB",
                limit=BAR_KIB,
            ),
            Row(
                f"the loop stands still when one more comes, {waiting} in line",
                f"{quiet:.0f} ms (nothing moves)",
                f"{max(lag):.0f} ms at worst",
                max(lag),
                unit="ms",
                limit=LAG_BAR_MS,
            ),
        ),
        (f"waiting: {tasks / (waiting + 5):.1f} tasks a waiting job",),
    )


async def _ask(here: Street, count: int) -> None:
    for number in range(count):
        await here.imagine(PEOPLE[number % len(PEOPLE)], "imagine", prompt=f"{PROMPT} {number}")
        await here.until_card()


async def _traced_from_here() -> int:
    tracemalloc.start()
    return await _traced()


async def _traced() -> int:
    """Bytes, once what was under way has settled."""
    await asyncio.sleep(1.0)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@asynccontextmanager
async def _lag() -> AsyncIterator[list[float]]:
    """By how many milliseconds a short sleep was late, all the while."""
    late = [0.0]

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.002)
            late.append((time.perf_counter() - began - 0.002) * 1000)

    watching = asyncio.create_task(watch())
    try:
        yield late
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
