"""A server's choices as people read them: in the record of changes, and wherever they are shown."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from bot.core.policy import Adult, Policy, RingPolicy, RoleBounds, Spoiler
from bot.core.text import format as fmt
from bot.core.text.escape import plain

SPOKEN_MAX: Final = 300
_SPOKEN: Final = {
    Spoiler.CHOICE: "the person chooses",
    Spoiler.ALWAYS: "always",
    Adult.RESTRICTED: "in age-restricted channels",
    Adult.NEVER: "nowhere",
    RingPolicy.HOST: "after a long wait",
    RingPolicy.ALWAYS: "always",
    RingPolicy.NEVER: "never",
}
_NOTHING: Final = {
    "channels": "everywhere",
    "models": "all",
    "loras": "all",
    "words": "none",
    "age_words": "none",
    "allowed_words": "none",
    "log_channel": "none",
}


def changed(old: Policy, new: Policy) -> tuple[str, ...]:
    """The names of the fields that differ."""
    names = (field.name for field in fields(Policy))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def spoken(policy: Policy, name: str) -> str:
    """One choice in a few words, at most 300 characters; ids as Discord's own mentions."""
    value = getattr(policy, name)
    if isinstance(value, Spoiler | Adult | RingPolicy):
        return _SPOKEN[value]
    if isinstance(value, bool):
        return "on" if value else "off"
    if name in _NOTHING and not value:
        return _NOTHING[name]
    if value is None or value == "":
        return "the host's"
    if name == "log_channel":
        return f"<#{value}>"
    if name == "channels":
        return _listed(tuple(f"<#{channel}>" for channel in value))
    if name == "roles":
        return _listed(tuple(f"<@&{one.role}>: {bounds_spoken(one)}" for one in value))
    if isinstance(value, tuple):
        return _listed(tuple(plain(one, 100) for one in value))
    return f"{value:g}" if isinstance(value, float) else plain(str(value), SPOKEN_MAX)


def bounds_spoken(bounds: RoleBounds | None) -> str:
    """What a role may, in a few words; empty where nothing is said of it."""
    if bounds is None:
        return ""
    said = []
    if bounds.images_max is not None:
        said.append(f"{fmt.plural(bounds.images_max, 'picture')} a job")
    if bounds.steps_max is not None:
        said.append(fmt.plural(bounds.steps_max, "step"))
    if bounds.megapixels_max is not None:
        said.append(f"{bounds.megapixels_max:g} MP")
    for kind, names in (("models", bounds.models), ("LoRAs", bounds.loras)):
        if names:
            said.append(f"{kind} {_listed(tuple(plain(one, 100) for one in names), 120)}")
    return "; ".join(said)


def difference(old: Policy, new: Policy, name: str) -> tuple[str, str]:
    """A change as (from, to). Of long lists only what went and what came is named."""
    before, after = getattr(old, name), getattr(new, name)
    said = spoken(old, name), spoken(new, name)
    if not isinstance(before, tuple) or max(map(len, said)) < SPOKEN_MAX - 100:
        return said
    gone = tuple(plain(one, 100) for one in before if one not in after)
    come = tuple(plain(one, 100) for one in after if one not in before)
    return (
        f"{len(before)}" + (f", without {_listed(gone, 200)}" if gone else ""),
        f"{len(after)}" + (f", with {_listed(come, 200)}" if come else ""),
    )


def _listed(names: tuple[str, ...], most: int = SPOKEN_MAX) -> str:
    shown: list[str] = []
    room = most - len(" and 1,000 more")
    for name in names:
        room -= len(name) + 2
        if room < 0 and shown:
            break
        shown.append(name)
    left = len(names) - len(shown)
    return ", ".join(shown) + (f" and {left:,} more" if left else "")
