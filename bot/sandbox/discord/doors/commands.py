"""Slash commands and context menus, with what Discord's client would not let pass."""

import math
from typing import Any

from bot.sandbox.discord import attach, integrations, interacting, messageviews, views
from bot.sandbox.discord.doors import fields
from bot.sandbox.discord.errors import Malformed, Refusal
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.membership import has_bot
from bot.sandbox.discord.model import Channel, Interaction, Json, User
from bot.sandbox.discord.permissions import USE_COMMANDS, permissions_in

STRING_MOST = 6000
WHOLE_MOST = 2**53


def offered(hub: Hub, user: User, place: Channel, kind: int, name: str) -> Json:
    """Return the registered command, or raise Refusal if it is not offered to this person here."""
    bits = permissions_in(hub.world, user.id, place)
    if not bits & USE_COMMANDS:
        raise Refusal(f"{user.username} may not use commands here")
    if place.guild_id and not has_bot(hub.world, place.guild_id):
        raise Refusal("the bot is not in this server")
    if place.guild_id in hub.world.without_commands:
        raise Refusal("the bot was invited here without applications.commands")
    for command in hub.world.commands.values():
        local = command.get("guild_id")
        if (command["type"], command["name"]) != (kind, name) or local not in (
            None,
            place.guild_id,
        ):
            continue
        if not _in_context(command, place):
            raise Refusal(f"{name!r} is not offered in this kind of channel")
        if command["nsfw"] and not place.nsfw:
            raise Refusal(f"{name!r} is for age-restricted channels")
        if not integrations.allows(hub.world, command, user.id, place):
            raise Refusal(f"{user.username} lacks the permissions for {name!r}")
        return command
    raise Refusal(f"there is no command {name!r}")


def _in_context(command: Json, place: Channel) -> bool:
    contexts = command.get("contexts")
    if contexts is not None:
        return (0 if place.guild_id else 1) in contexts
    return bool(place.guild_id) or command.get("dm_permission", True)


def command(hub: Hub, user: User, form: Json, focus: str | None = None) -> Interaction:
    """Use a slash command; with `focus` its autocomplete, where required options may be missing."""
    place = fields.channel(hub, form, user)
    words, given = fields.text(form, "name").split(), dict(fields.mapping(form, "options"))
    if not words:
        raise Malformed("`name` is empty")
    found = offered(hub, user, place, 1, words[0])
    specs = found.get("options") or []
    path: list[Json] = []
    for word in words[1:]:
        step = next((o for o in specs if o["name"] == word and o["type"] in (1, 2)), None)
        if step is None:
            raise Refusal(f"{' '.join(words)!r} is no command")
        path.append(step)
        specs = step.get("options") or []
    if any(spec["type"] in (1, 2) for spec in specs):
        raise Refusal(f"{' '.join(words)!r} needs a subcommand")
    if focus is not None:
        given[focus] = form.get("value", "")
    resolved: Json = {}
    options = _options(hub, user, place, specs, given, focus, resolved)
    for step in reversed(path):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    data: Json = {"id": found["id"], "name": found["name"], "type": 1, "options": options}
    if resolved:
        data["resolved"] = resolved
    if found.get("guild_id"):
        data["guild_id"] = found["guild_id"]
    kind = 2 if focus is None else 4
    return interacting.begin(hub, interacting.Act(user, place, kind, data, " ".join(words)))


def menu(hub: Hub, user: User, form: Json) -> Interaction:
    """Use a context menu of a message or a person."""
    name = fields.text(form, "name")
    resolved: Json = {}
    if "message" in form:
        target = fields.message(hub, form, user)
        place = hub.world.channels[target.channel_id]
        if target.viewer is not None:
            raise Refusal("private answers have no context menu")
        seen = messageviews.message(hub.world, hub.links, target, hub.world.bot_id)
        kind, target_id = 3, target.id
        resolved["messages"] = {target.id: seen}
    else:
        whom = _user(hub, form.get("user"))
        first = next(c for c in hub.world.channels.values() if c.guild_id)
        place = fields.channel(hub, {"channel": first.id} | form, user)
        kind, target_id = 2, whom.id
        resolve_user(hub, place, whom, resolved)
    found = offered(hub, user, place, kind, name)
    data: Json = {"id": found["id"], "name": name, "type": kind, "target_id": target_id}
    data["resolved"] = resolved
    return interacting.begin(hub, interacting.Act(user, place, 2, data, name, menu=True))


def _options(
    hub: Hub,
    user: User,
    place: Channel,
    specs: list[Json],
    given: Json,
    focus: str | None,
    resolved: Json,
) -> list[Json]:
    known = {spec["name"]: spec for spec in specs}
    for name in given:
        if name not in known:
            raise Refusal(f"there is no option {name!r}")
    if focus is not None and not known[focus].get("autocomplete"):
        raise Refusal(f"{focus!r} has no autocomplete")
    options = []
    for name, spec in known.items():
        if given.get(name) is None:
            if spec.get("required") and focus is None:
                raise Refusal(f"the option {name!r} is required")
            continue
        option: Json = {"name": name, "type": spec["type"]}
        if name == focus:
            options.append(option | {"value": str(given[name]), "focused": True})
        else:
            value = _value(hub, user, place, spec, given[name], resolved)
            options.append(option | {"value": value})
    return options


def _value(
    hub: Hub, user: User, place: Channel, spec: Json, value: Any, resolved: Json
) -> str | int | float | bool:
    """Return what the client would send for this option, or raise Refusal if it would not."""
    name, kind = spec["name"], spec["type"]
    wrong = Refusal(f"{name!r} cannot be {value!r}")
    if kind in (6, 7, 8, 9, 11):
        return _entity(hub, place, spec, value, resolved)
    if kind == 3:
        if not isinstance(value, str):
            raise wrong
        low, high = spec.get("min_length") or 0, spec.get("max_length") or STRING_MOST
        if not value or not low <= len(value) <= high:
            raise Refusal(f"{name!r} must have {max(low, 1)} to {high} characters")
    elif kind == 5:
        if not isinstance(value, bool):
            raise wrong
    else:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise wrong
        if kind == 4 and not whole:
            raise wrong
        low, high = spec.get("min_value"), spec.get("max_value")
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = " and ".join(
                f"at {word} {bound}"
                for word, bound in (("least", low), ("most", high))
                if bound is not None
            )
            raise Refusal(f"{name!r} must be {bounds}")
        if abs(value) > WHOLE_MOST:
            raise wrong
        value = int(value) if kind == 4 else value
    choices = [choice["value"] for choice in spec.get("choices") or []]
    if choices and value not in choices:
        raise wrong
    fit: str | int | float | bool = value
    return fit


def _entity(hub: Hub, place: Channel, spec: Json, value: Any, resolved: Json) -> str:
    kind, world, key = spec["type"], hub.world, str(value)
    if kind == 11:
        return resolve_file(hub, place, value, resolved)
    if kind in (6, 9) and any(key in (u.id, u.username) for u in world.users.values()):
        return resolve_user(hub, place, _user(hub, key), resolved)
    if kind in (8, 9) and key in world.roles:
        resolved.setdefault("roles", {})[key] = views.role(world.roles[key])
        return key
    if kind == 7 and key in world.channels:
        channel = world.channels[key]
        if spec.get("channel_types") and channel.type not in spec["channel_types"]:
            raise Refusal(f"{spec['name']!r} takes another kind of channel")
        seen = views.partial_channel(world, channel, world.bot_id)
        resolved.setdefault("channels", {})[key] = seen
        return key
    raise Refusal(f"{spec['name']!r} cannot be {value!r}")


def resolve_file(hub: Hub, place: Channel, raw: Any, resolved: Json) -> str:
    file = attach.keep(hub, place.id, fields.upload(raw), {})
    seen = messageviews.attachment(file, hub.links) | {"ephemeral": True}
    resolved.setdefault("attachments", {})[file.id] = seen
    return file.id


def resolve_user(hub: Hub, place: Channel, whom: User, resolved: Json) -> str:
    resolved.setdefault("users", {})[whom.id] = views.user(whom)
    if place.guild_id and (member := hub.world.members.get((place.guild_id, whom.id))):
        seen = views.member(hub.world, member, with_user=False)
        seen["permissions"] = str(permissions_in(hub.world, whom.id, place))
        for key in ("mute", "deaf"):
            del seen[key]
        resolved.setdefault("members", {})[whom.id] = seen
    return whom.id


def _user(hub: Hub, who: Any) -> User:
    for user in hub.world.users.values():
        if str(who) in (user.id, user.username):
            return user
    raise Refusal(f"there is nobody {who!r}")
