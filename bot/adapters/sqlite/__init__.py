"""The books on disk. `SqliteBooks` implements the port `Books` over a `Database`."""

from bot.adapters.sqlite.books import SqliteBooks
from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.errors import Locked, Newer, NotBooks, Unwritable
from bot.adapters.sqlite.history import Retention
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
