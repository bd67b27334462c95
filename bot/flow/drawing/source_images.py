"""Source of a request, which is an uploaded image, a result or another request."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from typing import Final

import structlog

from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.model_defaults import MEGAPIXEL
from bot.core.drawing.model_later import CFG_LATER, STEPS_LATER
from bot.core.drawing.request import PENDING_IMAGE, DrawingBounds, DrawRequest, GenerationParams
from bot.core.errors import BackendError, BadPicture, Refused
from bot.core.history.model import DeliveryPlace
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.flow.drawing.image_turns import ImageTurns
from bot.flow.jobs.image_fetcher import fetch_numbered
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import IdSource

VARIATION_STRENGTH: Final = 0.25
VARY_CREATIVITY: Final = 0.4
UPSCALE_FACTOR: Final = 2.0
_NO_SIZE_LIMIT: Final = 2**40
_REPEATED_FIELDS: Final = tuple(one.name for one in fields(DrawRequest) if one.name != "source")
log = structlog.stdlib.get_logger(__name__)


class SourceImages:
    """Service for images that requests start from. Raises Refused for bad ones."""

    def __init__(self, ports: FlowPorts, ids: IdSource) -> None:
        self._backend, self._catalog, self._spool = ports.backend, ports.catalog, ports.spool
        self._history, self._ids = ports.stores.history, ids
        self.turns = ImageTurns()

    async def attach_init_image(self, request: DrawRequest, data: bytes) -> DrawRequest:
        """Store an init image and return the request with it."""
        try:
            file = await self._spool.save_init_image(self._ids.new_job_id(), data)
        except BadPicture as error:
            raise Refused("input", f"{error.sentence} Nothing was charged.") from error
        return replace(request, image=file.name, image_width=file.width, image_height=file.height)

    async def fetch_init_image(
        self, request: DrawRequest, read: Callable[[], Awaitable[bytes]]
    ) -> DrawRequest:
        """Fetch an init image by `read` and return the request with it."""
        async with self.turns.hold_memory():
            return await self.attach_init_image(request, await read())

    async def check_init_image(self, order: GenerationParams, prompt: str) -> None:
        """Raise Refused if the picture to begin from is gone."""
        name = order.image
        if name and await self._spool.get_init_image_size(JobId(name)) is None:
            raise Refused("input.gone", draw_refusals.INIT_IMAGE_GONE, prompt=prompt)

    async def load_init_image(self, order: GenerationParams, prompt: str) -> bytes | None:
        """Return the picture to begin from, if there is to be one. Raise Refused if it is gone."""
        if not order.image:
            return None
        image = await self._spool.load_init_image(JobId(order.image))
        if image is None:
            raise Refused("input.gone", draw_refusals.INIT_IMAGE_GONE, prompt=prompt)
        return image

    async def find_image_index(self, job: Job | None, number: str) -> int | None:
        """Return the index of the image that a button numbers from 1, or None if it did not come.

        Older cards numbered a single image 1, whichever it was.
        """
        if job is None:
            return None
        index = int(number) - 1 if number.isdigit() else 0
        kept = [image.index for image in await self._history.list_job_images(job.id)]
        if len(kept) == 1 and index == 0:
            return kept[0]
        known = index in kept if kept else bool(job.ready) and 0 <= index < job.order.images
        return index if known else None

    def build_variant_request(
        self, action: str, job: Job, index: int, request: DrawRequest, bounds: DrawingBounds
    ) -> DrawRequest:
        """One picture of a result, drawn larger ("upscale") or a little differently ("vary").

        With `PENDING_IMAGE` it begins from the picture itself, see `load_result_image`.
        """
        request = _single_image_request(request, job.order, index)
        if action == "upscale":
            if (request.upscale or 1) > 1:
                raise Refused("upscale.again", draw_refusals.ALREADY_UPSCALED)
            return replace(request, upscale=_compute_upscale(job, bounds))
        features = self._catalog.get_snapshot().features
        if "variation_seed" in features and not request.variation:
            return replace(
                request, variation_seed=self._ids.new_seed(), variation=VARIATION_STRENGTH
            )
        # Where the server cannot vary the noise, the picture itself is what it begins from.
        request = replace(request, seed=None, variation_seed=None, variation=None)
        return replace(request, image=PENDING_IMAGE, creativity=VARY_CREATIVITY)

    async def load_result_image(self, job: Job, index: int) -> bytes:
        """Return a result's picture from the spool or from SwarmUI. Raise Refused if it is gone."""
        data = await self._load_image(job, index)
        if data is None:
            raise Refused("picture.gone", draw_refusals.RESULT_GONE)
        return data

    async def _load_image(self, job: Job, index: int) -> bytes | None:
        for file in await self._spool.list_spooled_files(job.id):
            if file.index == index:
                return (await self._spool.read_within_limit(file, _NO_SIZE_LIMIT)).data
        try:
            for image in await self._history.list_job_images(job.id):
                if image.place is DeliveryPlace.REMOVED:
                    return None
                if image.index == index and image.path:
                    return await self._backend.fetch_image(image.path)
            refs = await self._backend.list_saved_images(job.folder)
            found = await fetch_numbered(self._backend, self._spool, job.order, refs)
            return found[index][1] if index in found else None
        except BackendError as error:
            log.info("picture not to be had", job=job.id, why=error.sentence)
            return None


def _compute_upscale(job: Job, bounds: DrawingBounds) -> float:
    """Twice as large, or as much as is allowed."""
    most = bounds.upscaled_megapixels_max * MEGAPIXEL
    room = math.floor(math.sqrt(most / (job.order.width * job.order.height)) * 100) / 100
    if room <= 1:
        raise Refused("upscale.large", draw_refusals.LARGEST_ALREADY)
    return min(UPSCALE_FACTOR, room)


def rebuild_request(order: GenerationParams) -> DrawRequest:
    """Return the request that repeats these parameters, seed included."""
    request = DrawRequest("", **{name: getattr(order, name) for name in _REPEATED_FIELDS})
    prompt, negative = order.typed or order.prompt, order.typed_negative or order.negative
    if not order.model:
        steps = None if order.steps == STEPS_LATER else order.steps
        request = replace(request, steps=steps, cfg=None if order.cfg == CFG_LATER else order.cfg)
    return replace(request, prompt=prompt, negative=negative, private=order.private or None)


def _single_image_request(request: DrawRequest, order: GenerationParams, index: int) -> DrawRequest:
    """Return the request of one image of several."""
    seed, variation_seed = order.compute_seeds(index)
    return replace(request, images=1, seed=seed, variation_seed=variation_seed)


def strip_private_fields(request: DrawRequest) -> DrawRequest:
    """Return a request for another member, without images and secrets."""
    request = replace(
        request, image="", image_width=0, image_height=0, creativity=None, upscale=None
    )
    request = replace(request, seed=None, variation_seed=None, variation=None)
    return replace(request, images=1, private=None)
