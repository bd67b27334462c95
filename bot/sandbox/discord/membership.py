"""Who is in a guild: the bot is invited and removed, people are removed and banned.

An outage takes a guild away for a while, and nobody leaves it.
"""

from bot.sandbox.discord import permissions as may
from bot.sandbox.discord import views
from bot.sandbox.discord.errors import Refusal
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Json, Member, Role, User, World
from bot.sandbox.discord.sessions import GUILDS, MEMBERS, MODERATION


def has_bot(world: World, guild_id: str) -> bool:
    return (guild_id, world.bot_id) in world.members


def invite_bot(hub: Hub, guild_id: str) -> None:
    """Add the bot with a role of its own. An invitation has no `unavailable` in its event."""
    world = hub.world
    if has_bot(world, guild_id):
        raise Refusal("the bot is there already")
    name, top = world.users[world.bot_id].username, len(world.roles)
    own = Role(hub.new_id(), guild_id, name, may.INVITE, top, managed=True, bot_id=world.bot_id)
    world.roles[own.id] = own
    world.members[guild_id, world.bot_id] = Member(guild_id, world.bot_id, (own.id,), hub.now())
    seen = views.guild_create(world, world.guilds[guild_id])
    del seen["unavailable"]
    hub.sessions.tell(guild_id, GUILDS, "GUILD_CREATE", seen)
    hub.changed()


def remove(hub: Hub, guild_id: str, user: User, *, banned: bool = False) -> None:
    """Remove somebody. The bot loses its own role with the guild."""
    world = hub.world
    if (guild_id, user.id) not in world.members:
        raise Refusal(f"{user.username} is not there")
    del world.members[guild_id, user.id]
    said: Json = {"guild_id": guild_id, "user": views.user(user)}
    if user.id == world.bot_id:
        own = [r.id for r in world.roles.values() if (r.guild_id, r.bot_id) == (guild_id, user.id)]
        for role_id in own:
            del world.roles[role_id]
        hub.sessions.tell(guild_id, GUILDS, "GUILD_DELETE", {"id": guild_id})
    else:
        if banned:
            hub.sessions.tell(guild_id, MODERATION, "GUILD_BAN_ADD", said)
        hub.sessions.tell(guild_id, MEMBERS, "GUILD_MEMBER_REMOVE", said)
    hub.changed()


def tell_outages(hub: Hub, before: frozenset[str], after: frozenset[str]) -> None:
    """Tell the bot of guilds that an outage takes away, and of those that are back."""
    world = hub.world
    for guild_id in after - before:
        gone = {"id": guild_id, "unavailable": True}
        hub.sessions.tell(guild_id, GUILDS, "GUILD_DELETE", gone)
    for guild_id in before - after:
        if guild_id in world.guilds and has_bot(world, guild_id):
            back = views.guild_create(world, world.guilds[guild_id])
            hub.sessions.tell(guild_id, GUILDS, "GUILD_CREATE", back)
