"""The heartbeat file: what the bot writes, and what `swarmbot healthcheck` says of it."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.flow.runtime.clock import Clock
from bot.heartbeat import BEAT_INTERVAL_S, Heartbeat, Unhealthy, build_path, check_heartbeat
from tests.support.books import NOON

CONNECTED = "The bot runs and is connected to Discord."


class Over(Exception):
    """The story has ended."""


@dataclass
class Story:
    """A bot that runs from noon on: after each beat comes the next line of the story.

    `connected` says whether Discord is there at each beat. `said` is what the healthcheck says
    `later` after the beat.
    """

    database: Path
    connected: list[bool]
    later: timedelta = timedelta()
    now: datetime = NOON
    said: list[str] = field(default_factory=list)

    async def play(self) -> list[str]:
        beats = iter(self.connected)
        clock = Clock(now=lambda: self.now, sleep=self.sleep)
        with pytest.raises(Over):
            await Heartbeat(self.database, lambda: next(beats), clock).beat_forever()
        return self.said

    async def sleep(self, seconds: float) -> None:
        self.said.append(judge(self.database, self.now + self.later))
        self.now += timedelta(seconds=seconds)
        if len(self.said) == len(self.connected):
            raise Over


def judge(database: Path, now: datetime) -> str:
    """The sentence, after "bad: " if the bot is not healthy."""
    try:
        return check_heartbeat(database, now)
    except Unhealthy as error:
        return f"bad: {error}"


def list_files(folder: Path) -> list[str]:
    """The names of all that lies in a folder."""
    return [path.name for path in folder.iterdir()]


async def test_a_connected_bot_is_healthy_and_a_stopped_one_is_not(tmp_path: Path) -> None:
    database = tmp_path / "swarmbot.db"
    assert judge(database, NOON) == f"bad: No bot runs with {database}."
    assert await Story(database, [True, True]).play() == [CONNECTED, CONNECTED]
    assert judge(database, NOON) == f"bad: No bot runs with {database}."
    assert list_files(tmp_path) == []


async def test_a_gap_is_told_and_only_a_long_one_is_unhealthy(tmp_path: Path) -> None:
    beats = round(120 / BEAT_INTERVAL_S) + 2
    said = await Story(tmp_path / "swarmbot.db", [True, *[False] * beats, True]).play()
    assert said[0] == said[-1] == CONNECTED
    assert said[1] == "The bot runs. It has not been connected to Discord for 1 s and is trying."
    assert said[2] == "The bot runs. It has not been connected to Discord for 5 s and is trying."
    assert said[-3] == "The bot runs. It has not been connected to Discord for 2 min and is trying."
    assert said[-2] == (
        "bad: The bot runs, but has not been connected to Discord for 2 min. Read its log."
    )


async def test_a_start_that_never_connects_is_unhealthy_in_the_end(tmp_path: Path) -> None:
    beats = round(120 / BEAT_INTERVAL_S) + 2
    said = await Story(tmp_path / "swarmbot.db", [False] * beats).play()
    assert said[0].startswith("The bot runs. It has not been connected to Discord for 1 s")
    assert said[-1].startswith("bad: The bot runs, but has not been connected")


@pytest.mark.parametrize("minutes", [-3, 3])
async def test_a_bot_that_hangs_is_unhealthy(tmp_path: Path, minutes: int) -> None:
    later = timedelta(minutes=minutes)
    [said] = await Story(tmp_path / "swarmbot.db", [True], later).play()
    assert said == (
        f"bad: The bot's last heartbeat is 3 min old. It hangs, it was killed, or {tmp_path} "
        "cannot be written. Read its log, then restart it."
    )


async def test_one_missed_beat_is_no_trouble(tmp_path: Path) -> None:
    later = timedelta(seconds=2 * BEAT_INTERVAL_S)
    assert await Story(tmp_path / "swarmbot.db", [True], later).play() == [CONNECTED]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"at": 1, "offline_since": null}', '{"at": "2026-11-24T12:00:00"}']
)
def test_a_file_that_is_no_heartbeat_is_said(tmp_path: Path, text: str) -> None:
    database = tmp_path / "swarmbot.db"
    build_path(database).write_text(text, "utf-8")
    path = tmp_path / "swarmbot.heartbeat"
    assert judge(database, NOON) == f"bad: {path} is no heartbeat of the bot."


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "swarmbot.heartbeat"
    path.mkdir()
    said = judge(tmp_path / "swarmbot.db", NOON)
    assert said.startswith(f"bad: {path} cannot be read: ")


async def test_a_disk_that_cannot_be_written_does_not_stop_the_bot(tmp_path: Path) -> None:
    (tmp_path / "swarmbot.heartbeat-new").mkdir()
    database = tmp_path / "swarmbot.db"
    said = await Story(database, [True, True]).play()
    assert said == [f"bad: No bot runs with {database}."] * 2


async def test_it_ends_when_it_is_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "swarmbot.heartbeat"
    has_beaten = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        has_beaten.set()
        await asyncio.Event().wait()

    heartbeat = Heartbeat(tmp_path / "swarmbot.db", lambda: True, Clock(sleep=sleep))
    beating = asyncio.create_task(heartbeat.beat_forever())
    await has_beaten.wait()
    assert path.exists()
    beating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beating
    assert list_files(tmp_path) == []


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd is Linux's")
@pytest.mark.parametrize("abstract", [False, True])
async def test_each_beat_tells_the_watchdog_of_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool
) -> None:
    name = f"swarmbot-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{name}" if abstract else name)
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}" if abstract else name)
        await Story(tmp_path / "swarmbot.db", [False, True]).play()
        assert [systemd.recv(99) for _ in range(2)] == [b"WATCHDOG=1"] * 2


async def test_a_service_manager_that_is_gone_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert await Story(tmp_path / "swarmbot.db", [True]).play() == [CONNECTED]
