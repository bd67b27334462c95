"""SQLite database with one store per feature. `build_stores` makes them."""

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.retention import Retention
from bot.adapters.sqlite.store import build_stores
from bot.core.errors import StoreError

__all__ = ["Database", "Retention", "StoreError", "build_stores"]
