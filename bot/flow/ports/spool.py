"""Pictures on disk, between SwarmUI and Discord."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import Input
from bot.core.ids import JobId
from bot.core.jobs.model import Kept


class Spool(Protocol):
    """Pictures on disk between SwarmUI and Discord."""

    async def keep(self, job: JobId, index: int, data: bytes) -> Kept:
        """Decode once, write to a temporary file, fsync, rename. Raises BadPicture."""
        ...

    async def kept(self, job: JobId) -> tuple[Kept, ...]:
        """What is there of a job, by index."""
        ...

    async def fit(self, kept: Kept, limit: int) -> tuple[str, bytes]:
        """File name and bytes of at most `limit` bytes: the original, else smaller and smaller."""
        ...

    async def thumbnail(self, data: bytes, side: int = 512) -> bytes:
        """A preview as a JPEG of at most `side` px. Raises BadPicture."""
        ...

    async def written(self, data: bytes) -> Mapping[str, str]:
        """The texts that programs wrote into a picture, by their keys. Raises BadPicture."""
        ...

    async def discard(self, job: JobId, index: int) -> None:
        """Forget one file of a job; no error where there is none."""
        ...

    async def drop(self, job: JobId) -> None: ...

    async def keep_input(self, name: JobId, data: bytes) -> Input:
        """Keep a person's picture. Raises BadPicture with a sentence for them."""
        ...

    async def input(self, name: JobId) -> bytes | None:
        """That picture as PNG or JPEG, None once it is gone; reading it keeps it longer."""
        ...

    async def input_size(self, name: JobId) -> int | None:
        """Bytes of that picture, None once it is gone; asking keeps it no longer."""
        ...

    async def drop_input(self, name: JobId) -> None: ...

    async def sweep_inputs(self, keep: Collection[str], before: datetime) -> int:
        """Forget the inputs that were last used before then, but for those named in `keep`."""
        ...
