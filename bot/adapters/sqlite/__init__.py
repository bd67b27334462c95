"""The books on disk. `SqliteBooks` implements the port `Store` over a `Database`."""

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.errors import Locked, Newer, NotBooks, Unwritable
from bot.adapters.sqlite.retention import Retention
from bot.adapters.sqlite.store import SqliteBooks
from bot.core.errors import StoreError

__all__ = [
    "Database",
    "Locked",
    "Newer",
    "NotBooks",
    "Retention",
    "SqliteBooks",
    "StoreError",
    "Unwritable",
]
