"""SQLite database. `build_stores` gives one store per feature; `errors` has what can go wrong."""

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.retention import Retention
from bot.adapters.sqlite.store import build_stores
from bot.core.errors import StoreError

__all__ = ["Database", "Retention", "StoreError", "build_stores"]
