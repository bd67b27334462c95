"""Does the GPU wait for us? Pictures of half a second, and a line of people who want them."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from tests.bench.bare import Bare
from tests.bench.job import PROMPT, by_command, wanted
from tests.bench.places import Json, Street, Studio, street, studio
from tests.bench.program import bot_here
from tests.bench.report import Result, Row
from tests.bench.scale import Scale

BAR = 0.97
PICTURE_S = 0.5
PEOPLE = ("mia", "theo", "mona")


async def measure(scale: Scale, folder: Path) -> Result:
    """The same number of pictures by the bot and by a script with two requests in flight."""
    pictures = scale.of(10, 4)
    rounds: list[tuple[float, float, Json]] = []
    busy_of_line: list[float] = []
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        http = await enter(aiohttp.ClientSession())
        draws = await enter(studio(http, step_s=0, model_load_s=0))
        ours = await enter(street(http))
        await enter(bot_here(folder, ours, draws.base))
        await by_command(ours)
        asked = await wanted(await draws.report())
        bare = Bare(http, draws.base, asked)
        await draws.script(step_s=PICTURE_S / int(asked["steps"]))
        for _ in range(scale.of(3, 1)):
            alone = _per_minute(await two_in_flight(bare, pictures))
            there, share, before = await by_people(ours, draws, pictures)
            busy_of_line.append(share)
            rounds.append((alone, _per_minute(there), _since(before, await draws.report())))
    alone = sum(one for one, _, _ in rounds) / len(rounds)
    line = sum(one for _, one, _ in rounds) / len(rounds)
    idle = sum(told["idle_s"] for _, _, told in rounds)
    busy = sum(told["busy_s"] for _, _, told in rounds)
    pace = Row(
        f"pictures a minute, {pictures} jobs waiting",
        f"{alone:.1f} (two in flight)",
        f"{line:.1f}",
        line / alone,
        limit=BAR,
        at_least=True,
    )
    own = Row(
        "share of the time in which the backend drew, by its own account",
        "while work waited at it",
        f"{busy:.2f} s of {busy + idle:.2f} s",
        100 * busy / (busy + idle),
        unit="%",
        limit=100 * BAR,
        at_least=True,
    )
    least = min(busy_of_line)
    wall = Row(
        "the same by the clock, the worst line",
        "while jobs stood in our line",
        f"{100 * least:.1f} %",
        100 * least,
        unit="%",
        limit=100 * BAR,
        at_least=True,
    )
    return Result(
        (pace, own, wall),
        (
            f"GPU: by its own account it drew for {busy:.2f} s and stood idle with work at hand"
            f" for {idle:.3f} s, in {len(rounds)} lines of {pictures} pictures",
        ),
    )


async def two_in_flight(bare: Bare, pictures: int) -> list[float]:
    """When each picture was there."""
    there: list[float] = []
    left = iter(range(pictures))

    async def one_after_another() -> None:
        for _ in left:
            await bare.picture()
            there.append(time.time())

    await asyncio.gather(one_after_another(), one_after_another())
    return there


async def by_people(
    street: Street, draws: Studio, pictures: int
) -> tuple[list[float], float, Json]:
    """The same, asked for by people, who all stand in line before the first is drawn.

    With the times comes the share of the time in which the backend drew, from the first step until
    two pictures were missing: then both jobs are under way, and nobody waits for us any more. And
    the report before the first step: a backend that is held counts as busy.
    """
    await draws.script(hold=True)
    for number in range(pictures):
        await street.imagine(PEOPLE[number % len(PEOPLE)], "imagine", prompt=PROMPT)
        await street.until_card()
    before, began = await draws.report(), time.monotonic()
    await draws.script(hold=False)
    there = [await street.until_picture() for _ in range(pictures - 2)]
    drawn, took = _since(before, await draws.report())["busy_s"], time.monotonic() - began
    there += [await street.until_picture() for _ in range(2)]
    return there, drawn / took, before


def _per_minute(there: list[float]) -> float:
    ordered = sorted(there)
    return 60 * (len(ordered) - 1) / (ordered[-1] - ordered[0])


def _since(before: Json, after: Json) -> Json:
    return {key: after[key] - before[key] for key in ("idle_s", "busy_s")}
