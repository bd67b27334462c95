"""Checks of the session starts that are left and of a HELLO over Discord's gateway."""

from __future__ import annotations

import asyncio
import json
from typing import Final

import aiohttp
import yarl

from bot.adapters.discord.diagnostics.rest_reader import RestReader, build_network_problem
from bot.adapters.discord.discord_internals import get_gateway_url
from bot.adapters.discord.session_starts import GatewayInfo, parse_gateway_info
from bot.core.check_result import CheckResult
from bot.core.text.format import format_count

HELLO_WITHIN_S: Final = 10.0
HELLO: Final = 10
GATEWAY_FIX: Final = "Let the proxy or firewall pass WebSockets (wss, port 443) to it."


async def fetch_gateway_info(reader: RestReader) -> GatewayInfo:
    """Ask for the gateway. Raises DiscordProblem."""
    return parse_gateway_info(await reader.get("/gateway/bot"))


def check_session_starts(info: GatewayInfo) -> CheckResult:
    """Check that enough starts are left for all shards."""
    left = f"{format_count(info.remaining, 'session start')} left today"
    shards = f"I need {info.shards}, one for each shard"
    if info.remaining >= info.shards:
        return CheckResult("session starts", True, f"{left}; {shards}.")
    hours = info.reset_after_s / 3600
    return CheckResult(
        "session starts",
        False,
        f"{left}, and {shards}. New ones come in {hours:.1f} hours.",
        "Stop the bot until then. Look into its log for why it started so often: Discord resets "
        "the token of a bot that starts more than 1000 times a day.",
    )


async def check_hello(session: aiohttp.ClientSession, info: GatewayInfo) -> CheckResult:
    """Open a WebSocket and wait for HELLO. That is no session start, and nobody sees it."""
    url = yarl.URL(info.url or get_gateway_url()).with_query(v=10, encoding="json")
    where = f"{url.scheme}://{url.host}"
    try:
        async with asyncio.timeout(HELLO_WITHIN_S), session.ws_connect(url) as socket:
            frame = await socket.receive()
            greeting = json.loads(frame.data) if isinstance(frame.data, str) else {}
            if isinstance(greeting, dict) and greeting.get("op") == HELLO:
                return CheckResult("gateway", True, f"The gateway {where} says HELLO.")
            why = "Something else answers there"
    except TimeoutError:
        why = f"Nothing comes within {HELLO_WITHIN_S:.0f} seconds"
    except aiohttp.WSServerHandshakeError as error:
        why = f"The answer to the WebSocket is {error.status}"
    except (aiohttp.ClientError, OSError) as error:
        why = build_network_problem(error).sentence.rstrip(".")
    except ValueError:
        why = "Something else answers there"
    return build_silence_result(where, why)


def build_silence_result(where: str, why: str) -> CheckResult:
    """Return the result for a gateway that says no HELLO."""
    return CheckResult(
        "gateway", False, f"The gateway {where} doesn't say HELLO. {why}.", GATEWAY_FIX
    )
