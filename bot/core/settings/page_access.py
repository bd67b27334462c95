"""Page Who of /settings with models, LoRAs and bounds, for everyone and for roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.drawing.name_match import build_item_key
from bot.core.policy import GuildSettings, RoleBounds
from bot.core.settings import panel_text
from bot.core.settings.panel_text import NAME_MAX
from bot.core.settings.view import WHO_VIEW, PanelState, SettingsView, action_button, build_part_id
from bot.core.text.escape import escape_text, format_plain
from bot.core.ui.card import ButtonStyle, CardButton
from bot.core.ui.layout import (
    OPTIONS_MAX,
    ButtonRow,
    LayoutPart,
    MenuOption,
    SelectKind,
    SelectMenu,
    Separator,
    TextBlock,
)

HOST_VALUE: Final = "host"  # the menu's value for "whatever the host says"
ROLES_SHOWN: Final = 10


def who_parts(seen: PanelState) -> list[LayoutPart]:
    """Build the page."""
    policy, host = seen.policy, seen.host
    parts: list[LayoutPart] = [
        TextBlock(
            f"**Default model:** {_describe_default(seen)}",
            _search_button(seen, WHO_VIEW, seen.models),
        ),
    ]
    if options := _build_default_options(seen):
        hint = "Choose the default model"
        parts.append(
            SelectMenu(build_part_id("pick", WHO_VIEW, "model", seen), hint, options=options)
        )
    parts += [
        TextBlock(
            f"**Models for everyone:** {_format_allowed(policy.models, seen)}",
            action_button("Choose", "go", SettingsView("models"), "", seen),
        ),
        TextBlock(
            f"**LoRAs for everyone:** {_format_allowed(policy.loras, seen)}",
            action_button("Choose", "go", SettingsView("loras"), "", seen),
        ),
        TextBlock(
            f"**At most:** {panel_text.describe_effective_bounds(policy, host)}\n-# "
            f"The host allows up to {panel_text.describe_host_bounds(host)}.",
            action_button("Change", "form", WHO_VIEW, "bounds", seen),
        ),
        Separator(),
        TextBlock(f"**Roles:**{_format_roles(policy.roles)}"),
        SelectMenu(
            build_part_id("pick", WHO_VIEW, "role", seen),
            "Choose a role to give it special rules",
            SelectKind.ROLES,
        ),
    ]
    if policy.roles:
        parts.append(_role_menu(seen))
    return parts


def _role_menu(seen: PanelState) -> SelectMenu:
    """Build the menu of roles with own settings, which is the only one with deleted roles."""
    options = tuple(
        MenuOption(
            str(one.role),
            format_plain(seen.role_names.get(one.role, ""), 90) or f"A deleted role ({one.role})",
            panel_text.describe_role_bounds(one),
        )
        for one in seen.policy.roles[:OPTIONS_MAX]
    )
    return SelectMenu(
        build_part_id("pick", WHO_VIEW, "ruled", seen), "View a role's rules", options=options
    )


def _describe_default(seen: PanelState) -> str:
    name = seen.policy.model
    if not name:
        return "the host's default"
    known = dict(seen.models)
    if name in known:
        return escape_text(known[name], NAME_MAX)
    return f"{escape_text(name, NAME_MAX)} isn't available right now, so the host's default is used"


def _build_default_options(seen: PanelState) -> tuple[MenuOption, ...]:
    """Return the host's model, then matches or the first ones, with the chosen one."""
    chosen, found = seen.policy.model, seen.models
    if seen.search_results:
        found = tuple(one for one in found if one[0] in seen.search_results)
    shown = found[: OPTIONS_MAX - 1]
    if chosen and not seen.search_results and all(name != chosen for name, _ in shown):
        shown = (*(one for one in seen.models if one[0] == chosen), *shown[:-1])
    if not shown:
        return ()
    return (
        MenuOption(HOST_VALUE, "The host's default", chosen=not chosen),
        *(_name_option(name, title, chosen=name == chosen) for name, title in shown),
    )


def _name_option(name: str, title: str, *, chosen: bool = False) -> MenuOption:
    label = format_plain(title or name, 90) or "?"
    return MenuOption(
        build_item_key(name), label, format_plain(name, 90) if name != title else "", chosen
    )


def _format_allowed(chosen: tuple[str, ...], seen: PanelState) -> str:
    return panel_text.format_names(chosen, seen.titles) if chosen else "all"


def _format_roles(roles: tuple[RoleBounds, ...]) -> str:
    if not roles:
        return " no special rules"
    lines = [
        f"- <@&{one.role}>: {panel_text.describe_role_bounds(one) or 'no special rules'}"
        for one in roles[:ROLES_SHOWN]
    ]
    if len(roles) > ROLES_SHOWN:
        lines.append(f"- and {len(roles) - ROLES_SHOWN} more")
    return "\n" + "\n".join(lines)


def find_role_bounds(policy: GuildSettings, role: int) -> RoleBounds:
    """Return a role's bounds, or empty ones."""
    return next((one for one in policy.roles if one.role == role), RoleBounds(role))


def role_parts(seen: PanelState, view: SettingsView) -> list[LayoutPart]:
    """Build the page of one role."""
    own = find_role_bounds(seen.policy, view.role)
    numbers = panel_text.describe_role_bounds(RoleBounds(own.role, *_bound_numbers(own)))
    models, loras = SettingsView("models", view.role), SettingsView("loras", view.role)
    parts: list[LayoutPart] = [
        TextBlock(
            f"**At most:** {numbers or 'same as everyone'}\n-# Everyone: "
            f"{panel_text.describe_effective_bounds(seen.policy, seen.host)}. Members "
            "get the most generous limit of their roles, up to the host's maximum: "
            f"{panel_text.describe_host_bounds(seen.host)}.",
            action_button("Change", "form", view, "bounds", seen),
        ),
        TextBlock(
            f"**Models for this role only:** {_format_own(own.models, seen)}",
            action_button("Choose", "go", models, "", seen),
        ),
        TextBlock(
            f"**LoRAs for this role only:** {_format_own(own.loras, seen)}",
            action_button("Choose", "go", loras, "", seen),
        ),
    ]
    if panel_text.describe_role_bounds(own):
        parts.append(
            ButtonRow(
                (action_button("Reset this role", "set", view, "role=", seen, ButtonStyle.DANGER),)
            ),
        )
    return parts


def _format_own(chosen: tuple[str, ...], seen: PanelState) -> str:
    return panel_text.format_names(chosen, seen.titles) if chosen else "none"


def _bound_numbers(own: RoleBounds) -> tuple[int | None, int | None, float | None]:
    return own.images_max, own.steps_max, own.megapixels_max


def find_chosen(policy: GuildSettings, view: SettingsView) -> tuple[str, ...]:
    """Return the models or LoRAs of a list."""
    of = find_role_bounds(policy, view.role) if view.role else policy
    return of.models if view.name == "models" else of.loras


def list_parts(seen: PanelState, view: SettingsView) -> list[LayoutPart]:
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
    parts: list[LayoutPart] = [TextBlock(f"{said}\n-# {note}", _search_button(seen, view, listed))]
    free = [(name, title) for name, title in listed if name not in chosen]
    if seen.search_results:
        free = [(name, title) for name, title in free if name in seen.search_results]
    if free:
        parts.append(_names_menu(seen, view, "add", f"Add a {one}", free))
    elif seen.search_results:
        parts.append(TextBlock("Everything found is already on the list."))
    elif not listed:
        parts.append(TextBlock(f"SwarmUI has listed no {one}s yet."))
    if chosen:
        sought = [name for name in chosen if name in seen.search_results]
        named = [(name, seen.titles.get(name, name)) for name in sought or chosen]
        parts.append(_names_menu(seen, view, "remove", f"Remove a {one}", named))
        label = "None" if view.role else "All for everyone"
        parts.append(ButtonRow((action_button(label, "set", view, "list=", seen),)))
    return parts


def _names_menu(
    seen: PanelState, view: SettingsView, verb: str, hint: str, shown: Sequence[tuple[str, str]]
) -> SelectMenu:
    options = tuple(_name_option(name, title) for name, title in shown[:OPTIONS_MAX])
    return SelectMenu(
        build_part_id("pick", view, verb, seen), hint, options=options, max_values=len(options)
    )


def _search_button(
    seen: PanelState, view: SettingsView, listed: Sequence[object]
) -> CardButton | None:
    """Build a search button if the menu cannot hold everything."""
    if len(listed) < OPTIONS_MAX:
        return None
    return action_button("Search", "form", view, "search", seen)
