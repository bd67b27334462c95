"""The work of one GPU on one picture: nodes, steps, previews, and the words that break it.

The prompt words are those of the recordings: SLOWSTEPS, VERYSLOW, BACKENDFAIL, NOIMAGES.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from bot.sandbox.swarmui import frames, gone_files
from bot.sandbox.swarmui.backend import Backend
from bot.sandbox.swarmui.errors import Refused
from bot.sandbox.swarmui.frames import Frame
from bot.sandbox.swarmui.params import SERVER_PATHS, final_size, size
from bot.sandbox.swarmui.pictures import decoded, draw, enlarge, preview
from bot.sandbox.swarmui.script import Report, Script

SLOW_STEP_S: Final = 0.96
VERY_SLOW_STEP_S: Final = 35.0
FAILING_STEP: Final = 3
PREVIEW_EVERY: Final = 4
MOST_PIXELS: Final = 16_000_000
OUT_OF_MEMORY: Final = "ComfyUI execution error: CUDA out of memory. Tried to allocate 20.00 GiB"
WENT_WRONG: Final = "Something went wrong while generating images."


@dataclass(frozen=True, slots=True)
class Piece:
    """One picture of a request; `first_told` is the metadata of its first progress frame."""

    index: str
    request: str
    params: dict[str, Any]
    first_told: str
    fault: str | None
    previews: bool


class Bench:
    """Draws on a backend; frames go to `emit` as they come."""

    def __init__(self, script: Script, report: Report) -> None:
        self._script, self._report = script, report

    async def work(
        self,
        backend: Backend,
        piece: Piece,
        emit: Callable[[Frame], None],
        at_step: Callable[[int], None],
    ) -> Image.Image | None:
        """Return the image, or None, or raise Refused with the backend's words.

        `at_step` is called after each step, with 0 at the beginning.
        """
        if self._script.dead:
            raise Refused(WENT_WRONG)
        if backend.comfy and "model" not in piece.params:
            raise Refused("No model input given. Did your UI load properly?")
        if refusal := gone_files.find_refusal(piece.params, self._script.gone_files):
            raise Refused(refusal)
        if backend.comfy and not await asyncio.to_thread(_scalable, piece.params.get("initimage")):
            raise Refused(WENT_WRONG)
        if backend.dead_sockets > 0:
            backend.dead_sockets -= 1
            backend.unseen.append(asyncio.create_task(self._draw_unseen(backend, piece)))
            raise Refused(WENT_WRONG)
        async with backend.bench:
            self._report.work(+1)
            drawing = asyncio.create_task(_drawn(piece.params))
            try:
                if backend.comfy:
                    await self._sample(piece, drawing, emit, at_step)
                else:
                    at_step(0)
                    await self._silently(piece)
                await self._script.running.wait()
                if "NOIMAGES" in _prompt(piece):
                    return None
                return await asyncio.to_thread(enlarge, await drawing, final_size(piece.params))
            finally:
                self._report.work(-1)
                drawing.cancel()

    async def _draw_unseen(self, backend: Backend, piece: Piece) -> None:
        """Draw a prompt whose socket broke: ComfyUI has it, and SwarmUI hears no more of it."""
        async with backend.bench:
            await asyncio.sleep(int(piece.params.get("steps", 20)) * self._step_s(piece))

    async def _silently(self, piece: Piece) -> None:
        """AutoWebUI: nothing is heard until the picture is there."""
        await asyncio.sleep(self._script.image_s * (8 if "SLOWSTEPS" in _prompt(piece) else 1))
        if "BACKENDFAIL" in _prompt(piece):
            raise Refused(WENT_WRONG)

    async def _sample(
        self,
        piece: Piece,
        drawing: asyncio.Task[Image.Image],
        emit: Callable[[Frame], None],
        at_step: Callable[[int], None],
    ) -> None:
        say = emit if self._script.progress else _nothing
        steps = int(piece.params.get("steps", 20))
        for node in range(frames.NODES_BEFORE + 1):
            told = piece.first_told if node == 0 else None
            say(frames.progress(piece.index, piece.request, node / frames.NODES, 0.0, told=told))
            if node == 0:
                await asyncio.sleep(self._script.silent_load_s)
        at_step(0)
        async for step in self._steps(piece, steps):
            share = step / steps
            say(frames.sampling(piece.index, piece.request, share))
            if step % PREVIEW_EVERY == 0 and piece.previews and self._script.previews:
                seed = int(piece.params["seed"])
                small = await asyncio.to_thread(preview, await drawing, share, seed)
                if piece.fault == "huge":
                    small += b"\0" * 3_000_000
                shown = "data:image/jpeg;base64," + base64.b64encode(small).decode("ascii")
                say(frames.previewed(piece.index, piece.request, share, shown))
            at_step(step)
        await asyncio.sleep(self._script.decode_s)
        width, height = final_size(piece.params)
        if width * height > MOST_PIXELS:
            raise Refused(OUT_OF_MEMORY)
        for node in (6, 7):
            say(frames.progress(piece.index, piece.request, node / frames.NODES, 0.0))
        say(frames.progress(piece.index, piece.request, 1.0, 1.0))

    async def _steps(self, piece: Piece, steps: int) -> AsyncGenerator[int, None]:
        for step in range(1, steps + 1):
            await self._script.running.wait()
            await asyncio.sleep(self._step_s(piece))
            if self._script.dead:
                raise Refused(WENT_WRONG)
            if step == FAILING_STEP and "BACKENDFAIL" in _prompt(piece):
                raise Refused(OUT_OF_MEMORY)
            yield step

    def _step_s(self, piece: Piece) -> float:
        if "VERYSLOW" in _prompt(piece):
            return VERY_SLOW_STEP_S
        if "SLOWSTEPS" in _prompt(piece):
            return SLOW_STEP_S
        return self._script.step_s


def _prompt(piece: Piece) -> str:
    return str(piece.params.get("prompt", ""))


def _scalable(given: str | None) -> bool:
    """Whether a brought picture is one: it is made as large as the new one before the work."""
    if not given or given.startswith(SERVER_PATHS):
        return True
    try:
        decoded(base64.b64decode(given.partition(",")[2] or given))
    except ValueError:
        return False
    return True


def _nothing(_: Frame) -> None:
    """In place of `emit` for a backend that shows no progress."""


async def _drawn(params: dict[str, Any]) -> Image.Image:
    width, height = size(params)
    if width * height > MOST_PIXELS:
        # Nobody will see the whole of it, only previews before it runs out of memory.
        width, height = 256, max(16, min(1024, 256 * height // width))
    words, seed = str(params.get("prompt", "")), int(params["seed"])
    return await asyncio.to_thread(draw, words, seed, width, height)
