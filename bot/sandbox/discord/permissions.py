"""Who may do what where: Discord's bits, and the order in which roles and overwrites speak."""

from typing import Final

from bot.sandbox.discord.model import Channel, World

CREATE_INVITE: Final = 1 << 0
KICK: Final = 1 << 1
BAN: Final = 1 << 2
ADMINISTRATOR: Final = 1 << 3
MANAGE_CHANNELS: Final = 1 << 4
MANAGE_GUILD: Final = 1 << 5
ADD_REACTIONS: Final = 1 << 6
VIEW: Final = 1 << 10
SEND: Final = 1 << 11
MANAGE_MESSAGES: Final = 1 << 13
EMBED_LINKS: Final = 1 << 14
ATTACH_FILES: Final = 1 << 15
READ_HISTORY: Final = 1 << 16
MENTION_EVERYONE: Final = 1 << 17
EXTERNAL_EMOJIS: Final = 1 << 18
CHANGE_NICKNAME: Final = 1 << 26
MANAGE_ROLES: Final = 1 << 28
USE_COMMANDS: Final = 1 << 31
MANAGE_THREADS: Final = 1 << 34
CREATE_THREADS: Final = 1 << 35
SEND_IN_THREADS: Final = 1 << 38
MODERATE_MEMBERS: Final = 1 << 40
ALL: Final = (1 << 53) - 1

# What a new server gives to everybody, and what an invite of a picture bot asks for.
EVERYONE: Final = (
    CREATE_INVITE | ADD_REACTIONS | VIEW | SEND | EMBED_LINKS | ATTACH_FILES | READ_HISTORY
    | MENTION_EVERYONE | EXTERNAL_EMOJIS | CHANGE_NICKNAME | USE_COMMANDS | CREATE_THREADS
    | SEND_IN_THREADS
)  # fmt: skip
INVITE: Final = (
    VIEW | SEND | EMBED_LINKS | ATTACH_FILES | READ_HISTORY | ADD_REACTIONS | SEND_IN_THREADS
)
MODERATOR: Final = MANAGE_GUILD | MANAGE_MESSAGES | MODERATE_MEMBERS
# What a channel's overwrites neither give nor take: audit log, insights, nicknames, expressions
# and monetization have no names here.
GUILD_ONLY: Final = (
    KICK | BAN | ADMINISTRATOR | MANAGE_GUILD | 1 << 7 | 1 << 19 | CHANGE_NICKNAME | 1 << 27
    | 1 << 30 | MODERATE_MEMBERS | 1 << 41 | 1 << 43
)  # fmt: skip
IN_DM: Final = (
    ADD_REACTIONS | VIEW | SEND | EMBED_LINKS | ATTACH_FILES | READ_HISTORY | EXTERNAL_EMOJIS
    | USE_COMMANDS
)  # fmt: skip

# What an interaction in a DM says that the bot may do there.
APP_IN_DM: Final = ATTACH_FILES | EMBED_LINKS | MENTION_EVERYONE | EXTERNAL_EMOJIS


def permissions_in(world: World, user_id: str, channel: Channel) -> int:
    """Return a person's permission bits in a channel. A thread asks its parent.

    In a DM its two people have `IN_DM`, anybody else nothing.
    """
    if channel.guild_id is None:
        inside = user_id in (channel.recipient_id, world.bot_id)
        return IN_DM if inside else 0
    member = world.members.get((channel.guild_id, user_id))
    if member is None:
        return 0
    if world.guilds[channel.guild_id].owner_id == user_id:
        return ALL
    bits = world.roles[channel.guild_id].permissions
    for role_id in member.roles:
        bits |= world.roles[role_id].permissions
    if bits & ADMINISTRATOR:
        return ALL
    place = (
        world.channels[channel.parent_id] if channel.is_thread and channel.parent_id else channel
    )
    guild_bits = bits & GUILD_ONLY
    spoken = {overwrite.id: overwrite for overwrite in place.overwrites}
    if everyone := spoken.get(channel.guild_id):
        bits = bits & ~everyone.deny | everyone.allow
    roles = [spoken[role_id] for role_id in member.roles if role_id in spoken]
    for overwrite in roles:
        bits &= ~overwrite.deny
    for overwrite in roles:
        bits |= overwrite.allow
    if own := spoken.get(user_id):
        bits = bits & ~own.deny | own.allow
    return bits & ~GUILD_ONLY | guild_bits if bits & VIEW else 0


def may_speak(bits: int, channel: Channel) -> bool:
    """Threads have a bit of their own for speaking."""
    return bool(bits & (SEND_IN_THREADS if channel.is_thread else SEND))
