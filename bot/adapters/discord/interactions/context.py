"""Conversion of Discord objects into the bot's own request values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import discord

from bot.adapters.discord.discord_internals import get_role_ids
from bot.core.drawing.request import RequestContext

BotInteraction: TypeAlias = discord.Interaction[discord.Client]
NEEDED_PERMISSIONS: Final = (
    ("view_channel", "View Channel"),
    ("send_messages", "Send Messages"),
    ("attach_files", "Attach Files"),
    ("embed_links", "Embed Links"),
    ("read_message_history", "Read Message History"),
)
"""(name in discord.py, name that Discord shows), in the order in which a lack of them is told."""
THREAD_PERMISSIONS: Final = ("send_messages_in_threads", "Send Messages in Threads")


def build_context(interaction: BotInteraction) -> RequestContext:
    """Build the request context of an interaction.

    In a direct message `guild` is 0 and there are no roles. Discord sends the bot's own permissions
    in the channel with every interaction, so no cache is asked.
    """
    user, channel = interaction.user, interaction.channel
    in_guild = interaction.guild_id is not None
    rights = interaction.permissions if in_guild else discord.Permissions.none()
    if rights.administrator:
        rights = discord.Permissions.all()
    return RequestContext(
        user=user.id,
        name=user.display_name,
        guild=interaction.guild_id or 0,
        channel=interaction.channel_id or 0,
        channel_name=getattr(channel, "name", None) or "",
        roles=list_role_ids(user),
        can_manage_messages=rights.manage_messages,
        can_moderate_members=rights.moderate_members,
        can_manage_guild=rights.manage_guild,
        age_restricted=_is_age_restricted(channel),
        missing=find_missing_permission(
            interaction.app_permissions, thread=isinstance(channel, discord.Thread)
        )
        if in_guild
        else "",
        parent=_find_parent(channel),
    )


def is_private(interaction: BotInteraction) -> bool:
    """Return True if the message of a button or form is visible only to this person."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def find_requester(message: discord.Message) -> int:
    """Return the user whom one of the bot's messages answers, or 0 if unknown.

    That is the user of the command or button, else the author of the message replied to.
    """
    if message.interaction_metadata is not None:
        return message.interaction_metadata.user.id
    answered = message.reference.resolved if message.reference is not None else None
    if isinstance(answered, discord.Message) and not answered.author.bot:
        return answered.author.id
    return 0


def build_message_context(message: discord.Message) -> RequestContext:
    """Build the request context of a guild message, or raise ValueError for a direct message.

    It has no moderator's rights, because messages only draw.
    """
    guild, channel = message.guild, message.channel
    if guild is None or isinstance(channel, discord.DMChannel | discord.GroupChannel):
        raise ValueError("a direct message has no asker")
    return RequestContext(
        user=message.author.id,
        name=message.author.display_name,
        guild=guild.id,
        channel=channel.id,
        channel_name=getattr(channel, "name", None) or "",
        roles=list_role_ids(message.author),
        age_restricted=_is_age_restricted(channel),
        missing=find_missing_permission(
            _compute_permissions(channel, guild.me), thread=isinstance(channel, discord.Thread)
        ),
        parent=_find_parent(channel),
    )


def find_own_role(guild: discord.Guild | None) -> int:
    """Return the id of the role that Discord made for the bot, or 0 if there is none."""
    role = None if guild is None else guild.self_role
    return 0 if role is None else role.id


def can_reply(message: discord.Message) -> bool:
    """Return True if the bot may answer this message, also when it is unsure."""
    if message.guild is None:
        return True
    rights = _compute_permissions(message.channel, message.guild.me)
    in_thread = isinstance(message.channel, discord.Thread)
    send = rights.send_messages_in_threads if in_thread else rights.send_messages
    return rights.view_channel and send and rights.read_message_history


def can_react(message: discord.Message) -> bool:
    """Return True if the bot may add a reaction to this message."""
    if message.guild is None:
        return True
    rights = _compute_permissions(message.channel, message.guild.me)
    return rights.view_channel and rights.add_reactions and rights.read_message_history


def list_channel_ids(message: discord.Message) -> tuple[int, ...]:
    """List the ids that settings may name for a message's channel, parents included."""
    channel = message.channel
    if isinstance(channel, discord.Thread):
        return (channel.id, channel.parent_id)
    return (channel.id,)


def _find_parent(channel: object) -> int:
    return channel.parent_id if isinstance(channel, discord.Thread) else 0


def _compute_permissions(
    channel: object, member: discord.Member | discord.User
) -> discord.Permissions:
    if not isinstance(member, discord.Member):
        return discord.Permissions.none()
    if isinstance(channel, discord.Thread) and channel.parent is None:
        # A thread reads its rights from its parent, which we may not see: the server's must do.
        return member.guild_permissions
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return channel.permissions_for(member)
    return member.guild_permissions


def list_role_ids(user: discord.Member | discord.User) -> tuple[int, ...]:
    """List the role ids of a member, empty for a user outside the guild."""
    # `Member.roles` leaves out every role that is not in the guild's cache, and with it the limit
    # that a moderator gave to that role: the raw ids of the payload are complete.
    return get_role_ids(user) if isinstance(user, discord.Member) else ()


def _is_age_restricted(channel: object) -> bool:
    if isinstance(
        channel,
        discord.TextChannel
        | discord.VoiceChannel
        | discord.StageChannel
        | discord.ForumChannel
        | discord.Thread,
    ):
        return channel.is_nsfw()
    return False


def find_missing_permission(permissions: discord.Permissions, *, thread: bool = False) -> str:
    """Name the first right that `permissions` lack for a picture to arrive, or "" if none.

    The name is the one that Discord shows to a moderator. In a thread *Send Messages* counts for
    nothing and *Send Messages in Threads* takes its place.
    """
    for name, shown in NEEDED_PERMISSIONS:
        if thread and name == "send_messages":
            name, shown = THREAD_PERMISSIONS
        if not getattr(permissions, name):
            return shown
    return ""


def list_role_names(interaction: BotInteraction) -> Mapping[int, str]:
    """Return the names of the guild's roles by id."""
    guild = interaction.guild
    return {} if guild is None else {role.id: role.name for role in guild.roles}
