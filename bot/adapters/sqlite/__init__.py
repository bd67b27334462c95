"""The books on disk. `SqliteBooks` implements the port `Books` over a `Database`."""

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.errors import Locked, Newer, NotBooks, Unwritable
from bot.adapters.sqlite.retention import Retention
from bot.adapters.sqlite.store import SqliteBooks
from bot.core.errors import BooksError

__all__ = [
    "BooksError",
    "Database",
    "Locked",
    "Newer",
    "NotBooks",
    "Retention",
    "SqliteBooks",
    "Unwritable",
]
