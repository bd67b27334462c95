"""Files on SwarmUI whose requests were forgotten, kept for an erasure or deleted."""

from __future__ import annotations

from typing import Final

import structlog

from bot.core.errors import BackendDown, BackendError, HostMustAct, NotAllowed
from bot.core.privacy.model import ErasureTaskKind, KeptFile, list_attempts
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

FILES_PER_ROUND: Final = 50
log = structlog.stdlib.get_logger(__name__)


class KeptFiles:
    """Maintenance of the files that outlive their history.

    The host decides whether they stay. A row goes with its file, whoever deletes that, so each
    round looks at the next few.
    """

    def __init__(self, ports: FlowPorts, context: FlowContext) -> None:
        self._privacy, self._backend = ports.stores.privacy, ports.backend
        self._host = context.host
        self._after: KeptFile | None = None

    async def review_files(self) -> None:
        """Delete the next files, or forget those that are gone. An outage ends the round."""
        files = await self._privacy.list_kept_files(self._after, FILES_PER_ROUND)
        gone: list[KeptFile] = []
        try:
            for file in files:
                self._after = file
                if await self._is_gone(file):
                    gone.append(file)
        except (BackendDown, HostMustAct, NotAllowed) as error:
            log.info("files on SwarmUI not reviewed", why=type(error).__name__)
        await self._privacy.delete_kept_files(tuple(gone))
        if len(files) < FILES_PER_ROUND:
            self._after = None

    async def _is_gone(self, file: KeptFile) -> bool:
        """Delete the file if the host wants that, and return True if it is not there any more."""
        named = file.kind is ErasureTaskKind.BACKEND_FILE
        try:
            if self._host.delete_forgotten_files:
                if named:
                    await self._backend.delete_image(file.path)
                else:
                    await self._backend.delete_saved_images(file.path)
                return True
            if named:
                return not await self._backend.has_image(file.path)
            for attempt in list_attempts(file.path):
                if await self._backend.list_saved_images(attempt):
                    return False
        except (BackendDown, HostMustAct, NotAllowed):
            raise
        except BackendError as error:  # of another account, for example
            log.info("file on SwarmUI stays", why=error.sentence)
            return False
        return True
