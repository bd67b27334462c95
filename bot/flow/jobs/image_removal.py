"""Removal of pictures that a moderator deleted, here and on SwarmUI."""

from __future__ import annotations

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
        self._refused: set[str] = set()  # files that SwarmUI keeps; asked for once a start

    async def remove_images(self, job: JobId) -> None:
        """Remove a job's delivered images for good. Files on SwarmUI go in the background."""
        await self._history.mark_images_removed(job)
        await self._spool.delete_job_files(job)
        self._tasks.spawn_task(self.delete_removed_files(), f"remove {job}")

    async def delete_removed_files(self) -> None:
        """Delete on SwarmUI what is still there. While SwarmUI is away, it waits."""
        for image in await self._history.list_removed_files():
            if image.path in self._refused:
                continue
            try:
                await self._backend.delete_image(image.path)
            except (errors.NotAllowed, errors.RequestRejected) as error:
                self._refused.add(image.path)
                log.warning("not removed on SwarmUI", job=image.job, why=error.sentence)
            except errors.BackendError:
                return
            else:
                await self._history.mark_file_deleted(image.job, image.index)
