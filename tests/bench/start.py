"""From nothing to READY, and the memory of a bot that waits, beside a bare discord.py bot."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import aiohttp

from tests.bench.places import Street, street, studio
from tests.bench.program import process, write_config
from tests.bench.report import Result, Row
from tests.bench.scale import Scale

TIME_BAR = 1.3
MEMORY_BAR = 40.0
SETTLE_S = 1.0


async def measure(scale: Scale, folder: Path) -> Result:
    """Starts in turns; the bot's first one, which registers its commands, is told apart."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        http = await enter(aiohttp.ClientSession())
        draws = await enter(studio(http, step_s=0))
        here = await enter(street(http))
        config = await asyncio.to_thread(write_config, folder, here.place, draws.base)
        ours = ("-m", "bot", "run", "--config", str(config))
        bare = (
            str(Path(__file__).with_name("bare_bot.py")),
            here.place["api_base"],
            here.place["gateway_url"],
        )
        first, _ = await _one(ours, b" ready ", here)
        took: dict[str, list[float]] = {"bare": [], "bot": []}
        held: dict[str, list[float]] = {"bare": [], "bot": []}
        for _ in range(scale.of(7, 1)):
            for name, command, word in (("bare", bare, b"ready"), ("bot", ours, b" ready ")):
                seconds, mib = await _one(command, word, here)
                took[name].append(seconds)
                held[name].append(mib)
    seconds = {name: median(values) for name, values in took.items()}
    mib = {name: median(values) for name, values in held.items()}
    return Result(
        (
            Row(
                "start to READY",
                f"{seconds['bare'] * 1000:.0f} ms (bare discord.py)",
                f"{seconds['bot'] * 1000:.0f} ms",
                seconds["bot"] / seconds["bare"],
                limit=TIME_BAR,
            ),
            Row(
                "resident memory, idle",
                f"{mib['bare']:.0f} MiB (bare discord.py)",
                f"{mib['bot']:.0f} MiB",
                mib["bot"] - mib["bare"],
                unit="MiB more",
                limit=MEMORY_BAR,
            ),
        ),
        (f"start: the very first, which registers the commands, took {first * 1000:.0f} ms",),
    )


async def _one(command: tuple[str, ...], word: bytes, here: Street) -> tuple[float, float]:
    """Seconds until it said that it is ready, and its MiB a second later."""
    began = time.perf_counter()
    async with process(*command, token=here.place["token"], until=word) as pid:
        took = time.perf_counter() - began
        await asyncio.sleep(SETTLE_S)
        return took, await asyncio.to_thread(resident, pid)


def resident(pid: int) -> float:
    """MiB of a process that are in memory; only Linux tells."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
