"""Values of an export or erasure of personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

ExportRow: TypeAlias = Mapping[str, object]


class ErasureTaskKind(Enum):
    """What is left to do of an erasure, outside the books; the value is what the database holds."""

    SPOOL = "spool"  # `what` is a job's id
    INIT_IMAGE = "input"  # `what` is an input's id
    BACKEND = "server"  # `what` is a job's folder on SwarmUI
    MESSAGE = "message"  # `what` is "channel/message"


@dataclass(frozen=True, slots=True)
class ErasureTask:
    """One file, folder or message that an erasure still owes."""

    erasure: int
    kind: ErasureTaskKind
    target: str


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """A person's wish to be forgotten: what was there when it was asked, and nothing newer.

    `guild` 0 is everywhere. `messages` says that our messages with their pictures go as well.
    `erased` is None until the rows went: a job that lives is waited for.
    """

    number: int
    user: int
    guild: int
    requested_at: datetime
    with_messages: bool
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """How many rows went. `stays` counts the pictures that a current month still has to know."""

    jobs: int = 0
    drafts: int = 0
    retained: int = 0
