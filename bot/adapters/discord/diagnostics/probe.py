"""Discord checks for a host who is setting up, each with a result and a fix."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import aiohttp
import discord

from bot.adapters.discord import permissions
from bot.adapters.discord.network_errors import NETWORK_FIX, describe_network_error
from bot.core.check_result import CheckResult


async def check_discord(token: str) -> AsyncGenerator[CheckResult, None]:
    """Check the Discord settings over REST, without going online.

    Discord's answers never raise. `set_discord_urls` selects the server.
    """
    client = discord.Client(intents=discord.Intents(guilds=True))
    async with client:
        try:
            await client.login(token)
        except discord.LoginFailure:
            yield CheckResult(
                "token",
                False,
                "Discord refuses the token.",
                f"Make a new one at {permissions.PORTAL_URL}: your application, Bot, Reset Token.",
            )
            return
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            unknown = f"Discord cannot be reached ({type(error).__name__}).", NETWORK_FIX
            why, fix = describe_network_error(error) or unknown
            yield CheckResult("token", False, why, fix)
            return
        name = client.user.name if client.user is not None else "?"
        yield CheckResult("token", True, f"Logged in as {name}.")
        yield check_intents(client)
        yield await check_guilds(client)


def check_intents(client: discord.Client) -> CheckResult:
    """Was the message-content intent granted? Without it the bot works, but phrases sleep."""
    flags = client.application_flags
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return CheckResult("intent", True, "Message Content is on: trigger phrases work.")
    return CheckResult(
        "intent",
        False,
        permissions.CONTENT_OFF_TEXT,
        permissions.build_content_link(client.application_id),
    )


async def check_guilds(client: discord.Client) -> CheckResult:
    """Is it in a server? The invite link has the exact permissions in it."""
    assert client.application_id is not None
    link = permissions.build_invite_link(client.application_id)
    names = [guild.name async for guild in client.fetch_guilds(limit=200)]
    if not names:
        return CheckResult("server", False, "I'm not in any server yet.", f"Open this: {link}")
    some = ", ".join(names[:3]) + (" …" if names[3:] else "")
    plural = "server" if len(names) == 1 else "servers"
    return CheckResult("server", True, f"In {len(names)} {plural}: {some} · invite: {link}")
