"""Channels of a guild in which the bot may write, from the cached guild."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import discord

from bot.adapters.discord.interactions.context import BotInteraction

WritableChannel: TypeAlias = discord.abc.GuildChannel | discord.Thread


def describe_missing_right(guild: discord.Guild, place: WritableChannel) -> str:
    """Return the first permission that the bot lacks to write there, or ""."""
    in_thread = isinstance(place, discord.Thread | discord.ForumChannel)  # a forum has only those
    if isinstance(place, discord.Thread) and place.parent is None:
        return "View Channel"  # whose rights are those of a parent that we do not see
    rights = place.permissions_for(guild.me)
    if not rights.view_channel:
        return "View Channel"
    if in_thread and not rights.send_messages_in_threads:
        return "Send Messages in Threads"
    if not in_thread and not rights.send_messages:
        return "Send Messages"
    return ""


def find_chosen_channel(interaction: BotInteraction, channel: int) -> tuple[str, str]:
    """Return a channel's name and the permission the bot lacks there, or "".

    A thread that is not cached is judged by its parent, which Discord sends with the choice.
    """
    guild = interaction.guild
    data: Any = interaction.data or {}
    sent = data.get("resolved", {}).get("channels", {}).get(str(channel), {})
    name = str(sent.get("name") or "")
    if guild is None:
        return name, "View Channel"
    if (place := guild.get_channel_or_thread(channel)) is not None:
        return place.name, describe_missing_right(guild, place)
    parent = guild.get_channel(int(sent.get("parent_id") or 0))
    if parent is None:
        return name, "View Channel"
    rights = parent.permissions_for(guild.me)
    if not rights.view_channel:
        return name, "View Channel"
    return name, "" if rights.send_messages_in_threads else "Send Messages in Threads"


def find_guild_channel(client: discord.Client, guild: int) -> int:
    """Find the first writable channel of a guild, or 0 for an unknown guild."""
    known = client.get_guild(guild)
    return 0 if known is None else find_first_channel(known)


def find_first_channel(guild: discord.Guild) -> int:
    """Return the system channel or the first writable text channel, or 0."""
    return next(
        (place.id for place in _sort_channels(guild) if not describe_missing_right(guild, place)), 0
    )


def _sort_channels(guild: discord.Guild) -> Iterator[discord.TextChannel]:
    if guild.system_channel is not None:
        yield guild.system_channel
    yield from guild.text_channels


class OwnChannels:
    """Which channels are of an interaction's server, and their names."""

    def __init__(self, interaction: BotInteraction) -> None:
        self._guild = interaction.guild

    def __call__(self, channel: int) -> bool:
        return self._guild is not None and self._guild.get_channel_or_thread(channel) is not None

    def name(self, channel: int) -> str:
        """Its name with the sign, or its id where it is not there any more."""
        found = None if self._guild is None else self._guild.get_channel_or_thread(channel)
        return f"channel {channel}" if found is None else f"#{found.name}"


def _can_delete(rights: discord.Permissions) -> bool:
    return rights.manage_messages or rights.administrator


class DeletableChannels:
    """Check of the channels in which a member may delete other members' messages."""

    def __init__(self, interaction: BotInteraction) -> None:
        self._interaction = interaction

    async def __call__(self, channel: int) -> bool:
        """Return True for *Manage Messages* there, False also for an unknown channel."""
        interaction, member = self._interaction, self._interaction.user
        guild = interaction.guild
        if guild is None or not isinstance(member, discord.Member):
            return False
        if channel == interaction.channel_id:
            return _can_delete(interaction.permissions)
        place = guild.get_channel_or_thread(channel) or await self._fetch_channel(channel)
        if not isinstance(place, WritableChannel) or place.guild.id != guild.id:
            return False
        if not isinstance(place, discord.Thread):
            return _can_delete(place.permissions_for(member))
        if place.parent is None:
            return False
        rights = place.parent.permissions_for(member)
        return _can_delete(rights) and (rights.manage_threads or not place.is_private())

    async def _fetch_channel(self, channel: int) -> object:
        """Fetch what is not cached, such as an archived thread."""
        try:
            return await self._interaction.client.fetch_channel(channel)
        except discord.DiscordException:
            return None
