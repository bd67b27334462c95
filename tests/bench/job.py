"""One job end to end, with a SwarmUI that draws at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import aiohttp

from tests.bench.bare import Bare, answering
from tests.bench.places import Json, Street, street, studio
from tests.bench.program import bot_here
from tests.bench.report import Result, Row, ms
from tests.bench.scale import Scale
from tests.bench.spans import recorded

BAR = 1.15
PROMPT = "a red fox on a hill"


async def measure(scale: Scale, folder: Path) -> Result:
    """The bot, and two bare scripts: one that only posts, one behind a command as the bot is."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        http = await enter(aiohttp.ClientSession())
        draws = await enter(studio(http, step_s=0, model_load_s=0))
        ours, theirs = await enter(street(http)), await enter(street(http))
        await enter(bot_here(folder, ours, draws.base))
        await by_command(ours)  # loads the model and opens what stays open
        bare = Bare(http, draws.base, await wanted(await draws.report()))
        await enter(answering(http, theirs, bare))
        await by_command(theirs)
        channels = [theirs.channel(name) for name in ("general", "imagine")]

        async def by_post() -> float:
            channels.reverse()  # a channel takes five posts in five seconds
            began = await bare.post(theirs, channels[0])
            return await theirs.until_picture() - began

        ways: dict[str, Callable[[], Awaitable[float]]] = {
            "post": by_post,
            "command": lambda: by_command(theirs),
            "bot": lambda: by_command(ours),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(scale.of(30, 2)):
            for name, way in ways.items():
                took[name].append(await way())
        with recorded() as spans:
            for _ in range(scale.of(10, 2)):
                began = await ours.imagine("mia", "imagine", prompt=PROMPT)
                await ours.until_picture()
                spans.job(began)
        limited = (await ours.report())["rate_limited"]
    mine = median(took["bot"])
    rows = [
        Row(
            f"one job end to end ({what})",
            ms(took[name]),
            ms(took["bot"]),
            mine / median(took[name]),
            limit=limit,
        )
        for name, what, limit in (
            ("post", "beside: stream, fetch, post", BAR),
            ("command", "beside: a bare bot behind a command", None),
        )
    ]
    return Result(
        tuple(rows),
        (
            "one job: when each part began after the command was typed, and how long it took"
            f" (medians; {limited} requests met a 429)\n{spans.told()}",
        ),
    )


async def by_command(there: Street) -> float:
    """Seconds from a command to the picture in the channel."""
    began = await there.imagine("mia", "imagine", prompt=PROMPT)
    return await there.until_picture() - began


async def wanted(report: Json) -> Json:
    """The parameters of the last picture: the bare script asks for the same."""
    return dict(report["generations"][-1]["parameters"])
