"""The drawing server, and what it has."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.core.drawing.request import GenerationParams
from bot.core.jobs.progress import SwarmEvent


class Lease(Protocol):
    """One SwarmUI session, ours alone for one job."""

    @property
    def session(self) -> str: ...

    def generate_images(
        self, order: GenerationParams, folder: str, image: bytes | None = None
    ) -> AsyncGenerator[SwarmEvent, None]:
        """Draw and stream. Ends after `RequestEnded`; raises a BackendError, NoPicture included.

        `image` is the PNG or JPEG to begin from, where the order names one.
        Close it (`aclosing`): a stream that is left before its end interrupts its own session.
        """
        ...

    async def interrupt_generation(self) -> None:
        """Stop everything in this session. Never raises: a server that is down has stopped too."""
        ...


class ImageBackend(Protocol):
    """The drawing server."""

    def lease_session(self) -> AbstractAsyncContextManager[Lease]:
        """A session from the pool; it goes back only when the server has ended with it."""
        ...

    async def fetch_image(self, ref: str) -> bytes:
        """The bytes of a finished picture, from View/… or a data: URL. Raises a BackendError."""
        ...

    async def list_saved_images(self, folder: str) -> tuple[str, ...]:
        """The refs of the pictures saved in that folder, oldest first; () if there is none."""
        ...

    async def is_session_busy(self, session: str) -> bool:
        """Whether the server still works for that session; False if it does not know it."""
        ...

    async def interrupt_session(self, session: str) -> None:
        """Interrupt a session by its id (after a restart of ours)."""
        ...

    async def delete_saved_images(self, folder: str) -> int:
        """Delete what is saved in a job's folder; how many files. Raises a BackendError:
        NotAllowed where our account may not, Rejected where some of it stays."""
        ...
