"""Acts of those who set up a server: overwrites, *Integrations*, who is in it."""

from dataclasses import replace
from typing import Any

from bot.sandbox.discord import integrations, membership, views
from bot.sandbox.discord.doors import fields
from bot.sandbox.discord.errors import Malformed, Refusal
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Json, Overwrite, User
from bot.sandbox.discord.permissions import BAN, KICK, MANAGE_GUILD, MANAGE_ROLES, permissions_in


async def overwrite(hub: Hub, user: User, form: Json) -> Json:
    """Give and take rights of a role or person in a channel; nothing of both removes them."""
    place, world = fields.channel(hub, form, user), hub.world
    if place.guild_id is None or not permissions_in(world, user.id, place) & MANAGE_ROLES:
        raise Refusal(f"{user.username} may not change the rights of this channel")
    target = str(form.get("for"))
    person = next((u.id for u in world.users.values() if target in (u.id, u.username)), None)
    if person is None and target not in world.roles:
        raise Refusal(f"there is nobody {target!r}")
    allow, deny = (_bits(form.get(name, 0)) for name in ("allow", "deny"))
    rule = Overwrite(person or target, 0 if person is None else 1, allow, deny)
    others = tuple(one for one in place.overwrites if one.id != rule.id)
    rules = (*others, rule) if allow or deny else others
    world.channels[place.id] = replace(place, overwrites=rules)
    seen = views.channel(world, world.channels[place.id])
    hub.sessions.tell(place.guild_id, 1, "CHANNEL_UPDATE", seen)
    hub.changed()
    return {}


async def integration(hub: Hub, user: User, form: Json) -> Json:
    """Set the overrides of a command by its `name`, or without one of the whole application."""
    place, world = fields.channel(hub, form, user), hub.world
    wanted = MANAGE_GUILD | MANAGE_ROLES
    if place.guild_id is None or permissions_in(world, user.id, place) & wanted != wanted:
        raise Refusal(f"{user.username} may not change Integrations")
    target = world.application_id
    if name := form.get("name"):
        found = (c["id"] for c in world.commands.values() if c["name"] == name)
        if (known := next(found, None)) is None:
            raise Refusal(f"there is no command {name!r}")
        target = known
    rows = form.get("permissions")
    if not isinstance(rows, list):
        raise Malformed("`permissions` must be a list")
    integrations.override(hub, place.guild_id, target, rows)
    return {}


async def invite(hub: Hub, user: User, form: Json) -> Json:
    """Invite the bot into the server of `channel`."""
    membership.invite_bot(hub, _guild_of(hub, user, form, MANAGE_GUILD))
    return {}


async def leave(hub: Hub, user: User, form: Json) -> Json:
    """Leave the server of `channel`. Without the members intent the bot hears nothing of it."""
    membership.remove(hub, _guild_of(hub, user, form, 0), user)
    return {}


async def kick(hub: Hub, user: User, form: Json) -> Json:
    """Remove the bot or a person (`user`) from the server of `channel`."""
    membership.remove(hub, _guild_of(hub, user, form, KICK), _anybody(hub, form))
    return {}


async def ban(hub: Hub, user: User, form: Json) -> Json:
    """As `kick`, for good."""
    membership.remove(hub, _guild_of(hub, user, form, BAN), _anybody(hub, form), banned=True)
    return {}


def _guild_of(hub: Hub, user: User, form: Json, needs: int) -> str:
    guild_id = fields.channel(hub, form, user, needs).guild_id
    if guild_id is None:
        raise Malformed("`channel` must be in a server")
    return guild_id


def _anybody(hub: Hub, form: Json) -> User:
    who = fields.text(form, "user")
    found = (u for u in hub.world.users.values() if who in (u.id, u.username))
    if (user := next(found, None)) is None:
        raise Malformed(f"there is nobody {who!r}")
    return user


def _bits(value: Any) -> int:
    if isinstance(value, bool) or not str(value).isdigit():
        raise Malformed("`allow` and `deny` are numbers")
    return int(value)
