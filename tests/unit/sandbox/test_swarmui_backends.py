"""Several backends of the stand-in: who gets a picture, and what stands behind another SwarmUI."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.sandbox.swarmui import Setup
from bot.sandbox.swarmui.accounts import Session, User
from bot.sandbox.swarmui.asking import Asking
from bot.sandbox.swarmui.backends import Backends
from bot.sandbox.swarmui.models import ModelFile
from bot.sandbox.swarmui.script import Report, Script
from tests.unit.sandbox.swarm_caller import QUICK, Caller, caller, having, until
from tests.unit.sandbox.swarm_caller import frames as read_frames

MODEL = ModelFile("one.safetensors", "stable-diffusion-xl-v1-base")


async def used(kinds: tuple[str, ...], pictures: int, over_queue: int = 1) -> list[int]:
    """Return how many pictures each backend has after so many were asked for, one by one."""
    script = Script(Setup(model_load_s=0.0))
    backends = Backends(kinds, over_queue, (MODEL,), script, Report())
    for _ in range(pictures):
        session = Session("a", User("local", "owner"))
        asking = Asking(MODEL, frozenset(), session, session.interrupted, lambda: None)
        await backends.acquire(asking)
    await backends.close()
    return [backend.used for backend in backends.all]


@pytest.mark.parametrize(
    ("kinds", "over_queue", "pictures", "wanted"),
    [
        (("comfyui", "comfyui"), 1, 1, [1, 0]),
        (("comfyui", "comfyui"), 1, 2, [2, 0]),
        (("comfyui", "comfyui"), 1, 3, [2, 1]),
        (("comfyui", "comfyui"), 3, 4, [4, 0]),
        (("comfyui", "comfyui"), 0, 2, [1, 1]),
        (("comfyui", "autowebui"), 1, 1, [0, 1]),
        (("swarmui",), 1, 2, [0, 2]),
        (("comfyui", "swarmui"), 1, 3, [2, 0, 1]),
    ],
)
async def test_a_backend_with_the_model_is_filled_before_another_one_loads_it(
    kinds: tuple[str, ...], over_queue: int, pictures: int, wanted: list[int]
) -> None:
    assert await used(kinds, pictures, over_queue) == wanted


async def listed(swarm: Caller, **asked: Any) -> dict[str, tuple[str, int, bool, Any]]:
    told = await swarm.call("ListBackends", full_data=True, **asked)
    return {
        number: (one["type"], one["max_usages"], one["can_load_models"], one["current_model"])
        for number, one in told.items()
    }


async def test_another_swarmui_is_listed_as_one_that_loads_nothing() -> None:
    """What draws there is told to those who ask for backends that nobody added."""
    setup = replace(QUICK, backends=("swarmui", "comfyui"), over_queue=2)
    async with caller(setup) as swarm:
        alone = {
            "0": ("swarmswarmbackend", 1, False, None),
            "1": ("comfyui_api", 3, True, None),
        }
        assert await listed(swarm) == alone
        remote = {"-1": ("swarmswarmbackend", 3, True, None)}
        assert await listed(swarm, nonreal=True) == remote | alone
        found = await swarm.draw(internalbackendtype="swarmswarmbackend")
        assert len(having(found, "image")) == 1
        model = "sd_xl_turbo_1.0_fp16.safetensors"
        assert (await listed(swarm, nonreal=True))["-1"][3] == model


async def test_with_another_swarmui_what_draws_there_is_switched_off() -> None:
    async with caller(replace(QUICK, backends=("swarmui",))) as swarm:
        await swarm.call("ToggleBackend", backend_id=0, enabled=False)
        told = await swarm.call("ListBackends", nonreal=True)
        assert [one["enabled"] for one in told.values()] == [False, False]
        assert having(await swarm.draw(), "error") == ["No backends available!"]


async def test_select_model_waits_for_the_work_and_loads_where_it_may() -> None:
    async with caller(replace(QUICK, backends=("comfyui", "swarmui"))) as swarm:
        loaded = await swarm.call("SelectModel", model="Flux/flux1-dev", backendId="0")
        assert loaded == {"success": True}
        models = {number: one[3] for number, one in (await listed(swarm, nonreal=True)).items()}
        assert models == {"-1": None, "0": "Flux/flux1-dev.safetensors", "1": None}
        refused = await swarm.call("SelectModel", model="Flux/flux1-dev", backendId="1")
        assert refused == {"error": "Model failed to load."}
        await swarm.call("ToggleBackend", backend_id=0, enabled=False)
        refused = await swarm.call("SelectModel", model="Flux/flux1-dev", backendId="0")
        assert refused == {"error": "Model failed to load."}


async def test_a_batch_tells_of_the_second_picture_when_the_first_has_begun() -> None:
    """SwarmUI begins the pictures of a request 20 ms apart."""
    async with caller() as swarm:
        await swarm.draw()
        frames = await swarm.draw(images=2, prompt="[[slow=0.1]] a fox")
        kinds = [next(iter(frame)) for frame in frames]
        begun = kinds.index("gen_progress")
        statuses = [frame["status"] for frame in frames[begun:] if "status" in frame]
        assert [one["live_gens"] for one in statuses[:3]] == [1, 1, 2]


async def test_an_interrupt_ends_each_picture_of_a_batch_with_its_own_frames() -> None:
    async with caller() as swarm:
        await swarm.draw()
        async with await swarm.begin(images=3, prompt="[[slow=0.2]] a fox", steps=2) as ws:
            await until(ws, lambda frame: "image" in frame)
            await until(ws, lambda frame: frame.get("status", {}).get("live_gens") == 2)
            await swarm.call("InterruptAll")
            rest = [frame async for frame in read_frames(ws)]
    rest = rest[next(at for at, frame in enumerate(rest) if "error" in frame) :]
    # The second picture may still show a step before its own end.
    kinds = [kind for frame in rest if (kind := next(iter(frame))) != "gen_progress"]
    assert kinds == ["error", "status", "keep_alive"] * 2 + [
        "discard_indices",
        "socket_intention",
        "status",
    ]
    assert {frame["error"] for frame in rest if "error" in frame} == {
        "Generation session interrupted."
    }
