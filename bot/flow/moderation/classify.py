"""Host's classifier, asked at admission and before an image is kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

import structlog

from bot.core.drawing.request import GenerationParams, InitImage
from bot.core.errors import PictureBlocked
from bot.core.ids import JobId
from bot.core.jobs.model import SpooledFile
from bot.core.moderation import classifier_refusals
from bot.core.moderation.verdict import ClassifierVerdict
from bot.flow.ports import Classifier, JobStore, Spool

REJECTIONS_MAX: Final = 1000
log = structlog.stdlib.get_logger(__name__)


async def check_prompt(
    order: GenerationParams, classifier: Classifier | None, prompt: str, *, strict: bool
) -> None:
    """Ask about an order. Raises Refused for a no, and where `strict` for no answer.

    `prompt` is what the person typed, to give it back.
    """
    if classifier is None:
        return
    verdict = await classifier.classify_prompt(order)
    if verdict is ClassifierVerdict.REJECTED:
        raise classifier_refusals.rejected_words_refusal(prompt)
    if verdict is ClassifierVerdict.NO_ANSWER and strict:
        raise classifier_refusals.unchecked_words_refusal(prompt)


class ClassifiedSpool:
    """A spool that keeps no picture which the classifier has not seen, wherever it comes from.

    What was refused once stays so, even if the classifier is away the next time.
    """

    def __init__(
        self, spool: Spool, books: JobStore, classifier: Classifier, *, strict: bool
    ) -> None:
        self._spool, self._store = spool, books
        self._classifier, self._strict = classifier, strict
        self._rejected: OrderedDict[bytes, None] = OrderedDict()

    async def save_image(self, job: JobId, index: int, data: bytes) -> SpooledFile:
        """As the spool does. Raises PictureBlocked for what may not be shown."""
        seen = await asyncio.to_thread(_hash_image, data)
        verdict = ClassifierVerdict.REJECTED
        if seen not in self._rejected:
            known = await self._store.find_job(job)
            restricted = known is not None and known.order.age_restricted
            verdict = await self._classifier.classify_image(data, age_restricted=restricted)
        if verdict is ClassifierVerdict.REJECTED:
            self._rejected[seen] = None
            if len(self._rejected) > REJECTIONS_MAX:
                self._rejected.popitem(last=False)
            log.info("picture refused", job=job, index=index, rule="picture.classifier")
            raise PictureBlocked(classifier_refusals.PICTURE_REJECTED_REASON)
        if verdict is ClassifierVerdict.NO_ANSWER and self._strict:
            log.warning("picture not checked", job=job, index=index)
            raise PictureBlocked(classifier_refusals.PICTURE_UNCHECKED_REASON)
        return await self._spool.save_image(job, index, data)

    async def list_spooled_files(self, job: JobId) -> tuple[SpooledFile, ...]:
        """As the spool."""
        return await self._spool.list_spooled_files(job)

    async def read_within_limit(self, kept: SpooledFile, limit: int) -> tuple[str, bytes]:
        """As the spool."""
        return await self._spool.read_within_limit(kept, limit)

    async def make_thumbnail(self, data: bytes, side: int = 512) -> bytes:
        """As the spool."""
        return await self._spool.make_thumbnail(data, side)

    async def read_metadata(self, data: bytes) -> Mapping[str, str]:
        """As the spool."""
        return await self._spool.read_metadata(data)

    async def delete_spooled_file(self, job: JobId, index: int) -> None:
        """As the spool."""
        await self._spool.delete_spooled_file(job, index)

    async def delete_job_files(self, job: JobId) -> None:
        """As the spool."""
        await self._spool.delete_job_files(job)

    async def save_init_image(self, name: JobId, data: bytes) -> InitImage:
        """Save an init image unclassified, because nobody else sees it."""
        return await self._spool.save_init_image(name, data)

    async def load_init_image(self, name: JobId) -> bytes | None:
        """As the spool."""
        return await self._spool.load_init_image(name)

    async def get_init_image_size(self, name: JobId) -> int | None:
        """As the spool."""
        return await self._spool.get_init_image_size(name)

    async def delete_init_image(self, name: JobId) -> None:
        """As the spool."""
        await self._spool.delete_init_image(name)

    async def delete_old_init_images(self, keep: Collection[str], before: datetime) -> int:
        """As the spool."""
        return await self._spool.delete_old_init_images(keep, before)


def _hash_image(data: bytes) -> bytes:
    """Hash an image. This takes long for a video. Call it in a thread."""
    return sha256(data).digest()
