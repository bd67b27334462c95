"""The least that discord.py can be: it logs in, connects, says that it is ready, and waits.

`python tests/bench/bare_bot.py API_BASE GATEWAY_URL`, token in the environment. It keeps as little
as the bot does and waits as briefly for its servers, or the comparison would flatter us.
"""

import asyncio
import os
import sys

import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route


class Bare(commands.AutoShardedBot):
    """Does nothing."""

    async def on_ready(self) -> None:
        """Tell whoever started us."""
        sys.stderr.write("ready\n")
        sys.stderr.flush()


async def main(api_base: str, gateway_url: str) -> None:
    """Run until we are ended."""
    Route.BASE = api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    async with Bare(
        command_prefix=(),
        intents=discord.Intents.default(),
        max_messages=None,
        member_cache_flags=discord.MemberCacheFlags.none(),
        chunk_guilds_at_startup=False,
        guild_ready_timeout=0.05,
    ) as bare:
        await bare.start(os.environ["SWARMBOT_DISCORD__TOKEN"])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
