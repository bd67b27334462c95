"""Pictures on disk, between SwarmUI and Discord."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import InitImage
from bot.core.ids import JobId
from bot.core.jobs.model import FittedFile, SpooledFile
from bot.core.jobs.upload_limits import PERSON_LIMIT


class ImageSink(Protocol):
    """The way of finished images into the spool."""

    async def save_image(
        self, job: JobId, index: int, data: bytes, *, media_max: int = PERSON_LIMIT
    ) -> SpooledFile:
        """Decode once, write to a temporary file, fsync, rename. Raises BadPicture.

        All videos and sounds of a job may have `media_max` bytes, as they cannot be resized.
        """


class Spool(Protocol):
    """Pictures on disk between SwarmUI and Discord."""

    async def measure_free_space(self) -> int:
        """Return the free bytes of the disk."""

    async def list_spooled_files(self, job: JobId) -> tuple[SpooledFile, ...]:
        """Return a job's files by index."""

    async def read_within_limit(self, kept: SpooledFile, limit: int) -> FittedFile:
        """Return a file of at most `limit` bytes, resized if needed. Raise FilesTooLarge."""

    async def make_thumbnail(self, data: bytes, side: int = 512) -> bytes:
        """Return a JPEG of at most `side` pixels. Raise BadPicture."""

    async def read_metadata(self, data: bytes, *, of_member: bool = False) -> Mapping[str, str]:
        """Return text chunks of an image by key. Raise BadPicture.

        Images of members wait for each other only.
        """

    async def delete_spooled_file(self, job: JobId, index: int) -> None:
        """Delete one file of a job, ignoring missing files."""

    async def delete_job_files(self, job: JobId) -> None: ...

    async def list_old_job_folders(self, before: datetime) -> tuple[JobId, ...]:
        """Return the jobs whose folders were last changed before then."""

    async def save_init_image(self, name: JobId, data: bytes) -> InitImage:
        """Keep a person's picture. Raises BadPicture with a sentence for them."""

    async def load_init_image(self, name: JobId) -> bytes | None:
        """Return an init image as PNG or JPEG and keep it longer, or None if deleted."""

    async def get_init_image_size(self, name: JobId) -> int | None:
        """Return an init image's bytes without keeping it longer, or None if deleted."""

    async def delete_init_image(self, name: JobId) -> None: ...

    async def delete_old_init_images(self, keep: Collection[str], before: datetime) -> int:
        """Forget the inputs that were last used before then, but for those named in `keep`."""
