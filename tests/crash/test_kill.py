"""kill -9 in the middle of a picture: one picture, or a refund and a word; the books balance."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.discord.limits import EDITS
from tests.crash.world import Mortal
from tests.support.town import is_picture, town


async def test_killed_while_it_draws_the_person_gets_one_picture(tmp_path: Path) -> None:
    """SwarmUI goes on without us; after the restart the picture is found, not drawn again."""
    async with town(tmp_path) as here:
        await here.spawn_bot()
        await here.script(step_s=0.1)
        card = await here.imagine("mia")
        await here.becomes(card["id"], lambda m: "Drawing, step" in m["content"])
        await here.kill_bot()
        assert len(here.rows("SELECT * FROM holds")) == 1
        await here.spawn_bot()
        await here.picture(card)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        ours = [m for m in await here.messages() if m["author"].get("bot")]
        assert [m["id"] for m in ours if is_picture(m)] == [card["id"]]
        assert len((await here.swarm_report())["generations"]) == 1
        await here.clean()


async def test_killed_with_its_picture_lost_it_is_drawn_once_more(tmp_path: Path) -> None:
    """SwarmUI was restarted too: nothing is in the folder, so the job goes back to the line."""
    async with town(tmp_path) as here:
        await here.spawn_bot()
        await here.script(step_s=0.1)
        card = await here.imagine("mia")
        await here.becomes(card["id"], lambda m: "Drawing, step" in m["content"])
        await here.kill_bot()
        await here.swarm.stop()
        await here.swarm.start(port=int(here.swarm.base.rsplit(":", 1)[1]))
        await here.script(step_s=0.01)
        await here.spawn_bot()
        await here.picture(card)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert here.rows("SELECT attempt, state FROM jobs") == [(2, "done")]
        here.balanced()
        await here.clean()


async def test_killed_while_it_waits_it_is_drawn_after_the_restart(tmp_path: Path) -> None:
    async with town(tmp_path, extra="max_in_flight = 1\n") as here:
        await here.spawn_bot()
        await here.script(step_s=0.2)
        first = await here.imagine("mia")
        second = await here.imagine("theo")
        assert "in line" in second["content"]
        await here.kill_bot()
        await here.script(step_s=0.01)
        await here.spawn_bot()
        await here.picture(first)
        await here.picture(second)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        await here.clean()


async def test_killed_with_a_channel_full_of_edits_the_next_one_waits(
    one: Mortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Born again within the same five seconds, it reckons with what the dead one has sent."""
    here = one.here
    monkeypatch.setenv("SWARMBOT_TRIGGERS__COOLDOWN_S", "0")

    async def full() -> bool:
        """Killed right after the fifth edit; on a slow machine that may be of the next window."""
        await one.fault({"method": "PATCH", "nth": 5}, {"kill_bot": "after"})
        for kind in ("red", "grey", "white", "blue", "swift"):
            words = f"draw me a {kind} fox"
            await here.act("mia", "message", channel="imagine", content=words)
        await one.died()
        window = here.discord.hub.limits.headers(EDITS, here.channel("imagine"))
        return window["X-RateLimit-Remaining"] == "0"

    for _ in range(5):
        await one.reborn()
        if await full():
            break
        await one.reborn()
        await one.settled()
    else:
        raise AssertionError("the channel was never full")
    await one.reborn()
    await one.settled()
    await one.count()
