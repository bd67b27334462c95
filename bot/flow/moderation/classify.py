"""The host's classifier in the story: asked at the gate, and before a picture is kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

import structlog

from bot.core.drawing.request import Input, Order
from bot.core.errors import Unshown
from bot.core.ids import JobId
from bot.core.jobs.model import Kept
from bot.core.moderation import classifier_refusals
from bot.core.moderation.verdict import Verdict
from bot.flow.ports import Classifier, JobBooks, Spool

REMEMBERED: Final = 1000
log = structlog.stdlib.get_logger(__name__)


async def heard_on(
    order: Order, classifier: Classifier | None, prompt: str, *, strict: bool
) -> None:
    """Ask about an order. Raises Refused for a no, and where `strict` for no answer.

    `prompt` is what the person typed, to give it back.
    """
    if classifier is None:
        return
    verdict = await classifier.words(order)
    if verdict is Verdict.BAD:
        raise classifier_refusals.bad_words(prompt)
    if verdict is Verdict.UNHEARD and strict:
        raise classifier_refusals.unchecked_words(prompt)


class LookedAt:
    """A spool that keeps no picture which the classifier has not seen, wherever it comes from.

    What was refused once stays so, even if the classifier is away the next time.
    """

    def __init__(
        self, spool: Spool, books: JobBooks, classifier: Classifier, *, strict: bool
    ) -> None:
        self._spool, self._books = spool, books
        self._classifier, self._strict = classifier, strict
        self._refused: OrderedDict[bytes, None] = OrderedDict()

    async def keep(self, job: JobId, index: int, data: bytes) -> Kept:
        """As the spool does. Raises Unshown for what may not be shown."""
        seen = await asyncio.to_thread(_digest, data)
        verdict = Verdict.BAD
        if seen not in self._refused:
            known = await self._books.job(job)
            restricted = known is not None and known.order.age_restricted
            verdict = await self._classifier.picture(data, age_restricted=restricted)
        if verdict is Verdict.BAD:
            self._refused[seen] = None
            if len(self._refused) > REMEMBERED:
                self._refused.popitem(last=False)
            log.info("picture refused", job=job, index=index, rule="picture.classifier")
            raise Unshown(classifier_refusals.BAD_PICTURE)
        if verdict is Verdict.UNHEARD and self._strict:
            log.warning("picture not checked", job=job, index=index)
            raise Unshown(classifier_refusals.UNCHECKED_PICTURE)
        return await self._spool.keep(job, index, data)

    async def kept(self, job: JobId) -> tuple[Kept, ...]:
        """As the spool."""
        return await self._spool.kept(job)

    async def fit(self, kept: Kept, limit: int) -> tuple[str, bytes]:
        """As the spool."""
        return await self._spool.fit(kept, limit)

    async def thumbnail(self, data: bytes, side: int = 512) -> bytes:
        """As the spool."""
        return await self._spool.thumbnail(data, side)

    async def written(self, data: bytes) -> Mapping[str, str]:
        """As the spool."""
        return await self._spool.written(data)

    async def discard(self, job: JobId, index: int) -> None:
        """As the spool."""
        await self._spool.discard(job, index)

    async def drop(self, job: JobId) -> None:
        """As the spool."""
        await self._spool.drop(job)

    async def keep_input(self, name: JobId, data: bytes) -> Input:
        """As the spool: what somebody brought is theirs, and shown to nobody."""
        return await self._spool.keep_input(name, data)

    async def input(self, name: JobId) -> bytes | None:
        """As the spool."""
        return await self._spool.input(name)

    async def input_size(self, name: JobId) -> int | None:
        """As the spool."""
        return await self._spool.input_size(name)

    async def drop_input(self, name: JobId) -> None:
        """As the spool."""
        await self._spool.drop_input(name)

    async def sweep_inputs(self, keep: Collection[str], before: datetime) -> int:
        """As the spool."""
        return await self._spool.sweep_inputs(keep, before)


def _digest(data: bytes) -> bytes:
    """Long for a film: call it in a thread."""
    return sha256(data).digest()
