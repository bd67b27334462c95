"""What /models asks of the world, in memory: a shelf, previews, and what members chose."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.adapters.pictures import FileSpool
from bot.adapters.swarmui.catalog_index import Index
from bot.core.drawing.catalog import Shelf
from bot.core.errors import BackendError, NoPicture
from bot.core.policy import USUAL
from bot.flow.drawing.available import Reach
from bot.flow.models import Gallery
from bot.flow.runtime.services import House


class Museum:
    """Catalogue, books, painter and line of a gallery. `previews` are by ref; `policy` is every
    server's."""

    def __init__(self, shelf: Shelf = Shelf()) -> None:  # noqa: B008 -- frozen
        self.filled = shelf
        self.previews: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.policy = USUAL
        self.usual: dict[tuple[int, int], str] = {}
        self.rescans = 0
        self.trouble: BackendError | None = None
        self.down_since: datetime | None = None

    def gallery(self) -> Gallery:
        """The real one, over all this."""
        kit: Any = SimpleNamespace(
            catalog=self, books=self, painter=self, spool=FileSpool(Path("unused")), house=House()
        )
        line: Any = self
        return Gallery(kit, line, Reach(kit.catalog, kit.house.bounds, lambda _: self.policy))

    def shelf(self) -> Shelf:
        return self.filled

    def as_of(self) -> datetime:
        return datetime(2026, 11, 24, 11, 0, tzinfo=UTC)

    def alike(self, kind: str, name: str, n: int) -> tuple[str, ...]:
        return Index(self.filled).alike(kind, name, n)

    async def rescan(self) -> None:
        self.rescans += 1
        if self.trouble is not None:
            raise self.trouble

    async def fetch(self, ref: str) -> bytes:
        self.fetched.append(ref)
        if ref not in self.previews:
            raise NoPicture
        return self.previews[ref]

    async def usual_model(self, guild: int, user: int) -> str:
        return self.usual.get((guild, user), "")

    async def set_usual_model(self, guild: int, user: int, model: str) -> None:
        self.usual[guild, user] = model
