"""Guilds, their members, roles, channels and threads, to read."""

from typing import Any

from bot.sandbox.discord import views
from bot.sandbox.discord.errors import no
from bot.sandbox.discord.permissions import VIEW
from bot.sandbox.discord.rest.call import Call, Route


def guild(call: Call) -> Any:
    return views.guild(call.world, call.guild())


def channels(call: Call) -> Any:
    here = call.guild().id
    found = [c for c in call.world.channels.values() if c.guild_id == here and not c.is_thread]
    return [views.channel(call.world, c) for c in found if call.bits(c) & VIEW]


def roles(call: Call) -> Any:
    here = call.guild().id
    return [views.role(r) for r in call.world.roles.values() if r.guild_id == here]


def members(call: Call) -> Any:
    here, after = call.guild().id, int(call.query.get("after", "0"))
    limit = call.number("limit", 1, 1, 1000)
    found = [m for (g, _), m in call.world.members.items() if g == here and int(m.user_id) > after]
    found.sort(key=lambda member: int(member.user_id))
    return [views.member(call.world, member) for member in found[:limit]]


def one_member(call: Call) -> Any:
    who = call.params["user_id"]
    user_id = call.world.bot_id if who == "@me" else who
    found = call.world.members.get((call.guild().id, user_id))
    if found is None:
        raise no(10007 if who in call.world.users else 10013)
    return views.member(call.world, found)


def threads(call: Call) -> Any:
    here = call.guild().id
    found = [
        views.channel(call.world, c)
        for c in call.world.channels.values()
        if c.guild_id == here and c.is_thread and not c.archived and call.bits(c) & VIEW
    ]
    return {"threads": found, "members": [], "has_more": False}


ROUTES = (
    Route("GET", "/guilds/{guild_id}", guild),
    Route("GET", "/guilds/{guild_id}/channels", channels),
    Route("GET", "/guilds/{guild_id}/roles", roles),
    Route("GET", "/guilds/{guild_id}/members", members),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", one_member),
    Route("GET", "/guilds/{guild_id}/threads/active", threads),
)
