"""A polite stop: what is under way ends, nothing begins, what waits is there after the restart."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path

import pytest

from tests.support.town import Json, Town, town

NOT_NOW = "I'm restarting; try again in a minute. Nothing was charged."


async def _two(here: Town, **script: float) -> tuple[Json, Json]:
    """One job that is drawn and one that waits behind it."""
    await here.spawn_bot()
    await here.script(**script)
    first = await here.imagine("mia", steps=10)
    second = await here.imagine("theo", steps=2)
    await here.until(lambda: here.rows("SELECT 1 FROM jobs WHERE state='running'"))
    return first, second


async def _ended(here: Town, within: float) -> None:
    assert here.process is not None
    assert await asyncio.wait_for(here.process.wait(), within) == 0
    here.process = None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_the_picture_come_and_keeps_the_line(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with town(tmp_path, extra="max_in_flight = 1\n") as here:
        first, second = await _two(here, step_s=0.15)
        assert here.process is not None
        here.process.send_signal(number)
        waiting = await here.becomes(second["id"], lambda m: "place is kept" in m["content"])
        assert "I'm restarting" in waiting["content"]
        state = await here.command("mona", "imagine", prompt="a late fox")
        answer = await here.message(state["messages"][0], who="mona")
        assert answer["flags"] & 64, answer["content"]
        assert answer["content"].startswith(NOT_NOW)
        assert "a late fox" in answer["content"]
        await here.picture(first)
        await _ended(here, 60)
        assert here.rows("SELECT state FROM jobs ORDER BY seq") == [("done",), ("queued",)]
        here.balanced()
        await here.script(step_s=0.01)
        await here.spawn_bot()
        await here.picture(second)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert len((await here.swarm_report())["generations"]) == 2
        here.balanced()
        await here.clean()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_while_it_still_starts_ends_it_and_leaves_all_as_it_was(
    tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SwarmUI takes its call and does not answer; nobody waits half a minute for that."""
    asked = asyncio.Event()

    async def mute(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        with contextlib.closing(writer):
            await over.wait()

    over = asyncio.Event()
    async with town(tmp_path, extra="max_in_flight = 1\n") as here:
        first, second = await _two(here, step_s=0.5)
        await here.kill_bot()
        before = here.rows("SELECT id, state FROM jobs ORDER BY seq")
        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with monkeypatch.context() as away:
            away.setenv("SWARMBOT_SWARMUI__URL", f"http://127.0.0.1:{port}")
            starting = asyncio.create_task(here.spawn_bot())
            await asyncio.wait_for(asked.wait(), 60)
            assert here.process is not None
            here.process.send_signal(number)
            await starting
        await _ended(here, 15)
        assert "it had not begun" in (here.folder / "bot.log").read_text("utf-8")
        over.set()
        server.close()
        assert here.rows("SELECT id, state FROM jobs ORDER BY seq") == before
        assert not here.discord.hub.sessions.connected
        await here.script(step_s=0.01)
        await here.spawn_bot()
        await here.picture(first)
        await here.picture(second)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        await here.clean()


@pytest.mark.parametrize(("grace_s", "signals"), [(20, 2), (0.2, 1)])
async def test_what_is_not_ready_in_time_is_parked(
    tmp_path: Path, grace_s: float, signals: int
) -> None:
    """The time given is over, or a second signal comes: SwarmUI goes on, and it is found there."""
    async with town(tmp_path, extra=f"max_in_flight = 1\nshutdown_grace_s = {grace_s}\n") as here:
        first, second = await _two(here, step_s=0.5)
        assert here.process is not None
        here.process.send_signal(signal.SIGTERM)
        if signals == 2:
            await here.becomes(second["id"], lambda m: "place is kept" in m["content"])
            here.process.send_signal(signal.SIGTERM)
        await _ended(here, 15)
        states = here.rows("SELECT state FROM jobs ORDER BY seq")
        assert states == [("running",), ("queued",)]
        await here.script(step_s=0.01)
        await here.spawn_bot()
        await here.picture(first)
        await here.picture(second)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert len((await here.swarm_report())["generations"]) == 2
        here.balanced()
        await here.clean()
