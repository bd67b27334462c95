"""Source of a request, which is an uploaded image, a result or another request."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import structlog

from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.model_defaults import MEGAPIXEL
from bot.core.drawing.request import DrawingBounds, DrawRequest, GenerationParams, InitImage
from bot.core.errors import BackendError, BadPicture, Refused
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.flow.ports import Catalog, ImageBackend, Spool
from bot.flow.runtime.context import IdSource

VARIATION_STRENGTH: Final = 0.25
VARY_CREATIVITY: Final = 0.4
UPSCALE_FACTOR: Final = 2.0
_NO_SIZE_LIMIT: Final = 2**40
log = structlog.stdlib.get_logger(__name__)


class SourceImages:
    """Keeps the pictures that wishes begin from. Raises Refused with a sentence for the person."""

    def __init__(
        self,
        *,
        backend: ImageBackend,
        catalog: Catalog,
        spool: Spool,
        ids: IdSource,
    ) -> None:
        self._backend, self._catalog, self._spool = backend, catalog, spool
        self._ids = ids

    async def attach_init_image(self, wish: DrawRequest, data: bytes) -> DrawRequest:
        """Store an init image and return the request with it."""
        try:
            image = await self._spool.save_init_image(self._ids.new_job_id(), data)
        except BadPicture as error:
            raise Refused("input", f"{error.sentence} Nothing was charged.") from error
        return _with_init_image(wish, image)

    async def check_init_image(self, order: GenerationParams, prompt: str) -> None:
        """Refuse an order whose picture to begin from is gone."""
        if order.image and await self._spool.load_init_image(JobId(order.image)) is None:
            raise Refused("input.gone", draw_refusals.INIT_IMAGE_GONE, prompt=prompt)

    async def build_variant_request(
        self, action: str, job: Job, index: int, wish: DrawRequest, bounds: DrawingBounds
    ) -> DrawRequest:
        """One picture of a result, drawn larger ("upscale") or a little differently ("vary")."""
        wish = _single_image_request(wish, index)
        if action == "upscale":
            if (wish.upscale or 1) > 1:
                raise Refused("upscale.again", "That picture is already upscaled.")
            return replace(wish, upscale=_compute_upscale(job, bounds))
        features = self._catalog.get_snapshot().features
        if "variation_seed" in features and not wish.variation:
            return replace(wish, variation_seed=self._ids.new_seed(), variation=VARIATION_STRENGTH)
        # Where the server cannot vary the noise, the picture itself is what it begins from.
        data = await self._load_image(job, index)
        if data is None:
            raise Refused(
                "picture.gone",
                "I no longer have that picture, so I can't start from it. *Reroll* "
                "draws a new one.",
            )
        return replace(
            await self.attach_init_image(wish, data),
            seed=None,
            variation_seed=None,
            variation=None,
            creativity=VARY_CREATIVITY,
        )

    async def _load_image(self, job: Job, index: int) -> bytes | None:
        """Load a delivered image from the spool, else from SwarmUI."""
        kept = await self._spool.list_spooled_files(job.id)
        for one in kept:
            if one.index == index:
                return (await self._spool.read_within_limit(one, _NO_SIZE_LIMIT))[1]
        try:
            refs = await self._backend.list_saved_images(job.folder)
            return await self._backend.fetch_image(refs[index]) if index < len(refs) else None
        except BackendError as error:
            log.info("picture not to be had", job=job.id, why=error.sentence)
            return None


def _compute_upscale(job: Job, bounds: DrawingBounds) -> float:
    """Twice as large, or as much as is allowed."""
    most = bounds.upscaled_megapixels_max * MEGAPIXEL
    room = math.floor(math.sqrt(most / (job.order.width * job.order.height)) * 100) / 100
    if room <= 1:
        raise Refused("upscale.large", "That picture is already as large as I can draw.")
    return min(UPSCALE_FACTOR, room)


def rebuild_request(order: GenerationParams) -> DrawRequest:
    """Return the request that repeats these parameters, seed included."""
    return DrawRequest(
        source="",
        prompt=order.typed or order.prompt,
        negative=order.typed_negative or order.negative,
        model=order.model,
        aspect=order.aspect,
        images=order.images,
        seed=order.seed,
        steps=order.steps,
        cfg=order.cfg,
        lora=order.lora,
        style=order.style,
        image=order.image,
        image_width=order.image_width,
        image_height=order.image_height,
        creativity=order.creativity,
        variation_seed=order.variation_seed,
        variation=order.variation,
        upscale=order.upscale,
        private=order.private or None,
        spoiler=order.spoiler,
        advanced=order.advanced,
    )


def _with_init_image(wish: DrawRequest, image: InitImage) -> DrawRequest:
    return replace(wish, image=image.name, image_width=image.width, image_height=image.height)


def _single_image_request(wish: DrawRequest, index: int) -> DrawRequest:
    """Return the request of one image of several. A variation counts its seed up."""
    if wish.variation and wish.variation_seed is not None:
        return replace(wish, images=1, variation_seed=wish.variation_seed + index)
    return replace(wish, images=1, seed=None if wish.seed is None else wish.seed + index)


def strip_private_fields(wish: DrawRequest) -> DrawRequest:
    """Return a request for another member, without images and secrets."""
    return replace(
        wish,
        images=1,
        seed=None,
        image="",
        image_width=0,
        image_height=0,
        creativity=None,
        variation_seed=None,
        variation=None,
        upscale=None,
        private=None,
    )
