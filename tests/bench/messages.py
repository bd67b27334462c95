"""A message that triggers nothing: what it costs beside a client whose `on_message` is empty.

Both take the gateway's frames, uncompressed, as they come from the socket; there is none.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import discord
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.adapters.discord.client import SwarmBot
from bot.core.ids import JobId
from bot.core.policy import DEFAULT_SETTINGS
from bot.flow.drawing.requests import DrawingRequests
from bot.flow.jobs.completion_ping import CompletionPing
from bot.flow.runtime.context import HostSettings
from bot.flow.triggers.cooldown import MessageCooldowns
from bot.flow.triggers.registry import TriggerRegistry
from cogs.trigger_messages import TriggerMessagesCog
from tests.bench.report import Result, Row
from tests.bench.scale import Scale
from tests.bench.talk import CONTENTS, PHRASES

BAR = 1.05
GUILDS = 1_000
ME = 42
BORN = datetime(2026, 1, 1, tzinfo=UTC)


async def measure(scale: Scale, folder: Path) -> Result:
    """Frames in turns: a batch to one client, the same batch to the other."""
    frames = _frames(scale.of(4_000, 500))
    empty, studio = await _bare(), await _studio()
    sockets = {"bare": _socket(empty), "bot": _socket(studio)}
    took: dict[str, list[float]] = {name: [] for name in sockets}
    for _ in range(scale.of(15, 3)):
        for name, socket in sockets.items():
            took[name].append(await _feed(socket, frames) / len(frames) * 1e6)
    bare, mine = median(took["bare"]), median(took["bot"])
    alone = await _cog_alone(studio, frames)
    return Result(
        (
            Row(
                f"message that triggers nothing, {GUILDS:,} servers x {len(PHRASES)} phrases",
                f"{bare:.1f} µs (empty on_message)",
                f"{mine:.1f} µs",
                mine / bare,
                limit=BAR,
            ),
        ),
        (
            f"message: of the {mine - bare:.1f} µs on top, the trigger cog's own lines take"
            f" {alone:.1f} µs",
        ),
    )


def _frames(count: int) -> list[str]:
    return [
        json.dumps({"op": 0, "s": n, "t": "MESSAGE_CREATE", "d": _message(n)}) for n in range(count)
    ]


def _message(number: int) -> dict[str, Any]:
    guild = 1_000 + number % GUILDS
    sent = (BORN + timedelta(seconds=number)).isoformat()
    return {
        "id": str(10_000_000 + number),
        "channel_id": str(100_000 + guild),
        "guild_id": str(guild),
        "type": 0,
        "content": CONTENTS[number % len(CONTENTS)],
        "author": _user(500_000 + number % 5_000, f"person{number % 5_000}"),
        "member": {"roles": [str(guild), "77"], "joined_at": sent, "deaf": False, "mute": False,
                   "flags": 0, "nick": None, "avatar": None, "premium_since": None,
                   "pending": False, "communication_disabled_until": None},
        "timestamp": sent,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": 0,
        "nonce": str(number),
    }  # fmt: skip


def _user(user: int, name: str, *, bot: bool = False) -> dict[str, Any]:
    return {"id": str(user), "username": name, "global_name": name.title(), "avatar": None,
            "discriminator": "0", "public_flags": 0, "bot": bot}  # fmt: skip


def _guild(guild: int) -> dict[str, Any]:
    joined = BORN.isoformat()
    return {
        "id": str(guild),
        "name": f"server {guild}",
        "owner_id": "1",
        "member_count": 500,
        "roles": [{"id": str(guild), "name": "@everyone", "permissions": "104324673", "color": 0,
                   "position": 0, "hoist": False, "managed": False, "mentionable": False}],
        "channels": [{"id": str(100_000 + guild), "type": 0, "name": "talk", "position": 0,
                      "permission_overwrites": []}],
        "members": [{"user": _user(ME, "bot", bot=True), "roles": [], "joined_at": joined,
                     "deaf": False, "mute": False, "flags": 0}],
        "emojis": [], "stickers": [], "features": [], "threads": [], "voice_states": [],
        "presences": [], "verification_level": 0, "default_message_notifications": 0,
        "explicit_content_filter": 0, "mfa_level": 0, "premium_tier": 0, "nsfw_level": 0,
        "preferred_locale": "en-US", "afk_timeout": 300, "system_channel_flags": 0,
    }  # fmt: skip


class _Empty(commands.AutoShardedBot):
    async def on_message(self, message: discord.Message, /) -> None:
        pass


async def _bare() -> commands.AutoShardedBot:
    client = _Empty(
        command_prefix=(),
        intents=discord.Intents.default(),
        max_messages=None,
        member_cache_flags=discord.MemberCacheFlags.none(),
        chunk_guilds_at_startup=False,
        shard_count=1,
    )
    return await _settled(client)


async def _studio() -> SwarmBot:
    async def nothing(*_: Any) -> None:
        return None

    bell = CompletionPing(HostSettings(), lambda _: DEFAULT_SETTINGS)
    for number in range(10):
        bell.track(JobId(f"job{number}"), 101_000 + number)
    nobody: Any = None
    channels = frozenset(101_000 + n for n in range(GUILDS))
    words = TriggerRegistry(nobody, nobody, PHRASES, channels, lambda: BORN)
    ports: Any = SimpleNamespace(stores=None, spool=None)
    desk = DrawingRequests(
        nobody, nobody, bell, nobody, nobody, nobody, nobody, nobody, nobody, ports, nobody
    )
    client = SwarmBot(lambda: "", shard_count=1)
    client.install_cogs(list, nothing)
    await client.add_cog(TriggerMessagesCog(words, desk, nobody, nobody, MessageCooldowns()))
    return await _settled(client)


async def _settled(client: Any) -> Any:
    """As if it were connected: it knows its loop, itself and its servers."""
    await client._async_setup_hook()
    state = client._connection
    me: Any = _user(ME, "bot", bot=True)
    state.user = discord.ClientUser(state=state, data=me)
    for number in range(GUILDS):
        state._add_guild_from_data(_guild(1_000 + number))
    return client


def _socket(client: discord.Client) -> DiscordWebSocket:
    nowhere: Any = None
    socket = DiscordWebSocket(nowhere, loop=asyncio.get_running_loop())
    socket._dispatch = client.dispatch
    socket._discord_parsers = client._connection.parsers
    socket.shard_id = 0
    return socket


async def _feed(socket: DiscordWebSocket, frames: Iterable[str]) -> float:
    gc.collect()
    began = time.perf_counter()
    for frame in frames:
        await socket.received_message(frame)
        await asyncio.sleep(0)  # the listeners' tasks run here, whole
    return time.perf_counter() - began


async def _cog_alone(studio: SwarmBot, frames: Iterable[str]) -> float:
    """Microseconds that the cog's own listener takes, without its task."""
    (cog,) = (cog for cog in studio.cogs.values() if isinstance(cog, TriggerMessagesCog))
    state = studio._connection
    messages = []
    for frame in frames:
        data = json.loads(frame)["d"]
        channel, _ = state._get_guild_channel(data)
        messages.append(discord.Message(state=state, channel=channel, data=data))
    began = time.perf_counter()
    for message in messages:
        await cog.handle_message(message)
    return (time.perf_counter() - began) / len(messages) * 1e6
