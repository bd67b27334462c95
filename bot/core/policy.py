"""Guild settings apart from limits.

An empty field keeps the host's setting. Nothing can exceed the host's bounds.
"""

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
    """Bounds of a role. None keeps the guild's.

    `models` and `loras` are names reserved for this role and others that list them.
    """

    role: int
    images_max: int | None = None
    steps_max: int | None = None
    megapixels_max: float | None = None
    models: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """One server's choices. Ids are Discord's.

    `channels` are where people may draw, with their threads; () is everywhere that the bot may
    post. `models` and `loras` are what everybody may use, () is all. `words` are not drawn
    anywhere, `age_words` only in age-restricted channels; `allowed_words` are words of either list
    (also as parts of an expression) that are drawn after all. `log_channel` 0 is none. `language`
    and `resolve_time_zone` empty are the host's.
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
