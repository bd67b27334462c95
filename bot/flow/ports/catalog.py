"""The catalog port: SwarmUI's models, LoRAs and presets as last seen."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import Model


class Catalog(Protocol):
    """What the server has, as last seen; usable while it is down."""

    def list_models(self) -> tuple[Model, ...]: ...

    def get_snapshot(self) -> CatalogSnapshot:
        """All lists, of the same moment; the same object until they change."""
        ...

    def get_snapshot_time(self) -> datetime | None:
        """When the server said so; None before it was ever read."""
        ...

    def is_stale(self) -> bool:
        """Whether the server's process is another one than that which said so."""
        ...

    def find_similar_titles(self, kind: str, name: str, n: int) -> tuple[str, ...]:
        """At most `n` titles like `name`: of models ("m"), LoRAs ("l") or styles ("s")."""
        ...

    async def refresh_catalog(self) -> None: ...

    async def rescan_folders(self) -> None:
        """Have the server look through its folders first, where our account may ask for that."""
        ...
