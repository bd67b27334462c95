"""Rules of Discord that decide who may use a command where, and cards for those who may not.

A guild's *Integrations* page overrides a command's default right by channel, member and role.
Discord applies the rules to commands. The bot applies them to buttons that do the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from bot.core.ui.card import MessageCard

ROLE_TARGET: Final = 1
USER_TARGET: Final = 2
CHANNEL_TARGET: Final = 3
Overrides: TypeAlias = Mapping[tuple[int, int], bool]
"""Allowed or denied, by the kind and id of a target. The guild's id is the role @everyone."""

_RIGHT_NAMES: Final = {"block": "Timeout Members"}
_USUAL_RIGHT: Final = "Manage Server"


class AccessVerdict(Enum):
    """Answer to whether a member may use a command in a channel."""

    ALLOWED = "allowed"
    NO_RIGHT = "no right"  # the command's default right is missing
    DENIED = "denied"  # by Integrations
    UNKNOWN = "unknown"  # Discord did not tell the overrides


@dataclass(frozen=True, slots=True)
class CommandRule:
    """Default right of a command as bits, or None for everybody, and its own overrides."""

    default_right: int | None
    overrides: Overrides


@dataclass(frozen=True, slots=True)
class CommandUse:
    """Member who uses a command. `channel` is a thread's parent, `rights` are bits in it."""

    guild: int
    channel: int
    user: int
    roles: tuple[int, ...]
    rights: int


def judge_access(rule: CommandRule, general: Overrides, use: CommandUse) -> AccessVerdict:
    """Judge as Discord does, apart from administrators, who may use everything.

    `general` are the overrides of the whole application. The command's own come first. An allow
    among `general` does not replace the default right.
    """
    in_channel = _find_for_channel(rule.overrides, use)
    if in_channel is None:
        in_channel = _find_for_channel(general, use)
    if in_channel is False:
        return AccessVerdict.DENIED
    if (own := _find_for_member(rule.overrides, use)) is not None:
        return AccessVerdict.ALLOWED if own else AccessVerdict.DENIED
    if _find_for_member(general, use) is False:
        return AccessVerdict.DENIED
    needed = rule.default_right
    if needed is None or (needed and use.rights & needed == needed):
        return AccessVerdict.ALLOWED
    return AccessVerdict.NO_RIGHT


def _find_for_channel(overrides: Overrides, use: CommandUse) -> bool | None:
    all_channels = use.guild - 1  # as Discord names them
    here = overrides.get((CHANNEL_TARGET, use.channel))
    return overrides.get((CHANNEL_TARGET, all_channels)) if here is None else here


def _find_for_member(overrides: Overrides, use: CommandUse) -> bool | None:
    if (own := overrides.get((USER_TARGET, use.user))) is not None:
        return own
    found = [overrides.get((ROLE_TARGET, role)) for role in use.roles if role != use.guild]
    if said := [one for one in found if one is not None]:
        return any(said)
    return overrides.get((ROLE_TARGET, use.guild))


def access_denied_card(command: str, verdict: AccessVerdict) -> MessageCard:
    """Say why a button that does what `command` does is not for this member."""
    match verdict:
        case AccessVerdict.NO_RIGHT:
            right = _RIGHT_NAMES.get(command, _USUAL_RIGHT)
            why = f"You need *{right}* for this, as for `/{command}`."
        case AccessVerdict.DENIED:
            why = f"*Server Settings → Integrations* doesn't let you use `/{command}` here."
        case _:
            why = f"I couldn't check if you can use `/{command}`. Use it, or try again in a minute."
    return MessageCard(f"{why} Nothing was changed.")
