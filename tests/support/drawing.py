"""Short ways to draw with a client and to see what came, for the tests of the SwarmUI client."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field, replace
from io import BytesIO

from PIL import Image

from bot.adapters.pictures.metadata import build_png_info
from bot.adapters.swarmui import SwarmClient
from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendError
from bot.core.jobs.progress import (
    ImageReady,
    PreviewFrame,
    RequestEnded,
    SamplingStep,
    SessionRenewed,
    StatusFrame,
    SwarmEvent,
)

FOLDER = "swarmbot/2026-11-24/k3v7q2m7x4t6w2z5b6na/1"

ORDER = GenerationParams(
    prompt="a red fox in the snow",
    negative="",
    model="stub.safetensors",
    model_title="stub",
    width=128,
    height=128,
    images=1,
    seed=42,
    steps=4,
    cfg=7.0,
)


def order(**changes: object) -> GenerationParams:
    return replace(ORDER, **changes)  # type: ignore[arg-type]  # fields by name, in tests only


@dataclass
class Drawn:
    """What a stream gave, and what it ended with."""

    events: list[SwarmEvent] = field(default_factory=list)
    error: BackendError | None = None

    @property
    def images(self) -> list[ImageReady]:
        return [event for event in self.events if isinstance(event, ImageReady)]

    @property
    def refs(self) -> list[str]:
        return [image.ref for image in self.images]

    @property
    def steps(self) -> list[SamplingStep]:
        return [event for event in self.events if isinstance(event, SamplingStep)]

    @property
    def previews(self) -> list[PreviewFrame]:
        return [event for event in self.events if isinstance(event, PreviewFrame)]

    @property
    def statuses(self) -> list[StatusFrame]:
        return [event for event in self.events if isinstance(event, StatusFrame)]

    @property
    def renewed(self) -> list[SessionRenewed]:
        return [event for event in self.events if isinstance(event, SessionRenewed)]

    @property
    def ended(self) -> bool:
        return bool(self.events) and isinstance(self.events[-1], RequestEnded)


async def draw(swarm: SwarmClient, wanted: GenerationParams = ORDER, folder: str = FOLDER) -> Drawn:
    """Draw to the end, in a session of its own; errors become a field."""
    drawn = Drawn()
    try:
        async with (
            swarm.lease_session() as lease,
            aclosing(lease.generate_images(wanted, folder)) as events,
        ):
            async for event in events:
                drawn.events.append(event)
    except BackendError as error:
        drawn.error = error
    return drawn


def png(width: int = 8, height: int = 8, *, text: str = "", noise: bool = False) -> bytes:
    """A PNG of that size; `noise` makes one that no packing shrinks much."""
    image = (
        Image.effect_noise((width, height), 100).convert("RGB")
        if noise
        else Image.new("RGB", (width, height), (200, 80, 20))
    )

    out = BytesIO()
    image.save(out, "PNG", pnginfo=build_png_info(text))
    return out.getvalue()
