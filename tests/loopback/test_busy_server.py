"""A SwarmUI that is busy with others, loads for long, or has lost its backends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.swarmui.models import RECORDED
from bot.sandbox.swarmui.setup import Setup
from tests.support.town import Json, Town, town

QUICK = Setup(step_s=0.01, model_load_s=0.02, closing_s=0.05, keep_alive_s=0.1, models=RECORDED)


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and trials within a second instead of minutes."""
    for name in ("PROBE_PAUSE_MIN_S", "PROBE_PAUSE_MAX_S", "TRIAL_PAUSE_MIN_S"):
        monkeypatch.setattr(f"bot.flow.jobs.outage.{name}", 0.3)
    monkeypatch.setattr("bot.adapters.swarmui.generation_monitor.BUSY_AFTER_S", 0.3)


def has_picture(message: Json) -> bool:
    return bool(message.get("attachments")) and not message.get("embeds")


async def delivered(here: Town, *cards: Json) -> None:
    """Each card ends as one picture, charged once, and the books agree."""
    for card in cards:
        await here.becomes(card["id"], has_picture)
    await here.until(lambda: here.rows("SELECT * FROM holds") == [], "the holds are closed")
    here.balanced()
    assert here.rows("SELECT count(*) FROM charges") == [(len(cards),)]


async def call_swarm(here: Town, route: str, **body: Any) -> Json:
    """Call SwarmUI's API as its owner does in the browser."""
    async with here.http.post(f"{here.swarm.base}/API/GetNewSession", json={}) as answer:
        session = (await answer.json())["session_id"]
    sent = {"session_id": session, **body}
    async with here.http.post(f"{here.swarm.base}/API/{route}", json=sent) as answer:
        told: Json = await answer.json()
        return told


@asynccontextmanager
async def foreign_picture(here: Town, steps: int) -> AsyncIterator[None]:
    """A picture that the owner of the GPU draws in the browser."""
    body = {"images": 1, "prompt": "a castle", "steps": steps, "width": 256, "height": 256}
    drawing = asyncio.create_task(call_swarm(here, "GenerateText2Image", model="stub", **body))

    async def has_begun() -> bool:
        said = await here.swarm_report()
        return [one["state"] for one in said["generations"]] == ["running"]

    await here.until(has_begun, "the foreign picture is being drawn")
    try:
        yield
    finally:
        drawing.cancel()
        await asyncio.wait({drawing})


async def test_a_picture_behind_a_foreign_one_comes_once_and_the_card_says_why(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, replace(QUICK, step_s=0.05)) as here:
        await here.start_bot()
        async with foreign_picture(here, steps=60):
            card = await here.imagine("mia")
            await here.becomes(
                card["id"],
                lambda seen: "The image server is busy with something else." in seen["content"],
            )
            await delivered(here, card)
        said = await here.swarm_report()
        assert said["interrupts"] == 0
        assert len(said["generations"]) == 2


@pytest.mark.parametrize("silent", ["silent_load_s", "decode_s"])
async def test_a_long_load_or_decode_inside_the_generation_is_waited_for(
    silent: str, tmp_path: Path
) -> None:
    """A pace was learnt before: it is no measure for what comes."""
    async with town(tmp_path, QUICK) as here:
        await here.start_bot()
        await delivered(here, first := await here.imagine("mia"))
        await here.script(**{silent: 1.5})
        await delivered(here, first, await here.imagine("mia"))
        said = await here.swarm_report()
        assert (said["interrupts"], len(said["generations"])) == (0, 2)


async def test_errored_backends_keep_places_and_are_announced_once(tmp_path: Path) -> None:
    async with town(tmp_path, QUICK) as here:
        here.extra = f"[log]\nchannel = {here.channel('general')}\n"
        await here.start_bot()
        await here.script(dead=True)
        await call_swarm(here, "RestartBackends")
        cards = [await here.imagine(who) for who in ("mia", "theo", "mona")]
        for card in cards:
            await here.becomes(card["id"], lambda seen: "no backend" in seen["content"])
        said = len((await here.swarm_report())["generations"])

        async def tried_again() -> bool:
            return len((await here.swarm_report())["generations"]) >= said + 4

        await here.until(tried_again, "the backend is tried again and again")
        assert {state for (state,) in here.rows("SELECT state FROM jobs")} <= {"queued", "running"}
        await here.script(dead=False)
        await call_swarm(here, "RestartBackends")
        await delivered(here, *cards)
        alerts = [
            one["content"] for one in await here.messages("general") if "SwarmUI" in one["content"]
        ]
        assert len(alerts) == 2, alerts


async def test_no_backend_after_a_loading_phase_costs_no_attempt(tmp_path: Path) -> None:
    """As a backend that may be idle does when its ComfyUI is away."""
    async with town(tmp_path, QUICK) as here:
        await here.start_bot()
        card: Json = {}
        for round_ in range(3):
            await here.script(backend_states=["loading"])
            card = card or await here.imagine("mia")

            async def waits(seen: int = round_) -> bool:
                states = [g["state"] for g in (await here.swarm_report())["generations"]]
                return states.count("failed") >= seen and states[-1:] == ["waiting"]

            await here.until(waits, "it waits for the backend that loads")
            await here.script(backend_states=["idle"])
        await here.becomes(card["id"], lambda seen: "no backend" in seen["content"])
        await here.script(backend_states=["running"])
        await delivered(here, card)


async def test_dead_sockets_of_a_restarted_comfyui_fail_nobody(tmp_path: Path) -> None:
    """SwarmUI keeps one for each earlier parallel generation, and each breaks one generation."""
    async with town(tmp_path, replace(QUICK, step_s=0.05)) as here:
        await here.start_bot()
        before = [await here.imagine(who) for who in ("mia", "theo")]
        await delivered(here, *before)
        await call_swarm(here, "RestartBackends")
        after = await here.imagine("mia")
        await delivered(here, *before, after)
        assert here.rows("SELECT max(attempt) FROM jobs") == [(1,)]
