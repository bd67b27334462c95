"""The database: `build_stores` gives one store per feature over a `Database`."""

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.errors import Locked, Newer, NotBooks, Unwritable
from bot.adapters.sqlite.retention import Retention
from bot.adapters.sqlite.store import build_stores
from bot.core.errors import StoreError

__all__ = [
    "Database",
    "Locked",
    "Newer",
    "NotBooks",
    "Retention",
    "StoreError",
    "Unwritable",
    "build_stores",
]
