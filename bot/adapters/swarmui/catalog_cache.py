"""File cache of the last lists, so that models are known while SwarmUI is down.

A file that is damaged, of another format or of another server is ignored. A failed write is only
logged. Blocking; call it in a thread.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import structlog
from pydantic import TypeAdapter

from bot.core.drawing.catalog import CatalogSnapshot

log = structlog.get_logger(__name__)
FORMAT_VERSION: Final[Literal[1]] = 1


@dataclass(frozen=True, slots=True)
class _CachedSnapshot:
    form: Literal[1]
    url: str
    shelf: CatalogSnapshot


_CACHE_ADAPTER: Final = TypeAdapter(_CachedSnapshot)


class SnapshotFile:
    """The file at `path`, for the server at `url`. When it was read is the file's own time."""

    def __init__(self, path: Path, url: str) -> None:
        self._path, self._url = path, url

    def load_snapshot(self) -> tuple[CatalogSnapshot, float] | None:
        """Return the lists and their time in seconds since 1970, or None."""
        try:
            facts = self._path.stat()
            kept = _CACHE_ADAPTER.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:  # pydantic's are ValueErrors
            log.warning("kept lists ignored", why=type(error).__name__)
            return None
        return (kept.shelf, facts.st_mtime) if kept.url == self._url else None

    def save_snapshot(self, shelf: CatalogSnapshot, at: float) -> None:
        """Replace the file whole."""
        data = _CACHE_ADAPTER.dump_json(_CachedSnapshot(FORMAT_VERSION, self._url, shelf))
        try:
            self._write_file(data, at)
        except OSError as error:
            log.warning("lists not kept", why=error.strerror)

    def mark_current(self, at: float) -> bool:
        """Update the time of unchanged lists, or False if the file is missing."""
        try:
            os.utime(self._path, (at, at))
        except OSError:
            return False
        return True

    def _write_file(self, data: bytes, at: float) -> None:
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.utime(name, (at, at))
            Path(name).replace(self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink(missing_ok=True)
            raise
