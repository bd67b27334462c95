"""The small grid of all pictures of a request, which a user's setting asks for."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Sequence
from typing import Final

from PIL import Image

from bot.sandbox.swarmui import frames, params
from bot.sandbox.swarmui.models import ModelFile
from bot.sandbox.swarmui.picture_task import PictureMaker
from bot.sandbox.swarmui.work import Work

INDEX: Final = -1
# Columns and rows for 1, 2, 3 … pictures; more than these make a square.
_SHAPES: Final = (
    (1, 1),
    (2, 1),
    (3, 1),
    (2, 2),
    (3, 2),
    (3, 2),
    (4, 2),
    (4, 2),
    (3, 3),
    (5, 2),
    (4, 3),
    (4, 3),
)


async def send_grid(
    maker: PictureMaker, work: Work, models: Iterable[ModelFile], began: float
) -> None:
    """Send one more picture that holds all others, if the user wants that for so few."""
    most = int(work.call.session.user.settings["maximagesinminigrid"])
    if not 1 < len(work.drawn) <= most:
        return
    passed = time.monotonic() - began
    picture = await asyncio.to_thread(arranged, work.drawn)
    each = passed / len(work.drawn)
    took = f"{passed:.2f} total seconds (average {each:.2f} seconds per image)"
    told = frames.metadata(
        params.shown(work.read),
        work.extra | {"generation_time": took},
        preview=False,
        date=work.stamp.at.strftime("%Y-%m-%d"),
        all_used=True,
        models=frames.used_models(work.read, work.extra, models),
    )
    await maker.send(work, work.read, picture, told, INDEX)


def arranged(pictures: Sequence[Image.Image]) -> Image.Image:
    """Arrange pictures in rows; each has the room of the largest."""
    count = len(pictures)
    columns = math.ceil(math.sqrt(count))
    rows = columns - 1 if count <= columns * (columns - 1) else columns
    if count <= len(_SHAPES):
        columns, rows = _SHAPES[count - 1]
    width = max(one.width for one in pictures)
    height = max(one.height for one in pictures)
    grid = Image.new("RGBA", (width * columns, height * rows))
    for number, one in enumerate(pictures):
        grid.paste(one, (number % columns * width, number // columns * height))
    return grid
