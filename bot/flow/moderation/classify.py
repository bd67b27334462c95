"""Host's classifier, asked at admission and before an image is kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from hashlib import sha256
from typing import Final

import structlog

from bot.core.drawing.request import GenerationParams
from bot.core.errors import PictureBlocked
from bot.core.ids import JobId
from bot.core.jobs.model import SpooledFile
from bot.core.jobs.upload_limits import PERSON_LIMIT
from bot.core.moderation import classifier_refusals
from bot.core.moderation.verdict import ClassifierVerdict
from bot.flow.ports import Classifier, ImageSink, JobStore

REJECTIONS_MAX: Final = 1000
log = structlog.stdlib.get_logger(__name__)


async def check_prompt(
    order: GenerationParams, classifier: Classifier, prompt: str, *, strict: bool
) -> None:
    """Ask about an order. Raises Refused for a no, and where `strict` for no answer.

    `prompt` is what the person typed, to give it back.
    """
    verdict = await classifier.classify_prompt(order)
    if verdict is ClassifierVerdict.REJECTED:
        raise classifier_refusals.rejected_words_refusal(prompt)
    if verdict is ClassifierVerdict.NO_ANSWER and strict:
        raise classifier_refusals.unchecked_words_refusal(prompt)


class ClassifiedSink:
    """An image sink that keeps no picture which the classifier has not seen.

    What was refused once stays so, even if the classifier is away the next time. Pictures that
    members upload do not come this way, because nobody else sees them.
    """

    def __init__(
        self, images: ImageSink, jobs: JobStore, classifier: Classifier, *, strict: bool
    ) -> None:
        self._images, self._jobs = images, jobs
        self._classifier, self._strict = classifier, strict
        self._rejected: OrderedDict[bytes, None] = OrderedDict()

    async def save_image(
        self, job: JobId, index: int, data: bytes, *, media_max: int = PERSON_LIMIT
    ) -> SpooledFile:
        """As the spool does. Raises PictureBlocked for what may not be shown."""
        digest = await asyncio.to_thread(_hash_image, data)  # long for a video
        verdict = ClassifierVerdict.REJECTED
        if digest not in self._rejected:
            known = await self._jobs.find_job(job)
            restricted = known is not None and known.order.age_restricted
            verdict = await self._classifier.classify_image(data, age_restricted=restricted)
        if verdict is ClassifierVerdict.REJECTED:
            self._rejected[digest] = None
            if len(self._rejected) > REJECTIONS_MAX:
                self._rejected.popitem(last=False)
            log.info("picture refused", job=job, index=index, rule="picture.classifier")
            raise PictureBlocked(classifier_refusals.PICTURE_REJECTED_REASON)
        if verdict is ClassifierVerdict.NO_ANSWER and self._strict:
            log.warning("picture not checked", job=job, index=index)
            raise PictureBlocked(classifier_refusals.PICTURE_UNCHECKED_REASON)
        return await self._images.save_image(job, index, data, media_max=media_max)


def _hash_image(data: bytes) -> bytes:
    return sha256(data).digest()
