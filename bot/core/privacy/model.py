"""Values of an export or erasure of personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

ExportRow: TypeAlias = Mapping[str, object]


class ErasureTaskKind(Enum):
    """Remaining step of an erasure outside the database, with values as stored."""

    SPOOL = "spool"  # `what` is a job's id
    INIT_IMAGE = "input"  # `what` is an input's id
    BACKEND_FILE = "file"  # `what` is the path of one file, as SwarmUI named it
    BACKEND = "server"  # `what` is the path of a job's files on SwarmUI
    MESSAGE = "message"  # `what` is "channel/message"


@dataclass(frozen=True, slots=True)
class ErasureTask:
    """One file, folder or message that an erasure still owes."""

    erasure: int
    kind: ErasureTaskKind
    target: str

    @property
    def place(self) -> str:
        """Return where a file is below SwarmUI's output folder, with the account if it is known."""
        if self.kind is ErasureTaskKind.BACKEND_FILE:
            return self.target.removeprefix("/").partition("/")[2]
        return f"raw/{self.target}"


def hide_prompts(files: tuple[str, ...]) -> tuple[str, ...]:
    """Return such places for the log. The names that SwarmUI gives by itself may hold a prompt."""
    ours = "raw/swarmbot/"
    shown = (file if ours in file else f"{file.rpartition('/')[0]}/…" for file in files)
    return tuple(dict.fromkeys(shown))


@dataclass(frozen=True, slots=True)
class KeptFile:
    """File on SwarmUI whose request was forgotten. `kind` is BACKEND_FILE or BACKEND."""

    user: int
    guild: int
    kind: ErasureTaskKind
    path: str


def list_attempts(path: str) -> tuple[str, ...]:
    """Return the paths of all attempts of a job, from that of its last one."""
    stem, _, last = path.rpartition("-")
    if not last.isdigit() or len(last) > 3 or "/" in last:
        return (path,)
    return tuple(f"{stem}-{attempt}" for attempt in range(1, int(last) + 1))


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """Request to erase what existed at that time. `guild` 0 is every guild.

    `erased_at` is None until the rows are deleted, which waits for unfinished jobs.
    """

    number: int
    user: int
    guild: int
    requested_at: datetime
    with_messages: bool
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """Deleted rows. `stays` counts images that the current month's quota still needs."""

    jobs: int = 0
    drafts: int = 0
    retained: int = 0
