"""The page Who of /settings: models, LoRAs and bounds, for everybody and for roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.drawing.name_match import key_of
from bot.core.policy import Policy, RoleBounds
from bot.core.settings import panel_text
from bot.core.settings.panel_text import NAME_MAX
from bot.core.settings.view import WHO, Seen, View, part_id, press
from bot.core.text.escape import echo, plain
from bot.core.ui.card import Button, Style
from bot.core.ui.layout import OPTIONS_MAX, Among, Menu, Option, Part, Row, Rule, Text

HOSTS: Final = "host"  # the menu's value for "whatever the host says"
ROLES_SHOWN: Final = 10


def who(seen: Seen) -> list[Part]:
    """The page itself."""
    policy, host = seen.policy, seen.host
    parts: list[Part] = [
        Text(f"**Default model:** {_default(seen)}", _search(seen, WHO, seen.models)),
    ]
    if options := _default_options(seen):
        hint = "Where nobody names a model"
        parts.append(Menu(part_id("pick", WHO, "model", seen), hint, options=options))
    parts += [
        Text(
            f"**Models for everybody:** {_allowed(policy.models, seen)}",
            press("Choose", "go", View("models"), "", seen),
        ),
        Text(
            f"**LoRAs for everybody:** {_allowed(policy.loras, seen)}",
            press("Choose", "go", View("loras"), "", seen),
        ),
        Text(
            f"**At most:** {panel_text.in_force(policy, host)}\n"
            f"-# The host allows {panel_text.of_host(host)}.",
            press("Change", "form", WHO, "bounds", seen),
        ),
        Rule(),
        Text(f"**Roles:**{_roles(policy.roles)}"),
        Menu(part_id("pick", WHO, "role", seen), "Choose a role to give it more", Among.ROLES),
    ]
    if policy.roles:
        parts.append(_ruled_roles(seen))
    return parts


def _ruled_roles(seen: Seen) -> Menu:
    """Roles with something of their own; a deleted one is in no other menu."""
    options = tuple(
        Option(
            str(one.role),
            plain(seen.role_names.get(one.role, ""), 90) or f"A deleted role ({one.role})",
            panel_text.of_role(one),
        )
        for one in seen.policy.roles[:OPTIONS_MAX]
    )
    return Menu(part_id("pick", WHO, "ruled", seen), "Look at what a role has", options=options)


def _default(seen: Seen) -> str:
    name = seen.policy.model
    if not name:
        return "the host's"
    known = dict(seen.models)
    if name in known:
        return echo(known[name], NAME_MAX)
    return f"{echo(name, NAME_MAX)}, which isn't there now: the host's counts"


def _default_options(seen: Seen) -> tuple[Option, ...]:
    """The host's, then what the search found, else the first ones, with the chosen one."""
    chosen, found = seen.policy.model, seen.models
    if seen.near:
        found = tuple(one for one in found if one[0] in seen.near)
    shown = found[: OPTIONS_MAX - 1]
    if chosen and not seen.near and all(name != chosen for name, _ in shown):
        shown = (*(one for one in seen.models if one[0] == chosen), *shown[:-1])
    if not shown:
        return ()
    return (
        Option(HOSTS, "The host's default", chosen=not chosen),
        *(_option(name, title, chosen=name == chosen) for name, title in shown),
    )


def _option(name: str, title: str, *, chosen: bool = False) -> Option:
    label = plain(title or name, 90) or "?"
    return Option(key_of(name), label, plain(name, 90) if name != title else "", chosen)


def _allowed(chosen: tuple[str, ...], seen: Seen) -> str:
    return panel_text.names(chosen, seen.titles) if chosen else "all"


def _roles(roles: tuple[RoleBounds, ...]) -> str:
    if not roles:
        return " none has anything of its own"
    lines = [
        f"- <@&{one.role}>: {panel_text.of_role(one) or 'nothing of its own'}"
        for one in roles[:ROLES_SHOWN]
    ]
    if len(roles) > ROLES_SHOWN:
        lines.append(f"- and {len(roles) - ROLES_SHOWN} more")
    return "\n" + "\n".join(lines)


def of_role(policy: Policy, role: int) -> RoleBounds:
    """What a role has, or an empty one."""
    return next((one for one in policy.roles if one.role == role), RoleBounds(role))


def role(seen: Seen, view: View) -> list[Part]:
    """What one role has of its own."""
    own = of_role(seen.policy, view.role)
    numbers = panel_text.of_role(RoleBounds(own.role, *_numbers(own)))
    models, loras = View("models", view.role), View("loras", view.role)
    parts: list[Part] = [
        Text(
            f"**At most:** {numbers or 'as everybody'}\n"
            f"-# Everybody: {panel_text.in_force(seen.policy, seen.host)}. "
            "The best of somebody's roles counts, and never more than the host allows: "
            f"{panel_text.of_host(seen.host)}.",
            press("Change", "form", view, "bounds", seen),
        ),
        Text(
            f"**Models for this role alone:** {_own(own.models, seen)}",
            press("Choose", "go", models, "", seen),
        ),
        Text(
            f"**LoRAs for this role alone:** {_own(own.loras, seen)}",
            press("Choose", "go", loras, "", seen),
        ),
    ]
    if panel_text.of_role(own):
        parts.append(
            Row((press("Take it all back", "set", view, "role=", seen, Style.DANGER),)),
        )
    return parts


def _own(chosen: tuple[str, ...], seen: Seen) -> str:
    return panel_text.names(chosen, seen.titles) if chosen else "none"


def _numbers(own: RoleBounds) -> tuple[int | None, int | None, float | None]:
    return own.images_max, own.steps_max, own.megapixels_max


def chosen_of(policy: Policy, view: View) -> tuple[str, ...]:
    """The models or LoRAs that a listing is about."""
    of = of_role(policy, view.role) if view.role else policy
    return of.models if view.name == "models" else of.loras


def listing(seen: Seen, view: View) -> list[Part]:
    """What is allowed, with a menu to add to it and one to take away."""
    listed = seen.models if view.name == "models" else seen.loras
    chosen = chosen_of(seen.policy, view)
    one = "model" if view.name == "models" else "LoRA"
    if view.role:
        said = f"This role alone may also use: {_own(chosen, seen)}."
        note = f"A {one} that is named for a role is shut for everybody else."
    else:
        said = f"Everybody may use: {_allowed(chosen, seen)}."
        note = f"The first {one} that you add shuts all others."
    parts: list[Part] = [Text(f"{said}\n-# {note}", _search(seen, view, listed))]
    free = [(name, title) for name, title in listed if name not in chosen]
    if seen.near:
        free = [(name, title) for name, title in free if name in seen.near]
    if free:
        parts.append(_several(seen, view, "add", f"Add a {one}", free))
    elif seen.near:
        parts.append(Text("All that was found is on the list already."))
    elif not listed:
        parts.append(Text(f"The drawing computer has shown me no {one} yet."))
    if chosen:
        sought = [name for name in chosen if name in seen.near]
        named = [(name, seen.titles.get(name, name)) for name in sought or chosen]
        parts.append(_several(seen, view, "remove", f"Take a {one} away", named))
        label = "None" if view.role else "All for everybody"
        parts.append(Row((press(label, "set", view, "list=", seen),)))
    return parts


def _several(
    seen: Seen, view: View, verb: str, hint: str, shown: Sequence[tuple[str, str]]
) -> Menu:
    options = tuple(_option(name, title) for name, title in shown[:OPTIONS_MAX])
    return Menu(part_id("pick", view, verb, seen), hint, options=options, most=len(options))


def _search(seen: Seen, view: View, listed: Sequence[object]) -> Button | None:
    """Where a menu cannot hold all."""
    if len(listed) < OPTIONS_MAX:
        return None
    return press("Search", "form", view, "search", seen)
