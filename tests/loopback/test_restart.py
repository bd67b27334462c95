"""A polite restart in the middle: what is being drawn is neither stopped nor drawn again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.town import is_picture, town


@pytest.mark.parametrize("websocket", [True, False])
async def test_a_picture_survives_restarts_while_it_is_drawn(
    tmp_path: Path, websocket: bool
) -> None:
    async with town(tmp_path) as here:
        await here.script(step_s=0.2, websocket=websocket)
        await here.start_bot()
        card = await here.imagine("mia", steps=10)

        async def drawing() -> bool:
            generations = (await here.swarm_report())["generations"]
            return bool(generations and generations[0]["state"] == "running")

        await here.until(drawing)
        for _ in range(2):
            await here.stop_bot()
            await here.start_bot()
        await here.picture(card)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        report = await here.swarm_report()
        assert [one["state"] for one in report["generations"]] == ["done"]
        assert report["interrupts"] <= 1  # once it is found finished, its session is closed
        assert [m["id"] for m in await here.messages() if is_picture(m)] == [card["id"]]
        here.balanced()
        await here.clean()


async def test_what_waits_is_still_in_line_after_a_restart(tmp_path: Path) -> None:
    async with town(tmp_path, extra="max_in_flight = 1\n") as here:
        await here.script(step_s=0.1)
        await here.start_bot()
        cards = [await here.imagine(who) for who in ("mia", "theo", "mona")]
        await here.stop_bot()
        await here.script(step_s=0.01)
        await here.start_bot()
        for card in cards:
            await here.picture(card)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert len((await here.swarm_report())["generations"]) == 3
        here.balanced()
        await here.clean()
