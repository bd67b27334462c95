"""Port for SwarmUI's models, LoRAs and presets."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.drawing.catalog import CatalogSnapshot


class Catalog(Protocol):
    """Lists of the server as last seen, usable while it is down."""

    def get_snapshot(self) -> CatalogSnapshot:
        """Return all lists of one moment, the same object until they change."""

    def get_snapshot_time(self) -> datetime | None:
        """Return when SwarmUI gave them, or None before the first time."""

    def is_stale(self) -> bool:
        """Return True if SwarmUI has restarted since."""

    async def refresh_catalog(self) -> None: ...

    async def rescan_folders(self) -> None:
        """Have the server look through its folders first, where our account may ask for that."""
