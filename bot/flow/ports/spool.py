"""Pictures on disk, between SwarmUI and Discord."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import InitImage
from bot.core.ids import JobId
from bot.core.jobs.model import SpooledFile


class Spool(Protocol):
    """Pictures on disk between SwarmUI and Discord."""

    async def save_image(self, job: JobId, index: int, data: bytes) -> SpooledFile:
        """Decode once, write to a temporary file, fsync, rename. Raises BadPicture."""
        ...

    async def list_spooled_files(self, job: JobId) -> tuple[SpooledFile, ...]:
        """What is there of a job, by index."""
        ...

    async def read_within_limit(self, kept: SpooledFile, limit: int) -> tuple[str, bytes]:
        """File name and bytes of at most `limit` bytes: the original, else smaller and smaller."""
        ...

    async def make_thumbnail(self, data: bytes, side: int = 512) -> bytes:
        """A preview as a JPEG of at most `side` px. Raises BadPicture."""
        ...

    async def read_metadata(self, data: bytes) -> Mapping[str, str]:
        """The texts that programs wrote into a picture, by their keys. Raises BadPicture."""
        ...

    async def delete_spooled_file(self, job: JobId, index: int) -> None:
        """Forget one file of a job; no error where there is none."""
        ...

    async def delete_job_files(self, job: JobId) -> None: ...

    async def save_init_image(self, name: JobId, data: bytes) -> InitImage:
        """Keep a person's picture. Raises BadPicture with a sentence for them."""
        ...

    async def load_init_image(self, name: JobId) -> bytes | None:
        """That picture as PNG or JPEG, None once it is gone; reading it keeps it longer."""
        ...

    async def get_init_image_size(self, name: JobId) -> int | None:
        """Bytes of that picture, None once it is gone; asking keeps it no longer."""
        ...

    async def delete_init_image(self, name: JobId) -> None: ...

    async def delete_old_init_images(self, keep: Collection[str], before: datetime) -> int:
        """Forget the inputs that were last used before then, but for those named in `keep`."""
        ...
