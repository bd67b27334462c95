"""Page Who of /settings with models, LoRAs and bounds, for everyone and for roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.core.drawing.name_match import build_item_key
from bot.core.policy import GuildSettings, RoleBounds
from bot.core.settings import panel_text
from bot.core.settings.panel_text import TITLE_SHOWN
from bot.core.settings.view import WHO_VIEW, PanelState, SettingsView
from bot.core.text.escape import escape_text, format_plain
from bot.core.text.format import list_first
from bot.core.ui import layout as ui
from bot.core.ui.card import ButtonStyle, CardButton

HOST_VALUE: Final = "host"  # the menu's value for "whatever the host says"
ROLES_SHOWN: Final = 10


def who_parts(seen: PanelState) -> list[ui.LayoutPart]:
    """Build the page."""
    policy, host = seen.policy, seen.host
    models, loras = (_choose_button(seen, name) for name in ("models", "loras"))
    search = _search_button(seen, WHO_VIEW, len(seen.models))
    default = ui.TextBlock(f"**Default model:** {_describe_default(seen)}", search)
    parts: list[ui.LayoutPart] = [default]
    if options := _build_default_options(seen):
        hint = "Choose the default model"
        parts.append(ui.SelectMenu(seen.part_id("pick", WHO_VIEW, "model"), hint, options=options))
    hint = "Choose a role to give it special rules"
    parts += [
        ui.TextBlock(f"**Models for everyone:** {_format_allowed(policy.models, seen)}", models),
        ui.TextBlock(f"**LoRAs for everyone:** {_format_allowed(policy.loras, seen)}", loras),
        ui.TextBlock(
            f"**At most:** {panel_text.describe_effective_bounds(policy, host)}\n-# "
            f"The host allows up to {panel_text.describe_host_bounds(host)}.",
            seen.button("Change", "form", WHO_VIEW, "bounds"),
        ),
        ui.Separator(),
        ui.TextBlock(f"**Roles:**{_format_roles(policy.roles)}"),
        ui.SelectMenu(seen.part_id("pick", WHO_VIEW, "role"), hint, ui.SelectKind.ROLES),
    ]
    if policy.roles:
        parts.append(_role_menu(seen))
    return parts


def _choose_button(seen: PanelState, name: str, role: int = 0) -> CardButton:
    return seen.button("Choose", "go", SettingsView(name, role))


def _role_menu(seen: PanelState) -> ui.SelectMenu:
    """Build the menu of roles with own settings, which is the only one with deleted roles."""
    roles = seen.policy.roles[: ui.OPTIONS_MAX]
    names = (format_plain(seen.role_names.get(one.role, ""), 90) for one in roles)
    options = tuple(
        ui.MenuOption(
            str(own.role),
            name or f"A deleted role ({own.role})",
            panel_text.describe_role_bounds(own),
        )
        for own, name in zip(roles, names, strict=True)
    )
    hint = "View a role's rules"
    return ui.SelectMenu(seen.part_id("pick", WHO_VIEW, "ruled"), hint, options=options)


def _describe_default(seen: PanelState) -> str:
    name = seen.policy.model
    if not name:
        return "the host's default"
    known = dict(seen.models)
    if name in known:
        return escape_text(known[name], TITLE_SHOWN)
    return f"{escape_text(name, TITLE_SHOWN)} isn't available now, so the host's default is used"


def _build_default_options(seen: PanelState) -> tuple[ui.MenuOption, ...]:
    """Return the host's model, then matches or the first ones, with the chosen one."""
    chosen, found = seen.policy.model, seen.models
    if seen.search_results:
        found = tuple(one for one in found if one[0] in seen.search_results)
    shown = found[: ui.OPTIONS_MAX - 1]
    if chosen and not seen.search_results and all(name != chosen for name, _ in shown):
        shown = (*(one for one in seen.models if one[0] == chosen), *shown[:-1])
    if not shown:
        return ()
    return (
        ui.MenuOption(HOST_VALUE, "The host's default", chosen=not chosen),
        *(_name_option(name, title, chosen=name == chosen) for name, title in shown),
    )


def _name_option(name: str, title: str, *, chosen: bool = False) -> ui.MenuOption:
    label = format_plain(title or name, 90) or "?"
    file = format_plain(name, 90) if name != title else ""
    return ui.MenuOption(build_item_key(name), label, file, chosen)


def _format_allowed(chosen: tuple[str, ...], seen: PanelState) -> str:
    return panel_text.format_names(chosen, seen.titles) if chosen else "all"


def _format_roles(roles: tuple[RoleBounds, ...]) -> str:
    if not roles:
        return " no special rules"

    def format_role(own: RoleBounds) -> str:
        return f"- <@&{own.role}>: {panel_text.describe_role_bounds(own) or 'no special rules'}"

    return "\n" + "\n".join(list_first(roles, ROLES_SHOWN, format_role, "- and {} more"))


def find_role_bounds(policy: GuildSettings, role: int) -> RoleBounds:
    """Return a role's bounds, or empty ones."""
    return next((one for one in policy.roles if one.role == role), RoleBounds(role))


def role_parts(seen: PanelState, view: SettingsView) -> list[ui.LayoutPart]:
    """Build the page of one role."""
    own = find_role_bounds(seen.policy, view.role)
    numbers = panel_text.describe_role_bounds(replace(own, models=(), loras=()))
    models, loras = (_choose_button(seen, name, view.role) for name in ("models", "loras"))
    parts: list[ui.LayoutPart] = [
        ui.TextBlock(
            f"**At most:** {numbers or 'same as everyone'}\n-# Everyone: "
            f"{panel_text.describe_effective_bounds(seen.policy, seen.host)}. Members "
            "get the most generous limit of their roles, up to the host's maximum: "
            f"{panel_text.describe_host_bounds(seen.host)}.",
            seen.button("Change", "form", view, "bounds"),
        ),
        ui.TextBlock(f"**Models for this role only:** {_format_own(own.models, seen)}", models),
        ui.TextBlock(f"**LoRAs for this role only:** {_format_own(own.loras, seen)}", loras),
    ]
    if panel_text.describe_role_bounds(own):
        reset = seen.button("Reset this role", "set", view, "role=", ButtonStyle.DANGER)
        parts.append(ui.ButtonRow((reset,)))
    return parts


def _format_own(chosen: tuple[str, ...], seen: PanelState) -> str:
    return panel_text.format_names(chosen, seen.titles) if chosen else "none"


def find_chosen(policy: GuildSettings, view: SettingsView) -> tuple[str, ...]:
    """Return the models or LoRAs of a list."""
    of = find_role_bounds(policy, view.role) if view.role else policy
    return of.models if view.name == "models" else of.loras


def list_parts(seen: PanelState, view: SettingsView) -> list[ui.LayoutPart]:
    """Build the page of a list with menus to add and remove."""
    listed = seen.models if view.name == "models" else seen.loras
    chosen = find_chosen(seen.policy, view)
    one = "model" if view.name == "models" else "LoRA"
    if view.role:
        said = f"For this role only: {_format_own(chosen, seen)}."
        note = f"Only this role can use the {one}s listed here."
    else:
        said = f"Everyone can use: {_format_allowed(chosen, seen)}."
        note = f"Adding a {one} limits everyone to this list."
    search = _search_button(seen, view, len(listed))
    parts: list[ui.LayoutPart] = [ui.TextBlock(f"{said}\n-# {note}", search)]
    free = [(name, title) for name, title in listed if name not in chosen]
    if seen.search_results:
        free = [(name, title) for name, title in free if name in seen.search_results]
    if free:
        parts.append(_names_menu(seen, view, "add", f"Add a {one}", free))
    elif seen.search_results:
        parts.append(ui.TextBlock("Everything found is already on the list."))
    elif not listed:
        parts.append(ui.TextBlock(f"SwarmUI has listed no {one}s yet."))
    if chosen:
        sought = [name for name in chosen if name in seen.search_results]
        named = [(name, seen.titles.get(name, name)) for name in sought or chosen]
        parts.append(_names_menu(seen, view, "remove", f"Remove a {one}", named))
        label = "None" if view.role else "All for everyone"
        parts.append(ui.ButtonRow((seen.button(label, "set", view, "list="),)))
    return parts


def _names_menu(
    seen: PanelState, view: SettingsView, verb: str, hint: str, shown: Sequence[tuple[str, str]]
) -> ui.SelectMenu:
    options = tuple(_name_option(name, title) for name, title in shown[: ui.OPTIONS_MAX])
    target = seen.part_id("pick", view, verb)
    return ui.SelectMenu(target, hint, options=options, max_values=len(options))


def _search_button(seen: PanelState, view: SettingsView, count: int) -> CardButton | None:
    return None if count < ui.OPTIONS_MAX else seen.button("Search", "form", view, "search")
