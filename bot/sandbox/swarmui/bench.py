"""The work of one GPU on one picture: nodes, steps, previews, and the words that break it.

The prompt words are those of the recordings: SLOWSTEPS, VERYSLOW, BACKENDFAIL, NOIMAGES, and
`[[slow=0.5]]` for the seconds of a step.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

from bot.sandbox.swarmui import gone_files
from bot.sandbox.swarmui.backend import Backend
from bot.sandbox.swarmui.errors import Refused
from bot.sandbox.swarmui.frames import Frame, progress
from bot.sandbox.swarmui.params import final_size, size
from bot.sandbox.swarmui.pictures import decoded, draw, enlarge, preview, redraw
from bot.sandbox.swarmui.script import Report, Script
from bot.sandbox.swarmui.workflow import plan

SLOW_STEP_S: Final = 0.96
VERY_SLOW_STEP_S: Final = 35.0
FAILING_STEP: Final = 3
_SLOW: Final = re.compile(r"\[\[slow=(\d+(?:\.\d+)?)\]\]")
MOST_PIXELS: Final = 16_000_000
OUT_OF_MEMORY: Final = "ComfyUI execution error: CUDA out of memory. Tried to allocate 20.00 GiB"
WENT_WRONG: Final = "Something went wrong while generating images."


@dataclass(frozen=True, slots=True)
class Piece:
    """One picture of a request; `first_told` is the metadata of its first progress frame.

    `brought` are the bytes of pictures that came with the request.
    """

    index: str
    request: str
    params: dict[str, Any]
    first_told: str
    fault: str | None
    previews: bool
    brought: dict[str, bytes] = field(default_factory=dict)


class Bench:
    """Draws on a backend; frames go to `emit` as they come."""

    def __init__(self, script: Script, report: Report, preview_every: int) -> None:
        self._script, self._report = script, report
        self._preview_every = preview_every

    def kill(self) -> None:
        """End the GPU process of every backend."""
        self._script.dead = True

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
        start, mask = None, None
        if backend.comfy:
            _check_loras(piece.params)
            start = await _opened(piece.brought.get("initimage"))
            mask = await _opened(piece.brought.get("maskimage"))
        if backend.dead_sockets > 0:
            backend.dead_sockets -= 1
            backend.unseen.append(asyncio.create_task(self._draw_unseen(backend, piece)))
            raise Refused(WENT_WRONG)
        async with backend.bench:
            self._report.work(+1)
            drawing = asyncio.create_task(_drawn(piece, start, mask))
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
        workflow, who = plan(piece.params), (piece.index, piece.request)
        for number, frame in enumerate(workflow.before(*who, piece.first_told)):
            say(frame)
            if number == 0:
                await asyncio.sleep(self._script.silent_load_s)
        at_step(0)
        done = 0
        for one in workflow.passes:
            if done and one.sampler:
                say(progress(*who, one.node / workflow.nodes, 0.0))
            async for step in self._steps(piece, one.steps, done):
                share = step / one.steps
                say(workflow.step(*who, one, share))
                if one.sampler and step % self._preview_every == 0 and self._shows(piece):
                    shown = await self._preview(piece, await drawing, share)
                    say(workflow.preview(*who, one, share, shown))
                at_step(done + step)
            done += one.steps
        await asyncio.sleep(self._script.decode_s)
        width, height = final_size(piece.params)
        if width * height > MOST_PIXELS:
            raise Refused(OUT_OF_MEMORY)
        for frame in workflow.after(*who):
            say(frame)

    def _shows(self, piece: Piece) -> bool:
        return piece.previews and self._script.previews

    async def _preview(self, piece: Piece, picture: Image.Image, share: float) -> str:
        small = await asyncio.to_thread(preview, picture, share, int(piece.params["seed"]))
        if piece.fault == "huge":
            small += b"\0" * 3_000_000
        return "data:image/jpeg;base64," + base64.b64encode(small).decode("ascii")

    async def _steps(self, piece: Piece, steps: int, done: int) -> AsyncGenerator[int, None]:
        for step in range(1, steps + 1):
            await self._script.running.wait()
            await asyncio.sleep(self._step_s(piece))
            if self._script.dead:
                raise Refused(WENT_WRONG)
            if done + step == FAILING_STEP and "BACKENDFAIL" in _prompt(piece):
                raise Refused(OUT_OF_MEMORY)
            yield step

    def _step_s(self, piece: Piece) -> float:
        if "VERYSLOW" in _prompt(piece):
            return VERY_SLOW_STEP_S
        if "SLOWSTEPS" in _prompt(piece):
            return SLOW_STEP_S
        slow = _SLOW.search(_prompt(piece))
        return self._script.step_s if slow is None else float(slow[1])


def _prompt(piece: Piece) -> str:
    return str(piece.params.get("prompt", ""))


def _check_loras(params: dict[str, Any]) -> None:
    """Read the numbers beside the LoRAs as the workflow's maker does, which refuses no text."""
    numbers = (("loraweights", float), ("loratencweights", float), ("lorasectionconfinement", int))
    if params.get("loras"):
        try:
            for key, read in numbers:
                for text in params.get(key, []):
                    read(text)
        except ValueError:
            raise Refused(WENT_WRONG) from None


async def _opened(data: bytes | None) -> Image.Image | None:
    """Open what the caller brought; it is made as large as the new picture before the work."""
    try:
        return None if data is None else await asyncio.to_thread(decoded, data)
    except ValueError:
        raise Refused(WENT_WRONG) from None


def _nothing(_: Frame) -> None:
    """In place of `emit` for a backend that shows no progress."""


async def _drawn(piece: Piece, start: Image.Image | None, mask: Image.Image | None) -> Image.Image:
    width, height = size(piece.params)
    if width * height > MOST_PIXELS:
        # Nobody will see the whole of it, only previews before it runs out of memory.
        width, height = 256, max(16, min(1024, 256 * height // width))
    if start is not None and plan(piece.params).base_steps == 0:
        return await asyncio.to_thread(enlarge, start, (width, height))
    words, seed = _prompt(piece), int(piece.params["seed"])
    drawn = await asyncio.to_thread(draw, words, seed, width, height)
    if start is None:
        return drawn
    creativity = float(piece.params.get("initimagecreativity", 1.0))
    return await asyncio.to_thread(redraw, start, drawn, creativity, mask)
