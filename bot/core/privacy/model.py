"""Values of an export or erasure of personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

Row: TypeAlias = Mapping[str, object]


class Kind(Enum):
    """What is left to do of an erasure, outside the books; the value is what the database holds."""

    SPOOL = "spool"  # `what` is a job's id
    INPUT = "input"  # `what` is an input's id
    SERVER = "server"  # `what` is a job's folder on SwarmUI
    MESSAGE = "message"  # `what` is "channel/message"


@dataclass(frozen=True, slots=True)
class Errand:
    """One file, folder or message that an erasure still owes."""

    erasure: int
    kind: Kind
    what: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """A person's wish to be forgotten: what was there when it was asked, and nothing newer.

    `guild` 0 is everywhere. `messages` says that our messages with their pictures go as well.
    `erased` is None until the rows went: a job that lives is waited for.
    """

    number: int
    user: int
    guild: int
    asked_at: datetime
    messages: bool
    erased: datetime | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows went. `stays` counts the pictures that a current month still has to know."""

    jobs: int = 0
    drafts: int = 0
    stays: int = 0
