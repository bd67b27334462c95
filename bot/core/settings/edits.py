"""Edits of guild settings as plain functions, for the writing transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from bot.core.errors import Refused
from bot.core.policy import AdultSetting, GuildSettings, PingSetting, RoleBounds, SpoilerSetting
from bot.core.settings import forms as settings_forms
from bot.core.settings import panel_text
from bot.core.settings.page_who import find_chosen, find_role_bounds
from bot.core.settings.view import SettingsView

SettingsEdit: TypeAlias = Callable[[GuildSettings], GuildSettings]


def _parse_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 2**63:
        raise ValueError(f"{text!r} is no id")
    return int(text)


MENU_PARSERS: Final[dict[str, Callable[[tuple[str, ...]], object]]] = {
    "channels": lambda values: tuple(map(_parse_id, values)),
    "log_channel": lambda values: _parse_id(values[0]) if values else 0,
    "ring": lambda values: PingSetting("".join(values)),
    "spoiler": lambda values: SpoilerSetting("".join(values)),
    "adult": lambda values: AdultSetting("".join(values)),
}
"""What a menu's choices are; each raises ValueError for what it does not offer."""


def set_field(name: str, value: object) -> SettingsEdit:
    """Set one field."""
    choices: dict[str, Any] = {name: value}
    return lambda policy: replace(policy, **choices)


def set_bounds(role: int, numbers: Mapping[str, float | None]) -> SettingsEdit:
    """Set the bounds of a role, or (0) of everybody."""
    chosen: dict[str, Any] = dict(numbers)

    def apply_bounds(policy: GuildSettings) -> GuildSettings:
        if not role:
            return replace(policy, **chosen)
        return _replace_role(policy, replace(find_role_bounds(policy, role), **chosen))

    return apply_bounds


def _replace_role(policy: GuildSettings, bounds: RoleBounds) -> GuildSettings:
    by_role = {one.role: one for one in policy.roles} | {bounds.role: bounds}
    return replace(policy, roles=tuple(by_role.values()))


def guard_unchanged(view: SettingsView, kind: str, began: str, edit: SettingsEdit) -> SettingsEdit:
    """Return the edit, refused if the settings changed since the form was opened."""

    def guarded_edit(policy: GuildSettings) -> GuildSettings:
        now = settings_forms.format_current(policy, view, kind)
        if settings_forms.fingerprint_text(now) != began:
            raise Refused("settings.stale", panel_text.STALE_FORM)
        return edit(policy)

    return guarded_edit


def edit_names(
    view: SettingsView, change: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> SettingsEdit:
    """Change a list of models or LoRAs, of a role or of everybody."""

    def apply_names(policy: GuildSettings) -> GuildSettings:
        fresh: dict[str, Any] = {view.name: change(find_chosen(policy, view))}
        if not view.role:
            return replace(policy, **fresh)
        return _replace_role(policy, replace(find_role_bounds(policy, view.role), **fresh))

    return apply_names


def remove_role(role: int) -> SettingsEdit:
    """Take back all that a role has of its own."""
    return lambda old: replace(old, roles=tuple(one for one in old.roles if one.role != role))
