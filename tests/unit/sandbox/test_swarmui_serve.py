"""The stand-in as a process of its own: one line, then silence, and a clean end."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = (
    "import asyncio; from bot.sandbox.swarmui import serve; asyncio.run(serve(0, json_line=True))"
)


async def test_serve_says_its_address_in_one_line_and_ends_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        base = json.loads(await process.stdout.readline())["base"]
        async with (
            aiohttp.ClientSession() as http,
            http.post(base + "/API/GetNewSession", json={}) as answer,
        ):
            assert len((await answer.json())["session_id"]) == 40
        process.send_signal(signal.SIGTERM)
        assert await process.stdout.read() == b""
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
