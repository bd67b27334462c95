"""The world of a first start: one guild, its channels, three people and the bot."""

import base64
import secrets

from bot.sandbox.discord import permissions as may
from bot.sandbox.discord.model import (
    DM,
    TEXT,
    THREAD,
    Channel,
    Guild,
    Member,
    Overwrite,
    Role,
    User,
    World,
)
from bot.sandbox.discord.snowflakes import Snowflakes, made_at


def fresh_world(new_id: Snowflakes) -> World:
    """Create a world with a token in the shape of Discord's."""
    bot_id = new_id()
    world = World(_token(bot_id), secrets.token_hex(16), bot_id, bot_id)
    guild_id = new_id()
    _people(world, guild_id, new_id)
    _channels(world, guild_id, new_id)
    return world


def _token(bot_id: str) -> str:
    """Three parts like Discord's: the id in base64, a time, a secret."""
    head = base64.b64encode(bot_id.encode()).decode().rstrip("=")
    return f"{head}.{secrets.token_hex(3)}.{secrets.token_urlsafe(28)}"


def _people(world: World, guild_id: str, new_id: Snowflakes) -> None:
    artists, moderators, own = (
        Role(new_id(), guild_id, "Artists", 0, 1, 0x9B59B6, mentionable=True),
        Role(new_id(), guild_id, "Moderators", may.MODERATOR, 2, 0x3498DB),
        Role(new_id(), guild_id, "swarmbot", may.INVITE, 3, managed=True, bot_id=world.bot_id),
    )
    everyone = Role(guild_id, guild_id, "@everyone", may.EVERYONE)
    world.roles = {role.id: role for role in (everyone, artists, moderators, own)}
    mia, theo, mona = (User(new_id(), name, name.capitalize()) for name in ("mia", "theo", "mona"))
    bot = User(world.bot_id, "swarmbot", None, bot=True)
    host = User(new_id(), "host", "Host")
    world.users = {user.id: user for user in (mia, theo, mona, bot, host)}
    joined = made_at(guild_id)
    for user, roles in (
        (mia, ()),
        (theo, (artists.id,)),
        (mona, (moderators.id,)),
        (bot, (own.id,)),
        (host, ()),
    ):
        world.members[guild_id, user.id] = Member(guild_id, user.id, roles, joined)
    world.guilds[guild_id] = Guild(guild_id, "Sandbox", host.id)


def _channels(world: World, guild_id: str, new_id: Snowflakes) -> None:
    silent = may.SEND | may.ATTACH_FILES | may.SEND_IN_THREADS
    general, imagine, after_dark, locked = (
        Channel(new_id(), TEXT, name, guild_id, place, nsfw=name == "after-dark", overwrites=rules)
        for place, (name, rules) in enumerate(
            (
                ("general", ()),
                ("imagine", ()),
                ("after-dark", ()),
                ("locked", (Overwrite(world.bot_id, 1, deny=silent),)),
            )
        )
    )
    thread = Channel(
        new_id(),
        THREAD,
        "fox thread",
        guild_id,
        parent_id=imagine.id,
        owner_id=_named(world, "mia"),
    )
    for channel in (general, imagine, after_dark, locked, thread):
        world.channels[channel.id] = channel
    for name in ("mia", "theo", "mona"):
        dm = Channel(new_id(), DM, recipient_id=_named(world, name))
        world.channels[dm.id] = dm
    guild = world.guilds[guild_id]
    world.guilds[guild_id] = Guild(guild.id, guild.name, guild.owner_id, general.id)


def _named(world: World, name: str) -> str:
    return next(user.id for user in world.users.values() if user.username == name)
