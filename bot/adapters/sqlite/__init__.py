"""SQLite database. `build_stores` gives one store per feature."""

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.errors import (
    DatabaseLocked,
    DatabaseUnwritable,
    NewerDatabase,
    NotOurDatabase,
)
from bot.adapters.sqlite.retention import Retention
from bot.adapters.sqlite.store import build_stores
from bot.core.errors import StoreError

__all__ = [
    "Database",
    "DatabaseLocked",
    "DatabaseUnwritable",
    "NewerDatabase",
    "NotOurDatabase",
    "Retention",
    "StoreError",
    "build_stores",
]
