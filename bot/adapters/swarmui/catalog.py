"""Lists of models, LoRAs, presets and parameters as SwarmUI last gave them.

They can be searched quickly and remain available while SwarmUI is down.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from bot.adapters.swarmui.catalog_cache import SnapshotFile
from bot.adapters.swarmui.catalog_parser import CatalogResponses, build_snapshot, keep_missing_lists
from bot.adapters.swarmui.sessions import SessionPool
from bot.core import errors
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.jobs.retry import stops_drawing

log = structlog.get_logger(__name__)

_FOLDER_DEPTH: Final = 20  # the most that the server allows
_REQUIRED_ROUTES: Final = ("ListT2IParams", "ListModels")  # there is no SwarmUI without these
_LIST_ERRORS: Final = (
    errors.NotAllowed,
    errors.ProtocolError,
    errors.RequestRejected,
    errors.BackendCrashed,
    errors.NoPicture,
)
"""What a single list may meet while the server is well: an older server, a smaller account."""


class SwarmCatalog:
    """Implements the port `Catalog`. `wall` is the time of day in seconds since 1970."""

    def __init__(self, sessions: SessionPool, *, wall: Callable[[], float] = time.time) -> None:
        self._sessions, self._wall_clock = sessions, wall
        self._snapshot_file: SnapshotFile | None = None
        self._snapshot_server = ""
        self._missing_routes: set[str] = set()
        self._snapshot = CatalogSnapshot()
        self._snapshot_time: datetime | None = None
        self._read_lock = asyncio.Lock()

    def get_snapshot(self) -> CatalogSnapshot:
        return self._snapshot

    def get_snapshot_time(self) -> datetime | None:
        return self._snapshot_time

    def is_stale(self) -> bool:
        now = self._sessions.identity
        return bool(self._snapshot_server and now and now.server != self._snapshot_server)

    async def load_cached_snapshot(self, path: Path, url: str) -> None:
        """Keep the lists in that file from now on, and load what is in it.

        `url` is the server's; the file of another server is ignored. Never raises.
        """
        self._snapshot_file = SnapshotFile(path, url)
        kept = await asyncio.to_thread(self._snapshot_file.load_snapshot)
        if kept is not None and self._snapshot_time is None:
            self._snapshot, at = kept
            self._snapshot_time = datetime.fromtimestamp(at, UTC)
            log.info("lists of an earlier start", models=len(self._snapshot.models))

    async def refresh_catalog(self) -> None:
        """Read the lists, then make sure that something could be drawn. Raise BackendError."""
        await self.fetch_lists()
        await self._sessions.require_backend()

    async def rescan_folders(self) -> None:
        """Have the server look through its folders, then read the lists. Raise BackendError.

        It looks only if our account may ask for that, and not within ten seconds of the last time.
        """
        self._missing_routes.clear()
        await self._ask_optional("TriggerRefresh", {})
        await self.refresh_catalog()

    async def fetch_lists(self) -> None:
        """Fetch the lists. On a BackendError keep the last ones and raise.

        `ListT2IParams` gives all names and classes. `ListModels` (at most 5,000) gives titles and
        the loaded models. A list that the server lacks or refuses stays as it was.
        """
        async with self._read_lock:
            params = await self._ask_optional("ListT2IParams", {})
            # The one that counts: a server that tells neither has told us nothing.
            ask = self._ask_optional if params else self._sessions.query_server
            folder = {"path": "", "depth": _FOLDER_DEPTH}
            models = await ask("ListModels", folder)
            loras = await self._ask_optional("ListModels", {**folder, "subtype": "LoRA"})
            if self.is_stale():
                self._missing_routes.clear()
            mine = await self._ask_optional("GetMyUserData", {})
            status = await self._ask_optional("GetCurrentStatus", {})
            answers = CatalogResponses(params, models, loras, mine, status)
            await asyncio.to_thread(self._update_snapshot, answers, self._wall_clock())
            identity = self._sessions.identity
            self._snapshot_server = identity.server if identity else ""

    def _update_snapshot(self, answers: CatalogResponses, at: float) -> None:
        shelf = keep_missing_lists(build_snapshot(answers), answers, self._snapshot)
        known = shelf == self._snapshot
        if not known:
            self._snapshot = shelf
        self._snapshot_time = datetime.fromtimestamp(at, UTC)
        if self._snapshot_file is None:
            return
        if not known or not self._snapshot_file.mark_current(at):
            self._snapshot_file.save_snapshot(self._snapshot, at)

    async def _ask_optional(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer, or {} if the server is well but refuses this call.

        A call that an older server lacks is not repeated until the server restarts or a moderator
        asks, since each try would count as a server failure.
        """
        if route in self._missing_routes:
            return {}
        try:
            return await self._sessions.query_server(route, body)
        except errors.SessionForgotten:
            raise
        except errors.BackendError as error:
            if stops_drawing(error) or not isinstance(error, _LIST_ERRORS):
                raise
            if isinstance(error, errors.ProtocolError) and route not in _REQUIRED_ROUTES:
                self._missing_routes.add(route)
            log.info("list not told", route=route, why=type(error).__name__)
            return {}
