"""Files of a finished job once more, the originals, also where Discord takes them in parts only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog

from bot.core import errors
from bot.core.history import cards as history_cards
from bot.core.history.model import StoredImage
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job
from bot.core.jobs.model import SpooledFile
from bot.core.jobs.upload_limits import (
    REQUEST_LIMIT,
    SMALLEST_LIMIT,
    SOUND_EXTENSIONS,
    VIDEO_EXTENSIONS,
    limit_media,
    shrinking_limits,
)
from bot.core.ui.card import FileUpload, MessageContent
from bot.flow.jobs.image_fetcher import fetch_numbered
from bot.flow.ports import FlowPorts

FILES_PER_MESSAGE: Final = 10
SendContent: TypeAlias = Callable[[MessageContent], Awaitable[None]]

log = structlog.stdlib.get_logger(__name__)


class JobFileSender:
    """Loads the files of a job from the spool or SwarmUI, and sends them privately."""

    def __init__(self, ports: FlowPorts) -> None:
        self._backend, self._messages = ports.backend, ports.messages
        self._spool, self._images = ports.spool, ports.images

    async def load_files(
        self, job: Job, images: tuple[StoredImage, ...]
    ) -> tuple[tuple[SpooledFile, ...], bool]:
        """Load files from the spool, else from SwarmUI.

        True with them means that they were fetched into the spool for now. Raises LoginRequired or
        BackendDown if they cannot be had now.
        """
        wanted = {image.index for image in images}
        spooled = await self._spool.list_spooled_files(job.id)
        if wanted <= {file.index for file in spooled}:
            return tuple(file for file in spooled if file.index in wanted), False
        try:
            refs = {image.index: image.path for image in images if image.path}
            if len(refs) < len(wanted):
                listed = await self._backend.list_saved_images(job.folder)
                found = await fetch_numbered(self._backend, self._spool, job.order, listed)
                data = {index: data for index, (_, data) in found.items()}
            else:
                data = {index: await self._backend.fetch_image(ref) for index, ref in refs.items()}
            room = limit_media(self._messages.get_upload_limit(job.guild))
            fetched = [
                await self._images.save_image(job.id, index, data[index], media_max=room)
                for index in sorted(wanted & data.keys())
            ]
        except (
            errors.BackendDown,
            errors.HostMustAct,
            errors.NotAllowed,
            errors.FileRefused,
        ):
            raise
        except errors.BackendError as error:
            log.info("file is gone", job=job.id, why=error.sentence)
            fetched = []
        files = {file.index: file for file in (*spooled, *fetched) if file.index in wanted}
        return tuple(files[index] for index in sorted(files)), not spooled

    async def send_files(
        self, job: Job, files: tuple[SpooledFile, ...], limit: int, send: SendContent
    ) -> None:
        """Send files of at most `limit` bytes. Larger pictures are shrunk, their originals follow.

        Raises MessageErrors of `send`, and FilesTooLarge.
        """
        too_large = tuple(file for file in files if _is_large_media(file, limit))
        shown = tuple(file for file in files if file not in too_large)
        for batch in split_batches(shown, limit):
            await self._send_batch(job, batch, limit, send)
        for file in too_large:
            await self._send_parts(file, limit, send)

    async def _send_batch(
        self, job: Job, batch: tuple[SpooledFile, ...], limit: int, send: SendContent
    ) -> None:
        """Send files, smaller where Discord refuses them, then the originals in parts."""
        *earlier, size = shrinking_limits(limit, tuple(one.size for one in batch))
        for earlier_size in earlier:
            try:
                shrunk = await self._send_within_limit(job, batch, earlier_size, send)
            except errors.FilesTooLarge as error:
                log.info("too large", job=job.id, limit=earlier_size, why=str(error))
            else:
                size = earlier_size
                break
        else:
            shrunk = await self._send_within_limit(job, batch, size, send)
        for file in shrunk:
            await self._send_parts(file, size, send)

    async def _send_within_limit(
        self, job: Job, batch: tuple[SpooledFile, ...], limit: int, send: SendContent
    ) -> tuple[SpooledFile, ...]:
        """Send files in one message and return those of which the original is still to come."""
        fitted = [await self._spool.read_within_limit(file, limit) for file in batch]
        uploads = tuple(
            FileUpload(
                one.name, one.data, job_cards.build_alt_text(job, file.index), job.order.spoiler
            )
            for file, one in zip(batch, fitted, strict=True)
        )
        await send(MessageContent(history_cards.resend_card(job, tuple(fitted)), uploads))
        return tuple(
            file
            for file, one in zip(batch, fitted, strict=True)
            if one.is_copy and file.size <= history_cards.ORIGINAL_MAX
        )

    async def _send_parts(self, file: SpooledFile, limit: int, send: SendContent) -> None:
        """Send a file byte by byte in parts of at most `limit` bytes, or of less if refused."""
        if file.size > history_cards.ORIGINAL_MAX:
            raise errors.FilesTooLarge(f"the file has {file.size} bytes")
        whole = await self._spool.read_within_limit(file, file.size)
        size = min(limit, REQUEST_LIMIT)
        places = range(0, file.size, size)
        parts = [
            FileUpload(f"{whole.name}.{number:03}", whole.data[at : at + size], "")
            for number, at in enumerate(places, 1)
        ]
        together = min(max(1, REQUEST_LIMIT // size), FILES_PER_MESSAGE)
        for first in range(0, len(parts), together):
            some = tuple(parts[first : first + together])
            card = history_cards.parts_card(whole.name, first + 1, first + len(some), len(parts))
            try:
                await send(MessageContent(card, some))
            except errors.FilesTooLarge:
                if first or size // 2 < SMALLEST_LIMIT:  # parts of two sizes make no whole
                    raise
                await self._send_parts(file, size // 2, send)
                return


def _is_large_media(file: SpooledFile, limit: int) -> bool:
    return file.size > limit and file.kind in VIDEO_EXTENSIONS | SOUND_EXTENSIONS


def split_batches(files: tuple[SpooledFile, ...], limit: int) -> list[tuple[SpooledFile, ...]]:
    batches: list[tuple[SpooledFile, ...]] = []
    room = 0
    for file in files:
        size = min(file.size, limit)
        if not batches or size > room:
            batches.append(())
            room = REQUEST_LIMIT
        batches[-1] += (file,)
        room -= size
    return batches
