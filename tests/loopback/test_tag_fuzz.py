"""Prompts full of tags through the whole bot: none reaches SwarmUI."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.core.drawing.advanced import DEFAULT_PARAMETERS
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.request import DrawingBounds, DrawRequest, GenerationParams
from bot.core.errors import Refused
from bot.sandbox.swarmui.server import SwarmStandIn
from bot.sandbox.swarmui.setup import Setup
from tests.support.drawing import draw
from tests.support.town import Town, town
from tests.unit.core.make import MIA

WISHES: Final = 1_000
AT_ONCE: Final = 4
QUICK: Final = Setup(step_s=0.0, model_load_s=0.0, closing_s=0.0, backends=("comfyui",) * AT_ONCE)
LIFTED: Final = (
    'max_in_flight = 8\n[quota]\nday = "unlimited"\nwaiting = "unlimited"\nrunning = "unlimited"\n'
    'queue = 5000\n[advanced]\nroles = "everyone"\n'
)
OPENED: Final = "<\uff1c\ufe64\u2039\u3008\u300a\u27e8\u276e\u226e"
CLOSED: Final = ">\uff1e\ufe65\u203a\u3009\u300b\u27e9\u276f\u226f"
NAMES: Final = re.findall(
    r"\w+",
    "lora param preset p wildcard wc random segment alternate alt fromto repeat setvar setmacro "
    "macro var embed trigger break object region extend clear comment base refiner video",
)
FORMS: Final = (
    "[steps]:500",
    ":x",
    ":x:1",
    "[999999999]:x",
    "[a,false]:<macro:a>",
    "[initimage]:raw/2026-01-01/x.png",
    ":a|b||c",
    "",
)
WORDS: Final = (
    "fox",
    "red",
    "@everyone",
    "<@1>",
    "<@&2>",
    "{value}",
    "(snow:1.3)",
    "[a|b]",
    "a < b",
)


def garbage(chance: random.Random) -> str:
    """A tag or what looks like one, nested now and then, whole or torn."""
    inside = garbage(chance) if chance.random() < 0.3 else chance.choice(WORDS)
    first, last = chance.choice(OPENED), chance.choice(CLOSED)
    if chance.random() < 0.6:
        first, last = "<", ">"
    name = chance.choice(NAMES)
    name = name.upper() if chance.random() < 0.2 else name
    space = chance.choice(("", "", "", " ", "\u200b", "\u0338"))
    torn = chance.random()
    last = "" if torn < 0.15 else last
    first = "" if torn > 0.9 else first
    return f"{first}{space}{name}{chance.choice(FORMS)}{inside}{last}"


def words(chance: random.Random, most: int) -> str:
    return " ".join(
        garbage(chance) if chance.random() < 0.6 else chance.choice(WORDS)
        for _ in range(chance.randint(1, most))
    )


def options(chance: random.Random) -> dict[str, Any]:
    """One use of /imagine; most of them can be drawn."""
    asked: dict[str, Any] = {"prompt": f"{chance.choice(WORDS)} {words(chance, 6)}", "steps": 1}
    if chance.random() < 0.5:
        asked["negative"] = words(chance, 4)
    trap = chance.random()
    if trap < 0.06:
        asked["lora"] = f"{garbage(chance)}:0.5"
    elif trap < 0.12:
        asked["style"] = garbage(chance)[:90]
    elif trap < 0.18:
        asked["advanced"] = f"--sampler {garbage(chance)}"
    elif trap < 0.24:
        asked["advanced"] = f"--prompt {garbage(chance)} --donotsave"
    elif trap < 0.3:
        asked["advanced"] = "--sampler dpm_2 --scheduler karras"
    elif trap < 0.34:
        asked["model"] = garbage(chance)[:90]
    return asked


async def ask(here: Town, chance: random.Random) -> bool:
    """Whether it was taken; whatever was not is a private sentence."""
    state = await here.command("mia", "imagine", **options(chance))
    assert state["state"] == "answered", state
    card = await here.message(state["messages"][0])
    if card["flags"] & 64:
        assert card["content"].strip()
        return False
    return True


@pytest.mark.timeout(900)
@pytest.mark.parametrize("prompts", [40, pytest.param(400, marks=pytest.mark.soak)])
async def test_no_tag_reaches_swarmui_through_the_whole_bot(tmp_path: Path, prompts: int) -> None:
    chance = random.Random(20_261_124)
    async with town(tmp_path, QUICK, extra=LIFTED) as here:
        await here.start_bot()
        taken = sum([await ask(here, chance) for _ in range(prompts)])
        assert taken > prompts / 2, "the fuzz draws, it is not only refused"

        async def all_drawn() -> bool:
            return len((await here.swarm_report())["generations"]) == taken

        await here.until(all_drawn, "SwarmUI was asked for each that was taken")
        check(await here.swarm_report(), taken)
        assert (await here.get("report"))["live_mentions"] == 0


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_no_tag_of_a_thousand_wishes_reaches_swarmui() -> None:
    """The checks, the server's own lists and the real client, over sockets."""
    chance = random.Random(42)
    bounds = DrawingBounds(megapixels_max=0.02, advanced=DEFAULT_PARAMETERS, advanced_roles=None)
    async with (
        SwarmStandIn(QUICK) as server,
        SwarmClient.open(SwarmSettings(url=server.base)) as swarm,
        aiohttp.ClientSession() as http,
    ):
        await swarm.catalog.refresh_catalog()
        shelf, orders = swarm.catalog.get_snapshot(), list[GenerationParams]()
        while len(orders) < WISHES:
            with contextlib.suppress(Refused):
                wish = DrawRequest(f"message:{len(orders)}", **options(chance))
                orders.append(build_generation_params(wish, MIA, shelf, bounds, 7))

        async def draw_every(first: int) -> None:
            for number in range(first, WISHES, AT_ONCE):
                drawn = await draw(swarm, orders[number], f"swarmbot/d/{number}/1")
                assert drawn.error is None

        await asyncio.gather(*(draw_every(first) for first in range(AT_ONCE)))
        async with http.get(f"{server.base}/sandbox/report") as answer:
            check(await answer.json(), WISHES)


def check(report: dict[str, Any], taken: int) -> None:
    assert len(report["generations"]) == taken
    assert report["requests_with_tag"] == 0
    assert {g["parameters"]["steps"] for g in report["generations"]} == {1}
