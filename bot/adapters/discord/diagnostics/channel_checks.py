"""Check of the bot's permissions in the channels that are in use, asked over REST."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import discord

from bot.adapters.discord.channels import WritableChannel, describe_missing_right
from bot.adapters.discord.diagnostics.rest_reader import DiscordProblem, RestReader
from bot.adapters.discord.discord_internals import build_guild
from bot.adapters.discord.interactions.context import find_missing_permission
from bot.core.check_result import ChannelUse, CheckResult, UsedChannel
from bot.core.text.format import format_count

CHANNELS_MAX: Final = 25
CATEGORY: Final = 4
THREADS: Final = (10, 11, 12)
CHANNEL_ID_FIX: Final = (
    "In Discord: Settings, Advanced, Developer Mode; then right-click the channel, Copy Channel ID."
)
HIDDEN_FIX: Final = (
    "Invite me into its server, or allow View Channel for my role: Edit Channel, Permissions."
)
UNKNOWN_CHANNEL, MISSING_ACCESS = 10003, 50001


@dataclass(slots=True)
class _Seen:
    """Answers of Discord about channels so far. None is a channel that the bot may not see."""

    channels: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    guilds: dict[int, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)


async def check_channels(
    reader: RestReader, me: dict[str, Any], used: Sequence[UsedChannel]
) -> Sequence[CheckResult]:
    """Check each channel once for each of its uses. Raises DiscordProblem."""
    if not used:
        return (CheckResult("channels", True, "No channel is in use yet."),)
    some = dict.fromkeys(one.channel for one in used)
    asked = list(some)[:CHANNELS_MAX]
    seen, bad = _Seen(), []
    for one in dict.fromkeys(used):
        if one.channel in asked and (result := await _check_channel(reader, me, one, seen)):
            bad.append(result)
    if bad:
        return bad
    part = "" if len(asked) == len(some) else f" (I looked at {len(asked)} of {len(some)})"
    count = format_count(len(asked), "channel")
    return (CheckResult("channels", True, f"I may write in {count} in use{part}."),)


async def _check_channel(
    reader: RestReader, me: dict[str, Any], used: UsedChannel, seen: _Seen
) -> CheckResult | None:
    """Return what is wrong there, or None."""
    why = f"`{used.setting}`" if used.setting else used.use.value
    try:
        data = await _fetch_channel(reader, used.channel, seen)
    except DiscordProblem as problem:
        if problem.code != UNKNOWN_CHANNEL:
            raise
        if used.setting:
            return _build_result(f"There is no channel {used.channel} ({why}).", CHANNEL_ID_FIX)
        if used.use is ChannelUse.LOG:
            fix = "A moderator can choose another in /settings."
            return _build_result(f"A server's log channel ({used.channel}) is gone.", fix)
        return None  # deleted since then
    if data is None:
        text = f"I may not see channel {used.channel} ({why})."
        return _build_result(text, HIDDEN_FIX)
    if "guild_id" not in data:
        return _build_result(f"{used.channel} is no channel of a server ({why}).", CHANNEL_ID_FIX)
    if data["type"] == CATEGORY:
        fix = "Name the channels in it one by one."
        return _build_result(f"{data.get('name')} is a category ({why}).", fix)
    guild = await _build_guild(reader, me, data, seen)
    place = guild.get_channel_or_thread(used.channel)
    if not isinstance(place, WritableChannel):
        return None  # of a kind that discord.py does not know
    missing = _find_missing(guild, place, used.use)
    if not missing:
        return None
    return build_missing_result(missing, f"#{place.name} of {guild.name}", why)


def _find_missing(guild: discord.Guild, place: WritableChannel, use: ChannelUse) -> str:
    if use is ChannelUse.LOG or (isinstance(place, discord.Thread) and place.parent is None):
        return describe_missing_right(guild, place)
    is_thread = isinstance(place, discord.Thread | discord.ForumChannel)
    return find_missing_permission(place.permissions_for(guild.me), thread=is_thread)


async def _fetch_channel(reader: RestReader, channel: int, seen: _Seen) -> dict[str, Any] | None:
    """Return a channel, or None if the bot may not see it."""
    if channel not in seen.channels:
        try:
            seen.channels[channel] = await reader.get(f"/channels/{channel}")
        except DiscordProblem as problem:
            if problem.code != MISSING_ACCESS:
                raise
            seen.channels[channel] = None
    return seen.channels[channel]


async def _build_guild(
    reader: RestReader, me: dict[str, Any], data: dict[str, Any], seen: _Seen
) -> discord.Guild:
    """Build the guild with this channel, a thread's parent, the roles and the bot's member."""
    number = int(data["guild_id"])
    if number not in seen.guilds:
        guild = await reader.get(f"/guilds/{number}")
        seen.guilds[number] = guild, await reader.get(f"/guilds/{number}/members/{me['id']}")
    channels: Iterable[dict[str, Any] | None] = (data,)
    threads: tuple[dict[str, Any], ...] = ()
    if data["type"] in THREADS:
        channels = (await _fetch_channel(reader, int(data["parent_id"]), seen),)
        threads = (data,)
    guild, member = seen.guilds[number]
    more = {"channels": [one for one in channels if one], "threads": list(threads)}
    return build_guild(me, {**guild, "members": [member], **more})


def build_missing_result(missing: str, place: str, why: str) -> CheckResult:
    """Return the result for a missing permission."""
    fix = f"Allow {missing} for my role there: Edit Channel, Permissions."
    return _build_result(f"I lack {missing} in {place} ({why}).", fix)


def _build_result(text: str, fix: str) -> CheckResult:
    return CheckResult("channels", False, text, fix)
