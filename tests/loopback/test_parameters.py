"""What people choose, from the server's own lists to what the server then saw."""

from __future__ import annotations

from typing import Any

import aiohttp

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.core.drawing.advanced import DEFAULT_PARAMETERS
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.request import DrawingBounds, DrawRequest
from bot.sandbox.swarmui.server import SwarmStandIn
from bot.sandbox.swarmui.setup import Setup
from tests.support.drawing import draw
from tests.unit.core.make import MIA

OIL = {
    "prompt": "oil painting of {value}, <random:warm|cold>",
    "steps": "500",
    "batchsize": "9",
    "donotsave": "true",
    "overrideoutpathformat": "raw/elsewhere",
    "sampler": "dpm_2",
}


async def test_a_style_a_lora_and_advanced_parameters_reach_the_server_as_they_were_checked() -> (
    None
):
    bounds = DrawingBounds(advanced=DEFAULT_PARAMETERS, advanced_roles=None)
    async with (
        SwarmStandIn(Setup(step_s=0.0, model_load_s=0.0, closing_s=0.0)) as server,
        SwarmClient.open(SwarmSettings(url=server.base)) as swarm,
        aiohttp.ClientSession() as http,
    ):

        async def ask(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
            sent = http.get if body is None else http.post
            async with sent(f"{server.base}/{path}", **({"json": body} if body else {})) as answer:
                told: dict[str, Any] = await answer.json()
                return told

        session = (await ask("API/GetNewSession", {"a": 1}))["session_id"]
        preset = {"session_id": session, "title": "Oil", "description": "", "param_map": OIL}
        assert await ask("API/AddNewPreset", preset) == {"success": True}
        await swarm.catalog.refresh_catalog()
        wish = DrawRequest(
            "message:1",
            "a fox <param[steps]:500>",
            model="sd_xl_base_1.0",
            style="oil",
            lora="Watercolour XL:0.5",
            variation=0.25,
            upscale=1.2,
            advanced="--scheduler KARRAS",
        )
        order = build_generation_params(wish, MIA, swarm.catalog.get_snapshot(), bounds, 7)
        drawn = await draw(swarm, order)
        assert (drawn.error, len(drawn.images)) == (None, 1)
        (seen,) = (await ask("sandbox/report"))["generations"]
        asked = seen["parameters"]
        assert asked["prompt"] == "oil painting of a fox, <random:warm|cold>"
        assert (asked["loras"], asked["loraweights"]) == (["watercolour_xl"], ["0.5"])
        assert (asked["sampler"], asked["scheduler"]) == ("dpm_2", "karras")
        assert (asked["steps"], asked["images"]) == (50, 1)
        assert (asked["variationseedstrength"], asked["refinerupscale"]) == (0.25, 1.2)
        assert not {"batchsize", "donotsave", "presets"} & set(asked)
        assert asked["overrideoutpathformat"].startswith("raw/swarmbot/")
