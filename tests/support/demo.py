"""The whole demo as people start it: a process of its own, known by the line it prints."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READY_S = 60
END_S = 10


class DemoFailed(AssertionError):
    """It ended before it was ready; str() is what it said."""


@dataclass(frozen=True, slots=True)
class RunningDemo:
    """`facts` is the JSON line: page, discord, swarmui, bot."""

    process: asyncio.subprocess.Process
    facts: dict[str, Any]

    @property
    def page(self) -> str:
        return str(self.facts["page"])


@contextlib.asynccontextmanager
async def running_demo(*arguments: str) -> AsyncIterator[RunningDemo]:
    """`swarmbot demo --no-browser --json …`, ended as by Ctrl+C when the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--no-browser", "--json", *arguments),
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            line = await process.stdout.readline()
        if not line:
            raise DemoFailed(f"the demo ended with exit code {await process.wait()}")
        yield RunningDemo(process, json.loads(line))
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """As Ctrl+C does. Raises TimeoutError, and kills it, where that takes over ten seconds."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(END_S):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise
