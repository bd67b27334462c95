"""Open files of the databases in which SwarmUI keeps the metadata and previews of output folders.

SwarmUI opens the databases of a folder when it saves, lists or deletes a picture there, and keeps
them open until it ends (OutputMetadataTracker.cs).
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from bot.sandbox.swarmui.script import Script

# Measured with 0.9.8.2: 281 folders held 854 open files.
FILES_PER_FOLDER: Final = 3


class Databases:
    """Counts the open files. `file_limit` of the script is their most, 0 for no limit."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._folders: set[Path] = set()
        self._lock = threading.Lock()

    @property
    def open_files(self) -> int:
        return FILES_PER_FOLDER * len(self._folders)

    def forget(self) -> None:
        """Close all of them, as the end of the process does."""
        self._folders.clear()

    def open(self, folder: Path) -> None:
        """Open those of a folder; raises OSError if no file can be opened any more."""
        with self._lock:
            self.check()
            self._folders.add(folder if self._script.metadata_per_folder else Path())

    def check(self) -> None:
        """Raise OSError if all open files are used up, whatever the caller wants to open."""
        if 0 < self._script.file_limit < self.open_files + FILES_PER_FOLDER:
            raise OSError("Too many open files")
