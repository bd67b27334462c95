"""Channels of a guild in which the bot may write, from the cached guild."""

from __future__ import annotations

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


def find_first_channel(guild: discord.Guild) -> int:
    """Return the channel for a message to everybody, or 0.

    The system channel goes first, then those in which everybody may view and write. Age-restricted,
    announcement and rules channels are never taken.
    """
    places = [
        place
        for place in guild.text_channels
        if _is_for_talk(guild, place) and not describe_missing_right(guild, place)
    ]
    best = min(places, key=lambda place: _rank_channel(guild, place), default=None)
    return 0 if best is None else best.id


def _is_for_talk(guild: discord.Guild, place: discord.TextChannel) -> bool:
    official = (guild.rules_channel, guild.public_updates_channel, guild.safety_alerts_channel)
    return not (place.is_nsfw() or place.is_news() or place in official)


def _rank_channel(guild: discord.Guild, place: discord.TextChannel) -> int:
    if place == guild.system_channel:
        return 0
    rights = place.permissions_for(guild.default_role)
    return 1 if rights.view_channel and rights.send_messages else 2


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
