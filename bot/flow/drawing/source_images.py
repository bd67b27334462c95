"""What a wish begins from: a picture that somebody brings, a result, or another wish."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import structlog

from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.model_defaults import MEGAPIXEL
from bot.core.drawing.request import Bounds, Input, Order, Wish
from bot.core.errors import BackendError, BadPicture, Refused
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.flow.runtime.services import Kit

VARIATION: Final = 0.25
VARY_CREATIVITY: Final = 0.4
UPSCALE: Final = 2.0
_WHOLE: Final = 2**40
log = structlog.stdlib.get_logger(__name__)


class Beginnings:
    """Keeps the pictures that wishes begin from. Raises Refused with a sentence for the person."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def keep(self, wish: Wish, data: bytes) -> Wish:
        """The wish, beginning from this picture."""
        try:
            image = await self._kit.spool.keep_input(self._kit.fresh.job_id(), data)
        except BadPicture as error:
            raise Refused("input", f"{error.sentence} Nothing was charged.") from error
        return _beginning(wish, image)

    async def check(self, order: Order, prompt: str) -> None:
        """Refuse an order whose picture to begin from is gone."""
        if order.image and await self._kit.spool.input(JobId(order.image)) is None:
            raise Refused("input.gone", draw_refusals.INPUT_GONE, prompt=prompt)

    async def from_picture(
        self, action: str, job: Job, index: int, wish: Wish, bounds: Bounds
    ) -> Wish:
        """One picture of a result, drawn larger ("upscale") or a little differently ("vary")."""
        wish = _one_of(wish, index)
        if action == "upscale":
            if (wish.upscale or 1) > 1:
                raise Refused("upscale.again", "That one is upscaled already.")
            return replace(wish, upscale=_factor(job, bounds))
        features = self._kit.catalog.shelf().features
        if "variation_seed" in features and not wish.variation:
            return replace(wish, variation_seed=self._kit.fresh.seed(), variation=VARIATION)
        # Where the server cannot vary the noise, the picture itself is what it begins from.
        data = await self._picture(job, index)
        if data is None:
            raise Refused(
                "picture.gone",
                "I don't have that picture any more, so I can't begin from it. "
                "Reroll draws a new one.",
            )
        return replace(
            await self.keep(wish, data),
            seed=None,
            variation_seed=None,
            variation=None,
            creativity=VARY_CREATIVITY,
        )

    async def _picture(self, job: Job, index: int) -> bytes | None:
        """A picture that was delivered: from the spool, else from the server."""
        kept = await self._kit.spool.kept(job.id)
        for one in kept:
            if one.index == index:
                return (await self._kit.spool.fit(one, _WHOLE))[1]
        try:
            refs = await self._kit.painter.found(job.folder)
            return await self._kit.painter.fetch(refs[index]) if index < len(refs) else None
        except BackendError as error:
            log.info("picture not to be had", job=job.id, why=error.sentence)
            return None


def _factor(job: Job, bounds: Bounds) -> float:
    """Twice as large, or as much as is allowed."""
    most = bounds.upscaled_megapixels_max * MEGAPIXEL
    room = math.floor(math.sqrt(most / (job.order.width * job.order.height)) * 100) / 100
    if room <= 1:
        raise Refused("upscale.large", "That one is as large as I draw them.")
    return min(UPSCALE, room)


def wish_of(order: Order) -> Wish:
    """The wish that would make this order again, seed included."""
    return Wish(
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


def _beginning(wish: Wish, image: Input) -> Wish:
    return replace(wish, image=image.name, image_width=image.width, image_height=image.height)


def _one_of(wish: Wish, index: int) -> Wish:
    """The wish of one picture of several; SwarmUI counts the varied seed up where there is one."""
    if wish.variation and wish.variation_seed is not None:
        return replace(wish, images=1, variation_seed=wish.variation_seed + index)
    return replace(wish, images=1, seed=None if wish.seed is None else wish.seed + index)


def anybodys(wish: Wish) -> Wish:
    """What is left for somebody else: the words and the look, nobody's picture and no secret."""
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
