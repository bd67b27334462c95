"""Guild settings apart from limits. Nothing can exceed the host's bounds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class SpoilerSetting(Enum):
    """Spoilers on pictures, with values as stored."""

    CHOICE = "choice"  # whoever asks decides
    ALWAYS = "always"


class AdultSetting(Enum):
    """Channels in which adult words are allowed, with values as stored."""

    RESTRICTED = "restricted"  # in age-restricted channels alone
    NEVER = "never"


class PingSetting(Enum):
    """Mention of the requester when a job is finished, with values as stored."""

    HOST = "host"  # after a long wait, as the host set it
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RoleBounds:
    """Bounds of a role, and the models and LoRAs reserved for it. None keeps the guild's."""

    role: int
    images_max: int | None = None
    steps_max: int | None = None
    megapixels_max: float | None = None
    models: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """Settings of a guild. Empty fields keep the host's, and ids are Discord's.

    `channels` include their threads, () is everywhere. `models` and `loras` are open to everyone,
    () is all. `words` are never drawn, `age_words` only in age-restricted channels; `allowed_words`
    override both. `log_channel` 0 is none. Nothing is `private` by default where it is not allowed.
    """

    drawing: bool = True
    channels: tuple[int, ...] = ()
    model: str = ""
    models: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()
    roles: tuple[RoleBounds, ...] = ()
    images_max: int | None = None
    steps_max: int | None = None
    megapixels_max: float | None = None
    spoiler: SpoilerSetting = SpoilerSetting.CHOICE
    adult: AdultSetting = AdultSetting.RESTRICTED
    private: bool = False
    private_allowed: bool = True
    ring: PingSetting = PingSetting.HOST
    words: tuple[str, ...] = ()
    age_words: tuple[str, ...] = ()
    allowed_words: tuple[str, ...] = ()
    log_channel: int = 0
    language: str = ""
    time_zone: str = ""


DEFAULT_SETTINGS: Final = GuildSettings()

BOUND_NAMES: Final = ("images_max", "steps_max", "megapixels_max")
"""The bounds that a policy and each role may set, by their field's name."""
