"""Rate limit headers, read the moment an answer arrives.

discord.py holds an answer back while its bucket is empty: the last request of a window returns only
when the next window opens, up to five seconds late. aiohttp's trace sees the answer at once, in the
task that sent it. `EXCHANGE` names the request of that task.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import structlog

from bot.adapters.discord.discord_internals import get_api_base
from bot.adapters.discord.rest.errors import OLD_MESSAGE_CODE
from bot.adapters.discord.rest.rate_limits import HeaderReading, RateLimitRoute
from bot.adapters.discord.rest.request_queue import RequestQueue, RequestSlot

log = structlog.stdlib.get_logger(__name__)
_CHANNEL: Final = re.compile(r"/channels/(\d+)(/.*)?$")
_TOKEN: Final = re.compile(r"/(?:webhooks|interactions)/\d+/([^/]+)(/.*)?$")
_ID: Final = re.compile(r"(?<=/)\d+(?=/|$)")


@dataclass(frozen=True, slots=True)
class DiscordResponse:
    """One answer of Discord, as it came. Error bodies hold Discord's own code."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def body_json(self) -> Any:
        """Return the body's JSON, or None if it has none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def read_field(self, name: str) -> Any:
        """One field of a body that is an object, else None."""
        body = self.body_json()
        return body.get(name) if isinstance(body, dict) else None

    @property
    def error_code(self) -> int:
        """Discord's own code of an error, 0 without one."""
        code = self.read_field("code")
        return code if isinstance(code, int) else 0

    @property
    def retry_after_s(self) -> float:
        """Return the seconds that a 429 asks to wait."""
        try:
            return float(self.read_field("retry_after") or self.headers.get("Retry-After", 5.0))
        except (TypeError, ValueError):
            return 5.0

    @property
    def is_banned(self) -> bool:
        """Return True if a 429 comes from Cloudflare and not from Discord."""
        discords_own = "Via" in self.headers and self.read_field("retry_after") is not None
        return self.status == 429 and not discords_own

    @property
    def is_global(self) -> bool:
        """Return True if a 429 concerns every route."""
        return self.is_banned or bool(self.read_field("global"))


class RequestExchange:
    """One request with its slot and, later, its answer."""

    def __init__(self, turn: RequestSlot) -> None:
        self.turn = turn
        self.answer: asyncio.Future[DiscordResponse] = asyncio.get_running_loop().create_future()


EXCHANGE: ContextVar[RequestExchange | None] = ContextVar("exchange", default=None)


def build_channel_route(method: str, channel: int, rest: str = "/messages/:id") -> RateLimitRoute:
    """Return the rate limit bucket of a request about a channel."""
    return RateLimitRoute(f"{method} /channels{rest}", str(channel))


def build_token_route(method: str, token: str, rest: str = "/messages/:id") -> RateLimitRoute:
    """Return the rate limit bucket of a request with an interaction token."""
    return RateLimitRoute(f"{method} /webhooks{rest}", token, counted=False)


def find_route(method: str, path: str) -> RateLimitRoute:
    """Return the bucket of any request path. Paths without a major id share one per kind."""
    if found := _TOKEN.search(path):
        return build_token_route(method, found[1], _route_shape(found[2]))
    if found := _CHANNEL.search(path):
        return build_channel_route(method, int(found[1]), _route_shape(found[2]))
    return RateLimitRoute(f"{method} {_ID.sub(':id', path)}", "")


def _route_shape(rest: str | None) -> str:
    return _ID.sub(":id", rest or "").replace("@original", ":id")


def read_headers(headers: Mapping[str, str]) -> HeaderReading | None:
    """Parse the rate limit headers, or return None if they are missing or malformed."""
    try:
        return HeaderReading(
            limit=int(headers["X-RateLimit-Limit"]),
            remaining=int(headers["X-RateLimit-Remaining"]),
            reset_after_s=float(headers["X-RateLimit-Reset-After"]),
            bucket=headers.get("X-RateLimit-Bucket", ""),
        )
    except (KeyError, ValueError):
        return None


def trace_config(turns: RequestQueue) -> aiohttp.TraceConfig:
    """Build the trace for `discord.Client(http_trace=…)` that feeds the budget.

    Requests of other code on the same client are counted as well, because they use the same limits.
    Requests to other hosts are ignored.
    """
    trace: aiohttp.TraceConfig = aiohttp.TraceConfig()

    async def start(
        _: aiohttp.ClientSession, seen: SimpleNamespace, params: aiohttp.TraceRequestStartParams
    ) -> None:
        seen.route = None
        base, url = get_api_base(), str(params.url)
        if not url.startswith(base):
            return
        exchange = EXCHANGE.get()
        if exchange is not None and exchange.turn.is_open:
            seen.turn, seen.route = exchange.turn, exchange.turn.route
        else:
            path = url.removeprefix(base).partition("?")[0]
            seen.turn, seen.route = None, find_route(params.method, path)
            seen.sent_at = turns.record_sent(seen.route)

    async def end(
        _: aiohttp.ClientSession, seen: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        if seen.route is None:
            return
        seen.status, seen.headers = params.response.status, params.response.headers
        reading = read_headers(seen.headers)
        if seen.turn is None:
            turns.record_answer(seen.route, seen.sent_at, reading)
        else:
            seen.turn.record_answer(reading)

    async def body(
        _: aiohttp.ClientSession,
        seen: SimpleNamespace,
        params: aiohttp.TraceResponseChunkReceivedParams,
    ) -> None:
        if seen.route is None:
            return
        answer = DiscordResponse(seen.status, seen.headers, params.chunk)
        if answer.status == 429 and answer.error_code != OLD_MESSAGE_CODE:
            wait_s, everywhere = answer.retry_after_s, answer.is_global
            turns.record_refusal(seen.route, wait_s, everywhere=everywhere)
            log.warning("429", kind=seen.route.kind, wait_s=wait_s, everywhere=everywhere)
        exchange = EXCHANGE.get()
        if exchange is not None and not exchange.answer.done():
            exchange.answer.set_result(answer)

    async def failed(
        _: aiohttp.ClientSession, seen: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        if seen.route is not None and seen.turn is None:
            turns.record_unanswered(seen.route)

    trace.on_request_start.append(start)
    trace.on_request_end.append(end)
    trace.on_response_chunk_received.append(body)
    trace.on_request_exception.append(failed)
    return trace
