"""Server Settings → Integrations: overrides of who may use which command, and where.

A command's own overrides win over those of the whole application. The channel decides first, then
the person, their roles and @everyone, and at last `default_member_permissions` by the rights that
the person has in this very channel. The allow of the whole application replaces no such right.
"""

from typing import Final

from bot.sandbox.discord.errors import Malformed
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Channel, Json, World
from bot.sandbox.discord.permissions import ADMINISTRATOR, permissions_in

ROLE, USER, CHANNEL = 1, 2, 3
OVERRIDES_MOST: Final = 100


def allows(world: World, command: Json, user_id: str, place: Channel) -> bool:
    """Return True if this person may use the command in this channel. A DM asks nobody."""
    guild_id = place.guild_id
    if guild_id is None:
        return True
    bits = permissions_in(world, user_id, place)
    if bits & ADMINISTRATOR:
        return True
    own = _by_target(world, guild_id, command["id"])
    general = _by_target(world, guild_id, world.application_id)
    if _first(_in_channel(own, place), _in_channel(general, place)) is False:
        return False
    roles = world.members[guild_id, user_id].roles
    if (said := _for_person(own, guild_id, user_id, roles)) is not None:
        return said
    if _for_person(general, guild_id, user_id, roles) is False:
        return False
    needed = command["default_member_permissions"]
    if needed is None:
        return True
    wanted = int(needed) or ADMINISTRATOR
    return bits & wanted == wanted


def _by_target(world: World, guild_id: str, target: str) -> dict[tuple[int, str], bool]:
    rows = world.overrides.get((guild_id, target), [])
    return {(row["type"], row["id"]): row["permission"] for row in rows}


def _first(*said: bool | None) -> bool | None:
    return next((one for one in said if one is not None), None)


def _in_channel(said: dict[tuple[int, str], bool], place: Channel) -> bool | None:
    """Look a channel up, a thread by its parent. The guild's id minus one is all channels."""
    here = place.parent_id if place.is_thread and place.parent_id else place.id
    everywhere = str(int(place.guild_id or "1") - 1)
    return _first(said.get((CHANNEL, here)), said.get((CHANNEL, everywhere)))


def _for_person(
    said: dict[tuple[int, str], bool], guild_id: str, user_id: str, roles: tuple[str, ...]
) -> bool | None:
    own = [said[ROLE, role] for role in roles if (ROLE, role) in said]
    return _first(said.get((USER, user_id)), any(own) if own else None, said.get((ROLE, guild_id)))


def view(world: World, guild_id: str, target: str) -> Json:
    """Return the overrides of one command, or of the application, as Discord sends them."""
    return {
        "id": target,
        "application_id": world.application_id,
        "guild_id": guild_id,
        "permissions": world.overrides.get((guild_id, target), []),
    }


def override(hub: Hub, guild_id: str, target: str, rows: list[Json]) -> None:
    """Replace the overrides of one command, or of the application, and tell the bot."""
    for row in rows:
        known = isinstance(row, dict) and row.keys() == {"id", "type", "permission"}
        if not known or row["type"] not in (ROLE, USER, CHANNEL):
            raise Malformed(
                "an override has `id`, `type` (1 role, 2 user, 3 channel), `permission`"
            )
        if not str(row["id"]).isdigit() or not isinstance(row["permission"], bool):
            raise Malformed("`id` is a number in a string, `permission` true or false")
    if len(rows) > OVERRIDES_MOST:
        raise Malformed(f"at most {OVERRIDES_MOST} overrides")
    world = hub.world
    world.overrides.pop((guild_id, target), None)
    if rows:
        world.overrides[guild_id, target] = [row | {"id": str(row["id"])} for row in rows]
    said = view(world, guild_id, target)
    hub.sessions.tell(guild_id, 0, "APPLICATION_COMMAND_PERMISSIONS_UPDATE", said)
    hub.changed()
