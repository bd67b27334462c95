"""Removal of pictures that a moderator deleted, here and on SwarmUI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.core import errors
from bot.core.ids import JobId
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

log = structlog.stdlib.get_logger(__name__)


class ImageRemoval:
    """Closes *Resend* for a job and deletes its files, also after an outage or a restart."""

    def __init__(self, ports: FlowPorts, context: FlowContext) -> None:
        self._history, self._backend = ports.stores.history, ports.backend
        self._spool, self._tasks = ports.spool, context.tasks
        self._refused: set[str] = set()  # paths that SwarmUI keeps; asked for once a start

    async def remove_images(self, job: JobId) -> None:
        """Remove a job's delivered images for good. Files on SwarmUI go in the background."""
        await self._history.mark_images_removed(job)
        await self._spool.delete_job_files(job)
        self._tasks.spawn_task(self.delete_removed_files(), f"remove {job}")

    async def delete_removed_files(self) -> None:
        """Delete on SwarmUI what is still there. While SwarmUI is away, it waits.

        SwarmUI's name of an image that was delivered after a restart is not known. Those files
        are deleted by the path of their job.
        """
        try:
            for image in await self._history.list_removed_files():
                if await self._delete(image.job, image.path, self._backend.delete_image):
                    await self._history.mark_file_deleted(image.job, image.index)
            for job, folder in await self._history.list_removed_folders():
                if await self._delete(job, folder, self._backend.delete_saved_images):
                    await self._history.mark_folder_deleted(job)
        except errors.BackendError:
            return

    async def _delete(
        self, job: JobId, path: str, delete: Callable[[str], Awaitable[object]]
    ) -> bool:
        """Return False if SwarmUI keeps it. Raise a BackendError while SwarmUI is away."""
        if path in self._refused:
            return False
        try:
            await delete(path)
        except (errors.NotAllowed, errors.RequestRejected) as error:
            self._refused.add(path)
            log.warning("not removed on SwarmUI", job=job, why=error.sentence)
            return False
        return True
