"""Heartbeat of a running bot, for `swarmbot healthcheck` and for the watchdog of systemd.

The file lies beside the database. The event loop starts each write, so a loop that hangs writes no
more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.core.errors import BotError
from bot.core.text.format import format_duration
from bot.flow.runtime.clock import Clock

BEAT_INTERVAL_S: Final = 5.0
SILENT_AFTER: Final = timedelta(minutes=1)
OFFLINE_AFTER: Final = timedelta(minutes=2)
"""A gap that the gateway closes by itself is shorter."""


class Unhealthy(BotError):
    """No bot runs, or it hangs, or it has lost Discord. The message says which."""


class Heartbeat:
    """Writer of the heartbeat file."""

    def __init__(self, database: Path, is_connected: Callable[[], bool], clock: Clock) -> None:
        self._path, self._is_connected, self._clock = build_path(database), is_connected, clock
        self._offline_since: datetime | None = clock.now()
        self._lock, self._is_over = threading.Lock(), False  # files are written in threads

    async def beat_forever(self) -> None:
        """Write the file at an interval. It is deleted at the end, so a stopped bot has none."""
        try:
            while True:
                await self._beat()
                notify_watchdog()
                await self._clock.sleep(BEAT_INTERVAL_S)
        finally:
            self._remove_file()  # at the end of the process, where nobody waits for the loop

    async def _beat(self) -> None:
        now = self._clock.now()
        self._offline_since = None if self._is_connected() else self._offline_since or now
        since = self._offline_since.isoformat() if self._offline_since else None
        beat = json.dumps({"at": now.isoformat(), "offline_since": since})
        await asyncio.to_thread(self._write_file, beat)

    def _write_file(self, beat: str) -> None:
        """Write the file in one step, unless it was removed for good.

        Errors are ignored. A file that gets old tells of them.
        """
        new = self._path.with_suffix(".heartbeat-new")
        with self._lock, contextlib.suppress(OSError):
            if not self._is_over:
                new.write_text(beat, "utf-8")
                new.replace(self._path)

    def _remove_file(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._is_over = True
            self._path.unlink(missing_ok=True)


def notify_watchdog() -> None:
    """Tell systemd that the loop runs, if systemd asked for it (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # a name that is not in the file system
        address = f"\0{address[1:]}"
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.setblocking(False)
        systemd.sendto(b"WATCHDOG=1", address)


def build_path(database: Path) -> Path:
    """Return the path of the heartbeat beside a database."""
    return database.with_suffix(".heartbeat")


def check_heartbeat(database: Path, now: datetime) -> str:
    """Return a sentence about the bot that runs with a database. Raises Unhealthy."""
    path = build_path(database)
    try:
        beat = json.loads(path.read_text("utf-8"))
        at, since = datetime.fromisoformat(beat["at"]), beat["offline_since"]
        gap = now - datetime.fromisoformat(since) if since else None
        age = abs(now - at)  # a clock that was set back
    except FileNotFoundError:
        raise Unhealthy(f"No bot runs with {database}.") from None
    except OSError as error:
        raise Unhealthy(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise Unhealthy(f"{path} is no heartbeat of the bot.") from error
    if age > SILENT_AFTER:
        raise Unhealthy(
            f"The bot's last heartbeat is {format_duration(age.total_seconds())} old. It hangs, it "
            f"was killed, or {path.parent} cannot be written. Read its log, then restart it."
        )
    if gap is None:
        return "The bot runs and is connected to Discord."
    said = f"not been connected to Discord for {format_duration(gap.total_seconds())}"
    if gap > OFFLINE_AFTER:
        raise Unhealthy(f"The bot runs, but has {said}. Read its log.")
    return f"The bot runs. It has {said} and is trying."
