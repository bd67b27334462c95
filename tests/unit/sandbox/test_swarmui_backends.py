"""States of the stand-in's backends, sockets of a ComfyUI that is gone, and silent phases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.unit.sandbox.swarm_caller import caller, having, until

NO_BACKENDS = "No backends available!"
WENT_WRONG = "Something went wrong while generating images."


def list_kinds(frames: list[Any]) -> list[str]:
    return [key for frame in frames for key in frame if key not in ("backend_status", "features")]


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (["running"], "running"),
        (["running", "errored"], "errored"),
        (["running", "waiting"], "some_loading"),
        (["running", "idle"], "running"),
        (["loading"], "loading"),
        (["waiting", "idle"], "loading"),
        (["disabled", "idle"], "disabled"),
        (["idle"], "idle"),
        (["errored", "loading"], "errored"),
    ],
)
async def test_all_backends_together_have_one_status(states: list[str], told: str) -> None:
    async with caller() as swarm:
        swarm.stand_in.state.backends.all.append(
            type(swarm.stand_in.state.backends.all[0])(1, "comfyui")
        )
        await swarm.script(set={"backend_states": states})
        found = (await swarm.call("GetCurrentStatus"))["backend_status"]
        assert found["status"] == told
        assert found["any_loading"] == ("loading" in states or "waiting" in states)


@pytest.mark.parametrize("state", ["errored", "idle", "disabled"])
async def test_without_a_running_backend_a_request_ends_in_the_usual_frames(state: str) -> None:
    async with caller() as swarm:
        await swarm.script(set={"backend_states": [state]})
        frames = await swarm.draw()
        assert having(frames, "error") == [NO_BACKENDS]
        kinds = [next(iter(frame)) for frame in frames]
        assert kinds[kinds.index("error") :] == [
            "error",
            "status",
            "keep_alive",
            "discard_indices",
            "socket_intention",
            "status",
        ]


async def test_a_request_waits_for_a_backend_that_loads_and_fails_when_it_does_not_come() -> None:
    async with caller() as swarm:
        await swarm.script(set={"backend_states": ["loading"]})
        ws = await swarm.begin()
        waiting = await until(ws, lambda frame: frame.get("status", {}).get("waiting_backends"))
        assert waiting["status"]["live_gens"] == 0
        await swarm.script(set={"backend_states": ["idle"]})
        assert (await until(ws, lambda frame: "error" in frame))["error"] == NO_BACKENDS
        await swarm.script(set={"backend_states": ["running"]})
        assert having(await swarm.draw(), "image")


async def test_a_dead_gpu_process_is_noticed_when_backends_are_restarted() -> None:
    async with caller() as swarm:
        await swarm.script(set={"dead": True})
        await swarm.call("RestartBackends")
        assert (await swarm.call("GetCurrentStatus"))["backend_status"]["status"] == "errored"
        await swarm.script(set={"dead": False})
        await swarm.call("RestartBackends")
        assert (await swarm.call("GetCurrentStatus"))["backend_status"]["status"] == "running"


async def test_each_earlier_parallel_generation_leaves_a_dead_socket() -> None:
    async with caller() as swarm:
        await asyncio.gather(swarm.draw(steps=20), swarm.draw(steps=20))
        await swarm.call("RestartBackends")
        outcomes = [having(await swarm.draw(), "error") for _ in range(3)]
        assert outcomes == [[WENT_WRONG], [WENT_WRONG], []]


async def test_a_model_may_load_inside_the_generation_without_a_frame_and_decode_slowly() -> None:
    async with caller() as swarm:
        await swarm.script(set={"silent_load_s": 0.3, "decode_s": 0.2, "keep_alive_s": 0.1})
        frames = await swarm.draw()
        kinds = list_kinds(frames)
        first, last = kinds.index("gen_progress"), len(kinds) - 1 - kinds[::-1].index("image")
        assert kinds[first + 1 : first + 3] == ["keep_alive", "keep_alive"]
        assert "keep_alive" in kinds[first + 5 : last]
        assert all(one["loading_models"] == 0 for one in having(frames, "status")[3:])
