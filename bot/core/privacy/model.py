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
    BACKEND = "server"  # `what` is the path of a job's files on SwarmUI
    MESSAGE = "message"  # `what` is "channel/message"


@dataclass(frozen=True, slots=True)
class ErasureTask:
    """One file, folder or message that an erasure still owes."""

    erasure: int
    kind: ErasureTaskKind
    target: str


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
