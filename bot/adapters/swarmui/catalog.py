"""What the server has, as it last said it: quick to search, and there while it is down.

SwarmUI matches names by substring ("xl" silently picks the shortest model that contains it), so
names are resolved here, exactly, before anything is asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from bot.adapters.swarmui.catalog_cache import ShelfFile
from bot.adapters.swarmui.catalog_index import Index
from bot.adapters.swarmui.catalog_parser import Answers, shelf_of
from bot.adapters.swarmui.sessions import Sessions
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import Model
from bot.core.errors import (
    BackendCrashed,
    BackendError,
    NoPicture,
    NotAllowed,
    ProtocolError,
    RequestRejected,
    SessionForgotten,
)

log = structlog.get_logger(__name__)

_DEPTH: Final = 20  # the most that the server allows
_EVERYWHERE: Final = ("ListT2IParams", "ListModels")  # there is no SwarmUI without these
_REFUSALS: Final = (NotAllowed, ProtocolError, RequestRejected, BackendCrashed, NoPicture)
"""What a single list may meet while the server is well: an older server, a smaller account."""


class SwarmCatalog:
    """Implements the port `Catalog`. Everything but `refresh` and `rescan` is from memory.

    `wall` is the time of day in seconds since 1970.
    """

    def __init__(self, sessions: Sessions, *, wall: Callable[[], float] = time.time) -> None:
        self._sessions, self._wall = sessions, wall
        self._file: ShelfFile | None = None
        self._said_by = ""
        self._lacking: set[str] = set()
        self._index = Index(CatalogSnapshot())
        self._as_of: datetime | None = None
        self._reading = asyncio.Lock()

    def list_models(self) -> tuple[Model, ...]:
        return self._index.shelf.models

    def get_snapshot(self) -> CatalogSnapshot:
        return self._index.shelf

    def get_snapshot_time(self) -> datetime | None:
        """When the server said this; None before it was ever read."""
        return self._as_of

    def is_stale(self) -> bool:
        """Whether the server's process is another one than that which said so."""
        now = self._sessions.identity
        return bool(self._said_by and now and now.server != self._said_by)

    def resolve(self, name: str) -> Model | None:
        """The model of exactly that name, in any case, with or without its extension.

        A title or a name without its folder will do where only one model has it.
        """
        return self._index.resolve(name)

    def suggest(self, name: str, n: int) -> tuple[Model, ...]:
        """At most `n` models like `name`: those that contain it first, then the most alike."""
        return self._index.suggest(name, n)

    def find_similar_titles(self, kind: str, name: str, n: int) -> tuple[str, ...]:
        """At most `n` titles like `name`: of models ("m"), LoRAs ("l") or styles ("s")."""
        return self._index.alike(kind, name, n)

    async def recall(self, path: Path, url: str) -> None:
        """Keep the lists in that file from now on, and take up what an earlier start left there.

        `url` is the server's: what another one said is not taken. Never raises.
        """
        self._file = ShelfFile(path, url)
        kept = await asyncio.to_thread(self._file.load)
        if kept is not None and self._as_of is None:
            shelf, at = kept
            self._index = await asyncio.to_thread(Index, shelf)
            self._as_of = datetime.fromtimestamp(at, UTC)
            log.info("lists of an earlier start", models=len(shelf.models))

    async def refresh_catalog(self) -> None:
        """Read the lists, then make sure that something could be drawn with them.

        Raises a BackendError; what was read until then stays, and so do the last known lists.
        """
        await self.read()
        await self._sessions.ready()

    async def rescan_folders(self) -> None:
        """Have the server look through its folders, then `refresh`. Raises a BackendError.

        It looks only if our account may ask for that, and not within ten seconds of the last time;
        the lists are read in any case.
        """
        self._lacking.clear()
        await self._if_told("TriggerRefresh", {})
        await self.refresh_catalog()

    async def read(self) -> None:
        """Ask for the lists; raises a BackendError and keeps the last known ones then.

        `ListT2IParams` knows all names and classes, `ListModels` (at most 5,000) their titles and
        which is loaded. A list that this server lacks, or that our account may not see, is empty.
        """
        async with self._reading:
            params = await self._if_told("ListT2IParams", {})
            # The one that counts: a server that tells neither has told us nothing.
            models = await (self._if_told if params else self._sessions.ask)(
                "ListModels", {"path": "", "depth": _DEPTH}
            )
            loras = await self._if_told(
                "ListModels", {"path": "", "depth": _DEPTH, "subtype": "LoRA"}
            )
            if self.is_stale():
                self._lacking.clear()
            mine = await self._if_told("GetMyUserData", {})
            status = await self._if_told("GetCurrentStatus", {})
            answers = Answers(params, models, loras, mine, status)
            await asyncio.to_thread(self._take_in, answers, self._wall())
            self._said_by = self._sessions.identity.server if self._sessions.identity else ""

    def learn(self, params: Mapping[str, Any], listed: Mapping[str, Any]) -> None:
        """Take in the two answers about models; blocks for as long as it takes."""
        self._take_in(Answers(params=params, models=listed), self._wall())

    def _take_in(self, answers: Answers, at: float) -> None:
        shelf = shelf_of(answers)
        known = shelf == self._index.shelf
        if not known:
            self._index = Index(shelf)
        self._as_of = datetime.fromtimestamp(at, UTC)
        if self._file is None:
            return
        if not known or not self._file.confirm(at):
            self._file.save(self._index.shelf, at)

    async def _if_told(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer, or {} where the server is well but does not give this one.

        A call that an older server does not know is not tried again until it is another process,
        or a moderator asks: each try would pass for a failure of the server.
        """
        if route in self._lacking:
            return {}
        try:
            return await self._sessions.ask(route, body)
        except SessionForgotten:
            raise
        except BackendError as error:
            if not isinstance(error, _REFUSALS):
                raise
            if isinstance(error, ProtocolError) and route not in _EVERYWHERE:
                self._lacking.add(route)
            log.info("list not told", route=route, why=type(error).__name__)
            return {}
