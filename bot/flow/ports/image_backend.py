"""The drawing server, and what it has."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.core.check_result import CheckResult
from bot.core.drawing.request import GenerationParams
from bot.core.jobs.progress import SwarmEvent


class BackendChecks(Protocol):
    """The checks of SwarmUI that `swarmbot check` runs too."""

    def __call__(self, *, picture: bool) -> AsyncGenerator[CheckResult, None]:
        """Run them in order, one result after the other. With `picture`, one is drawn."""


class Lease(Protocol):
    """One SwarmUI session, ours alone for one job."""

    @property
    def session(self) -> str: ...

    def generate_images(
        self, order: GenerationParams, folder: str, image: bytes | None = None
    ) -> AsyncGenerator[SwarmEvent, None]:
        """Generate and stream until `RequestEnded`, or raise a BackendError, NoPicture included.

        `image` is the PNG or JPEG init image, if the order names one. Close the stream with
        `aclosing`: leaving it early interrupts its session.
        """


class ImageBackend(Protocol):
    """The drawing server."""

    def lease_session(self) -> AbstractAsyncContextManager[Lease]:
        """Lease a session. It returns to the pool when the server has finished with it."""

    async def fetch_image(self, ref: str) -> bytes:
        """Return a finished image from View/… or a data URL. Raise a BackendError.

        It is a FileRefused if the server is well, but does not hand out the file.
        """

    async def verify_login(self) -> None:
        """Raise a BackendError unless the server lets us in anew, as for the files."""

    async def list_saved_images(self, path: str) -> tuple[str, ...]:
        """Return refs of images saved under a job's path, oldest first, or () if none."""

    async def is_session_busy(self, session: str) -> bool:
        """Return True if the server works for that session, or False if it is unknown."""

    async def fetch_backend_status(self) -> str:
        """Return SwarmUI's status of all its backends together, such as "running" or "errored"."""

    async def interrupt_session(self, session: str) -> None:
        """Interrupt a session by its id, after a restart of the bot."""

    async def has_image(self, ref: str) -> bool:
        """Return True if an image is there, without a download. Raises a BackendError."""

    async def delete_image(self, ref: str) -> bool:
        """Delete one image by its ref, or return False if it is not there.

        Raises a BackendError: NotAllowed if the account may delete nothing, RequestRejected if this
        file stays, as one of another account does.
        """

    async def delete_saved_images(self, path: str) -> int:
        """Delete what is saved under a job's path, by every attempt, and return how many files.

        Raises a BackendError: NotAllowed if the account may not, RequestRejected if files stay.
        """
