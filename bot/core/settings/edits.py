"""What a press in /settings does to a server's choices, as plain functions of them.

They are called inside the transaction that writes, so that each changes what holds then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from bot.core.errors import Refused
from bot.core.policy import Adult, Policy, RingPolicy, RoleBounds, Spoiler
from bot.core.settings import forms as settings_forms
from bot.core.settings import panel_text
from bot.core.settings.page_access import chosen_of, of_role
from bot.core.settings.view import View

Edit: TypeAlias = Callable[[Policy], Policy]


def _id(text: str) -> int:
    """One of Discord's ids, which fit into 63 bits; ValueError for anything else."""
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 2**63:
        raise ValueError(f"{text!r} is no id")
    return int(text)


READ: Final[dict[str, Callable[[tuple[str, ...]], object]]] = {
    "channels": lambda values: tuple(map(_id, values)),
    "log_channel": lambda values: _id(values[0]) if values else 0,
    "ring": lambda values: RingPolicy("".join(values)),
    "spoiler": lambda values: Spoiler("".join(values)),
    "adult": lambda values: Adult("".join(values)),
}
"""What a menu's choices are; each raises ValueError for what it does not offer."""


def setting(name: str, value: object) -> Edit:
    """Set one field."""
    choices: dict[str, Any] = {name: value}
    return lambda policy: replace(policy, **choices)


def bounds(role: int, numbers: Mapping[str, float | None]) -> Edit:
    """Set the bounds of a role, or (0) of everybody."""
    chosen: dict[str, Any] = dict(numbers)

    def edit(policy: Policy) -> Policy:
        if not role:
            return replace(policy, **chosen)
        return _with_role(policy, replace(of_role(policy, role), **chosen))

    return edit


def _with_role(policy: Policy, bounds: RoleBounds) -> Policy:
    """Its bounds in its place, or at the end where it had none."""
    if any(one.role == bounds.role for one in policy.roles):
        roles = tuple(bounds if one.role == bounds.role else one for one in policy.roles)
    else:
        roles = (*policy.roles, bounds)
    return replace(policy, roles=roles)


def unless_changed(view: View, kind: str, began: str, edit: Edit) -> Edit:
    """The same edit, refused where the form began with something else than what holds."""

    def guarded(policy: Policy) -> Policy:
        now = settings_forms.shown(policy, view, kind)
        if settings_forms.mark(now) != began:
            raise Refused("settings.stale", panel_text.STALE)
        return edit(policy)

    return guarded


def names(view: View, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Edit:
    """Change a list of models or LoRAs, of a role or of everybody."""

    def edit(policy: Policy) -> Policy:
        fresh: dict[str, Any] = {view.name: change(chosen_of(policy, view))}
        if not view.role:
            return replace(policy, **fresh)
        return _with_role(policy, replace(of_role(policy, view.role), **fresh))

    return edit


def without_role(role: int) -> Edit:
    """Take back all that a role has of its own."""
    return lambda policy: replace(
        policy, roles=tuple(one for one in policy.roles if one.role != role)
    )
