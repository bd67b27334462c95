"""The bot itself, against the sandbox's servers: in this process, or in one of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot import app
from bot.config import Settings, load
from tests.bench.places import ROOT, Json, Street

GENEROUS = '[quota]\nday = "unlimited"\nwaiting = "unlimited"\nqueue = 10000\n'
TOKEN = "SWARMBOT_DISCORD__TOKEN"


def write_config(folder: Path, place: Json, swarmui: str, extra: str = GENEROUS) -> Path:
    """The file that `swarmbot run` reads."""
    path = folder / "config.toml"
    path.write_text(
        f'[discord]\napi_base = "{place["api_base"]}"\ngateway_url = "{place["gateway_url"]}"\n'
        f'cdn_url = "{place["cdn_url"]}"\n[swarmui]\nurl = "{swarmui}"\n'
        f'[storage]\ndatabase = "{folder / "swarmbot.db"}"\nspool = "{folder / "spool"}"\n{extra}',
        encoding="utf-8",
    )
    return path


def settings(folder: Path, place: Json, swarmui: str, extra: str = GENEROUS) -> Settings:
    """The same, as a value."""
    os.environ[TOKEN] = place["token"]
    try:
        return load(write_config(folder, place, swarmui, extra))
    finally:
        del os.environ[TOKEN]


class _Ready(logging.Handler):
    """Waits for the line that says so."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seen = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "ready" in record.getMessage():
            self.seen.set()


@asynccontextmanager
async def bot_here(folder: Path, street: Street, swarmui: str) -> AsyncIterator[None]:
    """In this process and loop, ready."""
    handler, log = _Ready(), logging.getLogger("bot.runtime")
    log.addHandler(handler)
    log.propagate, before = False, log.level
    log.setLevel(logging.INFO)
    wanted = settings(folder, street.place, swarmui)
    running = asyncio.create_task(app.run(wanted, lambda _: None), name="bot")
    ready = asyncio.create_task(handler.seen.wait())
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        await street.until_commands()
        yield
    finally:
        ready.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        log.removeHandler(handler)
        log.setLevel(before)
        log.propagate = True


@asynccontextmanager
async def process(*command: str, token: str, until: bytes) -> AsyncIterator[int]:
    """A Python program, as soon as it has said `until`; gives its pid."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        env={**os.environ, TOKEN: token},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert child.stderr is not None
    said: list[bytes] = []
    try:
        async for line in child.stderr:
            said.append(line)
            if until in line:
                break
        else:
            raise RuntimeError(b"".join(said).decode())
        rest = asyncio.create_task(child.stderr.read())
        yield child.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await child.wait()
    await rest
