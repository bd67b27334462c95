"""What /models asks of the world, in memory: a shelf, previews, and what members chose."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.adapters.pictures import FileSpool
from bot.adapters.swarmui.catalog_index import CatalogIndex
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.errors import BackendError, NoPicture
from bot.core.policy import DEFAULT_SETTINGS
from bot.flow.drawing.available import AvailableModels
from bot.flow.models import ModelBrowser
from bot.flow.runtime.context import HostSettings


class Museum:
    """Catalogue, books, painter and line of a gallery. `previews` are by ref; `policy` is every
    server's."""

    def __init__(self, shelf: CatalogSnapshot = CatalogSnapshot()) -> None:  # noqa: B008 -- frozen
        self.filled = shelf
        self.previews: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.policy = DEFAULT_SETTINGS
        self.usual_duration: dict[tuple[int, int], str] = {}
        self.rescans = 0
        self.trouble: BackendError | None = None
        self.down_since: datetime | None = None

    def models(self) -> ModelBrowser:
        """The real one, over all this."""
        me: Any = self
        host = HostSettings()
        return ModelBrowser(
            me,
            AvailableModels(me, host.bounds, lambda _: self.policy),
            settings=me,
            backend=me,
            catalog=me,
            spool=FileSpool(Path("unused")),
            host=host,
        )

    def get_snapshot(self) -> CatalogSnapshot:
        return self.filled

    def get_snapshot_time(self) -> datetime:
        return datetime(2026, 11, 24, 11, 0, tzinfo=UTC)

    def find_similar_titles(self, kind: str, name: str, n: int) -> tuple[str, ...]:
        return CatalogIndex(self.filled).find_similar_titles(kind, name, n)

    async def rescan_folders(self) -> None:
        self.rescans += 1
        if self.trouble is not None:
            raise self.trouble

    async def fetch_image(self, ref: str) -> bytes:
        self.fetched.append(ref)
        if ref not in self.previews:
            raise NoPicture
        return self.previews[ref]

    async def find_usual_model(self, guild: int, user: int) -> str:
        return self.usual_duration.get((guild, user), "")

    async def set_usual_model(self, guild: int, user: int, model: str) -> None:
        self.usual_duration[guild, user] = model
