"""Result of one check of `swarmbot check` and `/diagnose`, and what a check is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result `detail` and, if something is wrong, how to `fix` it.

    `public` is the detail without an address, for people in Discord. It is "" if they are the same.
    """

    name: str
    ok: bool
    detail: str
    fix: str = ""
    public: str = ""


class ChannelUse(Enum):
    """Why a channel is in use."""

    LOG = "log channel"
    TRIGGER = "trigger channel"
    DRAWN = "pictures were drawn there lately"


@dataclass(frozen=True, slots=True)
class UsedChannel:
    """Channel whose permissions count. `setting` is the key of config.toml that names it, or ""."""

    channel: int
    use: ChannelUse
    setting: str = ""
