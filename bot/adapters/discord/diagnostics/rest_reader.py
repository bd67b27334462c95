"""Reader of Discord's REST API for a host who is setting up.

discord.py repeats a failed request for half a minute, and raises what it likes at an answer that is
no JSON. Here each request is sent once, or twice where Discord says how long to wait, and whatever
comes back is an answer or a `DiscordProblem`.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import aiohttp

from bot.adapters.discord.discord_internals import get_api_base
from bot.adapters.discord.network_errors import NETWORK_FIX, describe_network_error
from bot.adapters.discord.permissions import PORTAL_URL

USER_AGENT: Final = "DiscordBot (swarmui-discord-bot, 1.0)"
TIMEOUT_S: Final = 15.0
PACE_S: Final = 0.04
"""Seconds between two requests. Discord allows a bot 50 in a second."""
WAIT_MAX_S: Final = 10.0
TOKEN_FIX: Final = f"Make a new one at {PORTAL_URL}: your application, Bot, Reset Token."
OUTAGE_FIX: Final = "Try again in a few minutes. https://discordstatus.com tells of outages."
READ_FIX: Final = (
    "Look for a proxy or a firewall that answers in Discord's place, and leave `discord.api_base` "
    "out of config.toml."
)


class DiscordProblem(Exception):
    """Unexpected answer of Discord. `sentence` and `fix` are for the host."""

    def __init__(self, sentence: str, fix: str, *, status: int = 0, code: int = 0) -> None:
        super().__init__(sentence)
        self.sentence, self.fix = sentence, fix
        self.status, self.code = status, code


class RestReader:
    """GET requests with the bot's token, one after the other."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        token: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session, self._sleep = session, sleep
        self._headers = {"Authorization": f"Bot {token}", "User-Agent": USER_AGENT}
        self.date: datetime | None = None
        """Discord's clock at the last answer."""

    async def get(self, path: str, **query: str | int) -> Any:
        """Return the JSON of an answer. Raises DiscordProblem."""
        await self._sleep(PACE_S)
        status, headers, text = await self._request(path, query)
        if status == 429:
            pause_s = _read_pause(headers, text)
            if pause_s > WAIT_MAX_S:
                raise DiscordProblem(
                    f"Discord asks me to wait {pause_s:.0f} seconds (429).",
                    "Stop other programs that use this token, and check again after that time.",
                    status=429,
                )
            await self._sleep(pause_s)
            status, headers, text = await self._request(path, query)
        body = _parse_json(text)
        if status == 200 and isinstance(body, dict | list):
            return body
        raise build_problem(path, status, body)

    async def _request(self, path: str, query: dict[str, str | int]) -> tuple[int, Any, str]:
        try:
            async with self._session.get(
                get_api_base() + path,
                params=query,
                headers=self._headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as answer:
                self.date = _read_date(answer.headers.get("Date"))
                return answer.status, answer.headers, await answer.text(errors="replace")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise build_network_problem(error) from error


def build_network_problem(error: BaseException) -> DiscordProblem:
    """Describe a connection that failed, without its address."""
    unknown = f"Discord cannot be reached ({type(error).__name__}).", NETWORK_FIX
    return DiscordProblem(*(describe_network_error(error) or unknown))


def build_problem(path: str, status: int, body: Any) -> DiscordProblem:
    """Describe an answer that is of no use. `body` is its JSON, or None."""
    code, said = 0, ""
    if isinstance(body, dict):
        code = body["code"] if isinstance(body.get("code"), int) else 0
        said = f": {str(body.get('message'))[:200]}" if body.get("message") else ""
    if status == 401:
        sentence, fix = "Discord refuses the token.", TOKEN_FIX
    elif status == 429 or status >= 500:
        sentence, fix = f"Discord is not well: it answers {status} to GET {path}.", OUTAGE_FIX
    elif body is None or status < 400:
        sentence, fix = f"Something else answers in Discord's place ({status}).", READ_FIX
    else:
        where = f"{status}, {code}" if code else str(status)
        sentence, fix = f"Discord refuses GET {path} ({where}{said}).", OUTAGE_FIX
    return DiscordProblem(sentence, fix, status=status, code=code)


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _read_pause(headers: Any, text: str) -> float:
    body = _parse_json(text)
    said = body.get("retry_after") if isinstance(body, dict) else None
    try:
        return max(0.0, float(said if said is not None else headers["Retry-After"]))
    except (KeyError, TypeError, ValueError):
        return WAIT_MAX_S


def _read_date(text: str | None) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
