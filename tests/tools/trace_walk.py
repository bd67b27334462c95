"""Trace which files of the product one command enters, from the interaction to its result.

    python -m tests.tools.trace_walk [--files] [--repeat N]

`python -m bot run` runs in this process, between the sandbox's servers in processes of their own.
The product is known by that command line and its configuration file, the sandbox by its doors.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dis
import os
import runpy
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple
from unittest.mock import patch

import aiohttp

import bot
from tests.bench.places import ROOT, Json, Street, street, studio
from tests.bench.program import TOKEN, write_config

PRODUCT = (ROOT / "bot", ROOT / "cogs")
SANDBOX = ROOT / "bot" / "sandbox"
TOP = "top"
QUIET_S = 0.7  # longer than what follows a walk, shorter than the pauses of background work
LONGEST_S = 60.0
ASK_EVERY_S = 0.02
REPEAT = 5
DAY, OTHER_DAY = 3, 5


class Function(NamedTuple):
    """Place of a function in the repository."""

    file: str
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Walk:
    """Calls of one command, counted by function."""

    name: str
    counts: Counter[Function]

    @property
    def files(self) -> tuple[str, ...]:
        """The files entered, relative to the repository, sorted."""
        return tuple(sorted({function.file for function in self.counts}))

    @property
    def layers(self) -> dict[str, int]:
        """The number of files entered in each layer."""
        return dict(sorted(Counter(map(layer_of, self.files)).items()))

    @property
    def functions(self) -> int:
        """The number of functions entered."""
        return len(self.counts)

    @property
    def calls(self) -> int:
        """The number of calls; a coroutine that resumes is not called again."""
        return self.counts.total()

    def common_with(self, other: Walk) -> Walk:
        """Keep the calls of both walks, which drops background work that only one has seen."""
        return Walk(self.name, self.counts & other.counts)


class Recorder:
    """Profiler that counts the product's calls in the event loop, and those in worker threads."""

    def __init__(self) -> None:
        self.last_call = time.monotonic()
        self._recording = False
        self._loop_counts: Counter[CodeType] = Counter()
        self._worker_counts: Counter[CodeType] = Counter()
        self._starts: dict[CodeType, frozenset[int]] = {}

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Watch this thread, and those that begin inside the block."""
        threading.setprofile(lambda frame, event, _: self._see(frame, event, self._worker_counts))
        sys.setprofile(lambda frame, event, _: self._see(frame, event, self._loop_counts))
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def start(self) -> None:
        """Count from now on."""
        self._loop_counts.clear()
        self._worker_counts.clear()
        self._recording = True

    def stop(self, name: str) -> tuple[Walk, Walk]:
        """Return the calls in the event loop since the start, and those in all threads."""
        self._recording = False
        workers = self._worker_counts
        return (
            Walk(name, _by_function(self._loop_counts)),
            Walk(f"{name}, worker threads included", _by_function(self._loop_counts + workers)),
        )

    async def wait_until_quiet(self) -> None:
        """Wait until no function of the product was entered for QUIET_S. Raises TimeoutError."""
        async with asyncio.timeout(LONGEST_S):
            rest = QUIET_S
            while rest > 0:
                await asyncio.sleep(rest)
                rest = self.last_call + QUIET_S - time.monotonic()

    def _see(self, frame: FrameType, event: str, counts: Counter[CodeType]) -> None:
        if event != "call":
            return
        code = frame.f_code
        starts = self._starts.get(code)
        if starts is None:
            starts = self._starts[code] = start_offsets(code) if is_product(code) else frozenset()
        if not starts:
            return
        self.last_call = time.monotonic()
        if self._recording and frame.f_lasti in starts:
            counts[code] += 1


def _by_function(counts: Counter[CodeType]) -> Counter[Function]:
    found: Counter[Function] = Counter()
    for code, calls in counts.items():
        file = Path(code.co_filename).relative_to(ROOT).as_posix()
        found[Function(file, code.co_qualname, code.co_firstlineno)] += calls
    return found


def is_product(code: CodeType) -> bool:
    """Tell whether code is a function of the product; module bodies and comprehensions are none."""
    path = Path(code.co_filename)
    return (
        (code.co_name == "<lambda>" or not code.co_name.startswith("<"))
        and any(path.is_relative_to(root) for root in PRODUCT)
        and not path.is_relative_to(SANDBOX)
    )


def start_offsets(code: CodeType) -> frozenset[int]:
    """Find the instructions where a call begins, without those where a coroutine resumes."""
    return frozenset(
        step.offset
        for step in dis.get_instructions(code)
        if step.opname == "RESUME" and step.arg is not None and step.arg & 3 == 0
    )


def layer_of(file: str) -> str:
    """Name the layer of a file: `cogs`, the package below bot/, or `top` for bot/ itself."""
    first, *rest = Path(file).parts
    if first != "bot":
        return first
    return rest[0] if len(rest) > 1 else TOP


class Visitors:
    """Members of the sandbox's guild who use commands."""

    def __init__(self, place: Street, http: aiohttp.ClientSession) -> None:
        self._place, self._http = place, http

    async def draw_picture(self) -> None:
        """Use /imagine and wait for the posted PNG."""
        messages = await self._use_command("mia", "imagine", {"prompt": "a red fox"})
        await _wait_for(lambda: self._has_picture("mia", messages))

    async def set_limit(self, day: int) -> None:
        """Use /limits set for a member and wait for the answer."""
        people = self._place.world["guilds"][0]["people"]
        theo = next(person["id"] for person in people if person["name"] == "theo")
        await self._use_command("mona", "limits set", {"member": theo, "day": day})

    async def _use_command(self, who: str, name: str, options: Json) -> list[str]:
        """Return the ids of the answer's messages."""
        act = {"channel": "imagine", "name": name, "options": options}
        used = await self._place.act(who, "command", **act)
        door = f"interactions/{used['interaction']}"

        async def is_over() -> bool:
            return (await self._ask(door))["state"] not in ("waiting", "deferred")

        await _wait_for(is_over)
        state = await self._ask(door)
        if state["state"] != "answered":
            raise RuntimeError(f"/{name}: {state}")
        return list(state["messages"])

    async def _has_picture(self, who: str, messages: list[str]) -> bool:
        seen = await self._ask("channels/imagine/messages", who)
        return any(
            file["filename"].endswith(".png")
            for message in seen
            if message["id"] in messages
            for file in message["attachments"]
        )

    async def _ask(self, door: str, who: str = "mona") -> Any:
        url = f"{self._place.place['base']}/sandbox/{door}"
        async with self._http.get(url, params={"as": who}) as answer:
            answer.raise_for_status()
            return await answer.json()


async def _wait_for(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again. Raises TimeoutError."""
    async with asyncio.timeout(LONGEST_S):
        while True:
            if await is_so():
                return
            await asyncio.sleep(ASK_EVERY_S)


@dataclass(frozen=True, slots=True)
class Invitation:
    """The values that a bot needs to join the sandbox's servers."""

    config: Path
    token: str
    cancel: Callable[[], object]


def trace_walks(folder: Path, repeat: int = REPEAT) -> list[Walk]:
    """Record /imagine and /limits set `repeat` times each and keep the calls of all times.

    The bot takes this thread, which has to be the main one; the visitors take another. Raises
    RuntimeError if the bot ends by itself or a command fails.
    """
    if Path(bot.__file__).parent != ROOT / "bot":
        raise RuntimeError(f"{bot.__file__} is another checkout: start this one in {ROOT}")
    recorder, invited, running = Recorder(), Future[Invitation](), threading.Event()
    with ThreadPoolExecutor(1, "visitors") as pool:
        visit = pool.submit(asyncio.run, _visit(folder, recorder, invited, repeat))
        either: tuple[Future[Any], ...] = (visit, invited)
        wait(either, return_when=FIRST_COMPLETED)
        if visit.done():
            return visit.result()
        visit.add_done_callback(lambda _: _interrupt_main_thread() if running.is_set() else None)
        invitation = invited.result()
        with recorder.installed():
            running.set()
            _run_bot(invitation, folder / "bot.log")
            running.clear()
        if not visit.done():
            invitation.cancel()
            log = (folder / "bot.log").read_text(encoding="utf-8")
            raise RuntimeError(f"The bot ended by itself. The end of its log:\n{log[-2000:]}")
        return visit.result()


def _run_bot(invitation: Invitation, log: Path) -> None:
    """Run `python -m bot run` in this thread until a signal ends it."""
    command = ["bot", "run", "--config", str(invitation.config)]
    with (
        log.open("w", encoding="utf-8") as out,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        contextlib.suppress(SystemExit),
        patch.object(sys, "argv", command),
        patch.dict(os.environ, {TOKEN: invitation.token}),
    ):
        runpy.run_module("bot", run_name="__main__", alter_sys=True)


def _interrupt_main_thread() -> None:
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)


async def _visit(
    folder: Path, recorder: Recorder, invited: Future[Invitation], repeat: int
) -> list[Walk]:
    """Open the servers, invite the bot and take the walks; in a thread and loop of its own."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    async with (
        aiohttp.ClientSession() as http,
        street(http) as place,
        studio(http, step_s=0.01, model_load_s=0.05) as swarm,
    ):
        config = write_config(folder, place.place, swarm.base)
        invited.set_result(
            Invitation(config, place.place["token"], lambda: loop.call_soon_threadsafe(task.cancel))
        )
        async with asyncio.timeout(LONGEST_S):
            await place.until_commands()
        await recorder.wait_until_quiet()
        visitors = Visitors(place, http)
        # The warming: nothing that happens only once is left for the walks.
        await visitors.draw_picture()
        await visitors.set_limit(OTHER_DAY)
        drawing = await _record(recorder, "/imagine", visitors.draw_picture, repeat)
        setting = await _record(
            recorder,
            f"/limits set member day:{DAY}",
            lambda: visitors.set_limit(DAY),
            repeat,
            after=lambda: visitors.set_limit(OTHER_DAY),
        )
        return [*drawing, *setting]


async def _record(
    recorder: Recorder,
    name: str,
    command: Callable[[], Awaitable[None]],
    repeat: int,
    after: Callable[[], Awaitable[None]] | None = None,
) -> list[Walk]:
    """Walk `repeat` times from rest, and undo with `after` so that each walk changes something."""
    walks: list[tuple[Walk, Walk]] = []
    for _ in range(repeat):
        await recorder.wait_until_quiet()
        recorder.start()
        await command()
        walks.append(recorder.stop(name))
        if after is not None:
            await after()
    return [reduce(Walk.common_with, same) for same in zip(*walks, strict=True)]


def format_table(walks: Iterable[Walk]) -> str:
    """Format walks as a Markdown table."""
    lines = ["| walk | files entered | per layer | functions | calls |", "| --- " * 5 + "|"]
    for walk in walks:
        layers = ", ".join(f"{files} {layer}" for layer, files in walk.layers.items())
        cells = (walk.name, len(walk.files), layers, walk.functions, f"{walk.calls:,}")
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def format_files(walk: Walk) -> str:
    """Format the files of a walk as a Markdown list."""
    return "\n".join([f"## {walk.name}", "", *(f"- {file}" for file in walk.files)])


def main() -> None:
    """Take both walks and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.tools.trace_walk", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--files", action="store_true", help="list the files of each walk too")
    parser.add_argument("--repeat", type=int, default=REPEAT, help=f"times to walk ({REPEAT})")
    asked = parser.parse_args()
    if asked.repeat < 1:
        parser.error("--repeat: at least 1")
    with tempfile.TemporaryDirectory() as folder:
        walks = trace_walks(Path(folder), asked.repeat)
    parts = [format_table(walks), *(format_files(walk) for walk in walks if asked.files)]
    sys.stdout.write("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
