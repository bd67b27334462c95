"""Descriptions of guild settings for the audit log and cards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Final

from bot.core.policy import AdultSetting, GuildSettings, PingSetting, RoleBounds, SpoilerSetting
from bot.core.text import format as fmt
from bot.core.text.escape import format_plain

DESCRIPTION_MAX: Final = 300
_CHOICE_LABELS: Final = {
    SpoilerSetting.CHOICE: "the person chooses",
    SpoilerSetting.ALWAYS: "always",
    AdultSetting.RESTRICTED: "in age-restricted channels",
    AdultSetting.NEVER: "nowhere",
    PingSetting.HOST: "after a long wait",
    PingSetting.ALWAYS: "always",
    PingSetting.NEVER: "never",
}
_EMPTY_LABELS: Final = {
    "channels": "everywhere",
    "models": "all",
    "loras": "all",
    "words": "none",
    "age_words": "none",
    "allowed_words": "none",
    "log_channel": "none",
}


def list_changed_fields(old: GuildSettings, new: GuildSettings) -> tuple[str, ...]:
    """Return the names of the changed fields."""
    names = (field.name for field in fields(GuildSettings))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def describe_setting(policy: GuildSettings, name: str) -> str:
    """Describe a setting in at most 300 characters, with ids as mentions."""
    value = getattr(policy, name)
    if isinstance(value, SpoilerSetting | AdultSetting | PingSetting):
        return _CHOICE_LABELS[value]
    if isinstance(value, bool):
        return "on" if value else "off"
    if name in _EMPTY_LABELS and not value:
        return _EMPTY_LABELS[name]
    if value is None or value == "":
        return "the host's"
    if name == "log_channel":
        return f"<#{value}>"
    if name == "channels":
        return _join_names(f"<#{channel}>" for channel in value)
    if name == "roles":
        return _join_names(f"<@&{one.role}>: {describe_bounds(one)}" for one in value)
    if isinstance(value, tuple):
        return _join_names(map(_format_name, value))
    return f"{value:g}" if isinstance(value, float) else format_plain(str(value), DESCRIPTION_MAX)


def describe_bounds(bounds: RoleBounds | None) -> str:
    """Describe a role's bounds, or "" if none are set."""
    if bounds is None:
        return ""
    said = []
    if bounds.images_max is not None:
        said.append(f"{fmt.format_count(bounds.images_max, 'picture')} a job")
    if bounds.steps_max is not None:
        said.append(fmt.format_count(bounds.steps_max, "step"))
    if bounds.megapixels_max is not None:
        said.append(f"{bounds.megapixels_max:g} MP")
    for kind, names in (("models", bounds.models), ("LoRAs", bounds.loras)):
        if names:
            said.append(f"{kind} {_join_names(map(_format_name, names), 120)}")
    return "; ".join(said)


def describe_difference(old: GuildSettings, new: GuildSettings, name: str) -> tuple[str, str]:
    """Describe a change as (from, to), of long lists only the difference."""
    before, after = getattr(old, name), getattr(new, name)
    said = describe_setting(old, name), describe_setting(new, name)
    if not isinstance(before, tuple) or max(map(len, said)) < DESCRIPTION_MAX - 100:
        return said
    gone = [_format_name(name) for name in before if name not in after]
    come = [_format_name(name) for name in after if name not in before]
    without = f", without {_join_names(gone, 200)}" if gone else ""
    added = f", with {_join_names(come, 200)}" if come else ""
    return f"{len(before)}{without}", f"{len(after)}{added}"


def _format_name(name: str) -> str:
    return format_plain(name, 100)


def _join_names(all_names: Iterable[str], most: int = DESCRIPTION_MAX) -> str:
    names, shown = list(all_names), list[str]()
    room = most - len(" and 1,000 more")
    for name in names:
        room -= len(name) + 2
        if room < 0 and shown:
            break
        shown.append(name)
    left = len(names) - len(shown)
    return ", ".join(shown) + (f" and {left:,} more" if left else "")
