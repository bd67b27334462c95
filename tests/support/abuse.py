"""One hostile member in a process of their own: one kind of act, again and again, four at a time.

Standard input holds a line of JSON with `base`, the sandbox Discord's address, and `steps`, forms
of its door `/sandbox/act` that make up one act. `{n}` in a text is a number that never comes twice.
A step `modal` sends off the form that the step before opened. The process says "ready" after the
first act, goes on until its standard input is closed, and then prints how many acts there were.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

AT_ONCE: Final = 4
PACE_S: Final = 0.8  # of one of the four; together five acts a second, as a client allows
ROOT: Final = Path(__file__).resolve().parents[2]


class HostileMember:
    """The member at work."""

    def __init__(self, http: aiohttp.ClientSession, base: str, steps: list[dict[str, Any]]) -> None:
        self._http, self._base, self._steps = http, base, steps
        self._numbers = itertools.count(1)
        self.acts = 0

    async def repeat(self) -> None:
        """Act, at the pace, for ever."""
        while True:
            pause = asyncio.create_task(asyncio.sleep(PACE_S))
            await self.act_once()
            await pause

    async def act_once(self) -> None:
        """Do all steps of one act, each after the answer to the one before."""
        state: dict[str, Any] = {}
        number = next(self._numbers)
        for step in self._steps:
            form = json.loads(json.dumps(step).replace("{n}", str(number)))
            if form["do"] == "modal":
                if not state.get("modal"):
                    break
                form["modal"] = state["modal"]["id"]
            async with self._http.post(f"{self._base}/sandbox/act", json=form) as answer:
                asked = await answer.json()
            if "interaction" in asked:
                state = await self._wait_for_answer(asked["interaction"])
        self.acts += 1
        if self.acts == 1:
            _tell("ready")

    async def _wait_for_answer(self, interaction: str) -> dict[str, Any]:
        address = f"{self._base}/sandbox/interactions/{interaction}"
        while True:
            async with self._http.get(address) as answer:
                state: dict[str, Any] = await answer.json()
            if state["state"] not in ("waiting", "deferred"):
                return state
            await asyncio.sleep(0.05)


async def main() -> None:
    """Be hostile until standard input is closed."""
    loop = asyncio.get_running_loop()
    order = json.loads(sys.stdin.readline())
    async with aiohttp.ClientSession() as http:
        member = HostileMember(http, order["base"], order["steps"])
        work = [asyncio.create_task(member.repeat()) for _ in range(AT_ONCE)]
        end = loop.run_in_executor(None, sys.stdin.read)
        await asyncio.wait({end, *work}, return_when=asyncio.FIRST_COMPLETED)
        for task in work:
            task.cancel()
        failed = await asyncio.gather(*work, return_exceptions=True)
    errors = [repr(one) for one in failed if not isinstance(one, asyncio.CancelledError)]
    _tell(json.dumps({"acts": member.acts, "errors": errors}))


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@asynccontextmanager
async def hostile_member(base: str, steps: list[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    """Run one beside the block. The yielded dictionary gets `acts` and `errors` at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.abuse"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told: dict[str, Any] = {}
    try:
        process.stdin.write(json.dumps({"base": base, "steps": steps}).encode() + b"\n")
        await process.stdin.drain()
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"ready\n"
        yield told
    finally:
        process.stdin.close()
        async with asyncio.timeout(60):
            told |= json.loads(await process.stdout.readline() or b"{}")
            await process.wait()


if __name__ == "__main__":
    asyncio.run(main())
