"""Fetching of a job's images into the spool, each under its own index.

Over the WebSocket SwarmUI numbers the images. Over HTTP and in a folder they only have the order in
which they were finished. So the seed in each file decides which one it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

import structlog

from bot.core.drawing.image_metadata import find_image_index
from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendDown, BackendError, BadPicture, NoPicture
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.jobs.model import SpooledFile
from bot.core.jobs.upload_limits import limit_media
from bot.flow.ports import FlowPorts, ImageBackend, Spool

RecordRef: TypeAlias = Callable[[JobId, int, str], None]
log = structlog.stdlib.get_logger(__name__)


class ImageNumbers:
    """Indices given to the images of one order, each once."""

    def __init__(self, spool: Spool, order: GenerationParams) -> None:
        self._spool, self._order = spool, order
        self._taken: set[int] = set()

    async def take_index(self, data: bytes, index: int) -> int:
        """Return the index by the seed in the file, else `index`, else the first free one."""
        found = index
        if self._order.images > 1:
            try:
                texts = await self._spool.read_metadata(data)
            except BadPicture:  # a video, or no image at all
                texts = {}
            found = find_image_index(texts, self._order, index)
        while found in self._taken:
            found = (found + 1) % max(self._order.images, len(self._taken) + 1)
        self._taken.add(found)
        return found


class ImageFetcher:
    """Fetches the images of one job. `record_ref` is told where each of them lies."""

    def __init__(self, job: Job, record_ref: RecordRef, ports: FlowPorts) -> None:
        self._job, self._record_ref = job, record_ref
        self._backend, self._spool, self._images = ports.backend, ports.spool, ports.images
        self._messages = ports.messages
        self._numbers = ImageNumbers(ports.spool, job.order)

    def start_fetch(self, index: int, ref: str) -> asyncio.Task[None]:
        """Fetch an announced image in its own task, which may raise a BackendError."""

        async def fetch_to_spool() -> None:
            data = await self._backend.fetch_image(ref)
            number = await self._numbers.take_index(data, index)
            self._record_ref(self._job.id, number, ref)
            await self._save_image(number, data)

        return asyncio.create_task(fetch_to_spool(), name=f"fetch {self._job.id} {index}")

    async def replace_images(self, refs: Sequence[str]) -> None:
        """Fetch these images, then put them in the place of all that the spool has of the job.

        All are replaced at once, or one could be there twice. What is no image is left out.
        """
        job = self._job
        found = await fetch_numbered(self._backend, self._spool, job.order, refs)
        await self._spool.delete_job_files(job.id)
        for index, (ref, data) in sorted(found.items()):
            self._record_ref(job.id, index, ref)
            try:
                await self._save_image(index, data)
            except BadPicture as error:
                log.warning("no picture", job=job.id, index=index, why=error.sentence)

    async def _save_image(self, index: int, data: bytes) -> None:
        room = limit_media(self._messages.get_upload_limit(self._job.guild))
        await self._images.save_image(self._job.id, index, data, media_max=room)


async def fetch_numbered(
    backend: ImageBackend, spool: Spool, order: GenerationParams, refs: Sequence[str]
) -> dict[int, tuple[str, bytes]]:
    """Fetch the images of an order by their index. Raise a BackendError if the server is away."""
    numbers, found = ImageNumbers(spool, order), dict[int, tuple[str, bytes]]()
    for place, ref in enumerate(refs[: order.images]):
        try:
            data = await backend.fetch_image(ref)
        except (BadPicture, NoPicture) as error:
            log.warning("picture not fetched", ref=ref, why=error.sentence)
        else:
            found[await numbers.take_index(data, place)] = ref, data
    return found


async def load_images(
    job: Job, record_ref: RecordRef, ports: FlowPorts
) -> tuple[SpooledFile, ...] | None:
    """Load a finished job's images from the spool, else from SwarmUI.

    Returns None if some are missing while SwarmUI is down.
    """
    files = await ports.spool.list_spooled_files(job.id)
    if len(files) >= job.ready:
        return files[: job.ready]
    log.warning("pictures are missing in the spool", job=job.id, found=len(files))
    try:
        refs = await ports.backend.list_saved_images(job.folder)
        if len(refs) > len(files):
            await ImageFetcher(job, record_ref, ports).replace_images(refs)
    except BackendDown:
        return None
    except BackendError as error:
        log.warning("and not to be had", job=job.id, why=error.sentence)
    return (await ports.spool.list_spooled_files(job.id))[: job.ready]
