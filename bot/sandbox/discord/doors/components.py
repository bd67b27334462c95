"""Buttons, selects and modals, with what Discord's client would not let pass."""

from dataclasses import replace
from typing import Any

from bot.sandbox.discord import answers, interacting, parts, views
from bot.sandbox.discord.doors import commands, fields
from bot.sandbox.discord.errors import Malformed, Refusal
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Channel, Interaction, Json, User


def component(hub: Hub, user: User, form: Json) -> Interaction:
    message = fields.message(hub, form, user)
    place = hub.world.channels[message.channel_id]
    wanted = fields.text(form, "custom_id")
    found = next((p for p in parts.walk(message.components) if p.get("custom_id") == wanted), None)
    if found is None:
        raise Refusal(f"the message has no component {wanted!r}")
    if found.get("disabled"):
        raise Refusal(f"{wanted!r} is disabled")
    data: Json = {"custom_id": wanted, "component_type": found["type"], "id": found["id"]}
    if found["type"] != 2:
        resolved: Json = {}
        values = form.get("values")
        if not isinstance(values, list):
            raise Malformed("`values` must be a list")
        data["values"] = _chosen(hub, place, found, values, resolved)
        if resolved:
            data["resolved"] = resolved
    act = interacting.Act(user, place, 3, data, source=message)
    return interacting.begin(hub, act)


def _chosen(hub: Hub, place: Channel, spec: Json, values: list[Any], resolved: Json) -> list[str]:
    least, most = spec.get("min_values", 1), spec.get("max_values", 1)
    if not least <= len(values) <= most:
        raise Refusal(f"choose {least} to {most}")
    if spec["type"] == 3:
        allowed = {option["value"] for option in spec["options"]}
        if not set(values) <= allowed or len(set(values)) != len(values):
            raise Refusal(f"there is no such choice: {values!r}")
        return [str(value) for value in values]
    return [_entity(hub, place, spec, str(value), resolved) for value in values]


def _entity(hub: Hub, place: Channel, spec: Json, key: str, resolved: Json) -> str:
    world, kind = hub.world, spec["type"]
    if kind in (5, 7) and key in world.users:
        return commands.resolve_user(hub, place, world.users[key], resolved)
    if kind in (6, 7) and key in world.roles:
        resolved.setdefault("roles", {})[key] = views.role(world.roles[key])
        return key
    if kind == 8 and key in world.channels:
        seen = views.partial_channel(world, world.channels[key], world.bot_id)
        resolved.setdefault("channels", {})[key] = seen
        return key
    raise Refusal(f"there is no such choice: {key!r}")


def modal(hub: Hub, user: User, form: Json) -> Interaction:
    """Send off an open modal; it closes. Fields left out keep what the modal had in them."""
    opener = hub.world.interactions.get(fields.text(form, "modal"))
    if opener is None or not opener.modal_open or opener.user_id != user.id or not opener.modal:
        raise Refusal("no such modal is open")
    given = dict(fields.mapping(form, "fields"))
    place = hub.world.channels[opener.channel_id]
    resolved: Json = {}
    filled = [_filled(hub, place, part, given, resolved) for part in opener.modal["components"]]
    if given:
        raise Refusal(f"the modal has no field {next(iter(given))!r}")
    data: Json = {"custom_id": opener.modal["custom_id"], "components": filled}
    if resolved:
        data["resolved"] = resolved
    answers.store(hub, replace(opener, modal_open=False))
    source = hub.world.message(opener.source_id)
    return interacting.begin(
        hub, interacting.Act(user, place, 5, data, source=source, opener_id=opener.id)
    )


def _filled(hub: Hub, place: Channel, part: Json, given: Json, resolved: Json) -> Json:
    seen: Json = {"type": part["type"], "id": part["id"]}
    if part["type"] == 1:
        inner = [_filled(hub, place, each, given, resolved) for each in part["components"]]
        return seen | {"components": inner}
    if part["type"] == 18:
        return seen | {"component": _filled(hub, place, part["component"], given, resolved)}
    if part["type"] == 10:
        return seen
    name = part["custom_id"]
    seen["custom_id"] = name
    value = given.pop(name, None)
    if part["type"] == 4:
        return seen | {"value": _typed(part, value)}
    if part["type"] == 23:
        return seen | {"value": bool(part.get("default") if value is None else value)}
    if part["type"] == 21:
        chosen = _several(hub, place, part, [] if value is None else [value], resolved)
        return seen | {"value": chosen[0] if chosen else None}
    values = value if isinstance(value, list) else [] if value is None else [value]
    return seen | {"values": _several(hub, place, part, values, resolved)}


def _required(part: Json) -> bool:
    """Return True unless a modal's field says otherwise. Null means "not said"."""
    return part.get("required") is not False


def _typed(part: Json, value: Any) -> str:
    text = part.get("value") or "" if value is None else value
    if not isinstance(text, str):
        raise Malformed(f"{part['custom_id']!r} must be text")
    low, high = part.get("min_length") or 0, part.get("max_length") or 4000
    if not text and _required(part):
        raise Refusal(f"{part['custom_id']!r} is required")
    if len(text) > high or (text and len(text) < low):
        raise Refusal(f"{part['custom_id']!r} must have {low} to {high} characters")
    return text


def _several(hub: Hub, place: Channel, part: Json, values: list[Any], resolved: Json) -> list[str]:
    name, kind = part["custom_id"], part["type"]
    options = part.get("options") or []
    if not values:
        values = [option["value"] for option in options if option.get("default")]
    if not values:
        if _required(part):
            raise Refusal(f"{name!r} is required")
        return []
    least, most = part.get("min_values"), part.get("max_values")
    least = (0 if kind == 22 else 1) if least is None else least
    most = (len(options) if kind == 22 else 1) if most is None else most
    if not least <= len(values) <= most:
        raise Refusal(f"choose {least} to {most} of {name!r}")
    if kind == 19:
        return [commands.resolve_file(hub, place, raw, resolved) for raw in values]
    if kind in (3, 21, 22):
        if not {str(v) for v in values} <= {option["value"] for option in options}:
            raise Refusal(f"there is no such choice of {name!r}: {values!r}")
        return [str(value) for value in values]
    return [_entity(hub, place, part, str(value), resolved) for value in values]
