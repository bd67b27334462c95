"""Sending of one request through discord.py, with its slot, answer and retries.

A request waits for its slot, is built at that moment, and ends when Discord has answered. What
discord.py then waits for inside the call runs on in the background.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import discord

from bot.adapters.discord.rest.errors import compute_retry_delay, to_message_error, translate_errors
from bot.adapters.discord.rest.rate_limit_headers import EXCHANGE, DiscordResponse, RequestExchange
from bot.adapters.discord.rest.rate_limits import RateLimitRoute
from bot.adapters.discord.rest.request_queue import RequestQueue, RequestSlot
from bot.core.errors import DiscordUnavailable, MessageError

SEND_TIMEOUT_S: Final = 30.0
SLOWEST_UPLOAD_RATE: Final = 50_000  # bytes a second, on top of that patience
THROTTLED_MAX: Final = 5
Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """Payload of one try. `size` is the bytes of its files."""

    send: Callable[[], Coroutine[Any, Any, Json]]
    size: int = 0


BuildRequest: TypeAlias = Callable[[], OutgoingRequest | None]


class _ThrottledError(Exception):
    """A 429 despite the budget. The request is built and sent again later."""


class RequestSender:
    """Sends for one client. Nothing but BoardErrors comes out of it."""

    def __init__(self, client: discord.Client, turns: RequestQueue) -> None:
        self._client = client
        self._turns = turns
        self._calls: set[asyncio.Task[Json]] = set()

    async def send_request(
        self,
        route: RateLimitRoute,
        make: BuildRequest,
        *,
        message: int | None = None,
        final: bool = True,
        by_token: bool = False,
    ) -> Json:
        """Wait, build, send and retry, or None if there was nothing to send."""
        attempt = throttled = 0
        while (turn := await self._turns.wait_for_slot(route, message, final=final)) is not None:
            try:
                return await self._send_once(turn, make, by_token)
            except _ThrottledError:
                throttled += 1
                if throttled >= THROTTLED_MAX:
                    raise DiscordUnavailable("too many requests, again and again") from None
            except DiscordUnavailable as error:
                pause_s = compute_retry_delay(error, attempt, final=final)
                if pause_s is None:
                    raise
                attempt += 1
                await asyncio.sleep(pause_s)
        return None

    async def close(self) -> None:
        """Cancel all requests in progress."""
        calls = tuple(self._calls)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _send_once(self, turn: RequestSlot, make: BuildRequest, by_token: bool) -> Json:
        try:
            request = self._build_request(make)
        except BaseException:
            _was_not_sent(turn)
            raise
        if request is None:
            _was_not_sent(turn)
            return None
        return await self._exchange_request(turn, request, by_token)

    def _build_request(self, make: BuildRequest) -> OutgoingRequest | None:
        if not self._wait_connected():
            raise DiscordUnavailable("not connected to Discord")
        return make()

    async def _exchange_request(
        self, turn: RequestSlot, request: OutgoingRequest, by_token: bool
    ) -> Json:
        exchange = RequestExchange(turn)
        call = asyncio.create_task(_in_exchange(exchange, request), name=f"{turn.route!r}")
        self._calls.add(call)
        call.add_done_callback(self._check_open)
        try:
            data = await self._read_outcome(exchange, call, request, by_token)
        except asyncio.CancelledError:
            # The request ends by itself: the next edit of this message must not overtake it.
            call.add_done_callback(lambda _: turn.close_slot())
            raise
        except BaseException:
            turn.close_slot()
            raise
        turn.close_slot()
        return data

    async def _read_outcome(
        self,
        exchange: RequestExchange,
        call: asyncio.Task[Json],
        request: OutgoingRequest,
        by_token: bool,
    ) -> Json:
        patience_s = SEND_TIMEOUT_S + request.size / SLOWEST_UPLOAD_RATE
        await asyncio.wait(
            (call, exchange.answer), timeout=patience_s, return_when=asyncio.FIRST_COMPLETED
        )
        if exchange.answer.done():
            answer = exchange.answer.result()
            if 200 <= answer.status < 300:
                return answer.body_json()
            if answer.status != 429 or answer.is_banned or not answer.is_global:
                if answer.status == 429 or answer.status >= 500:
                    call.cancel()  # it would send the same again, which is old by then
                raise _translate_refusal(answer, by_token)
            # discord.py holds up everybody until it has waited: it must not be disturbed in that.
            await asyncio.wait((call,))
        if not call.done():
            call.cancel()
            raise DiscordUnavailable(f"no answer in {patience_s:.0f} s")
        if call.cancelled():
            raise DiscordUnavailable("we are closing")
        try:
            with translate_errors(by_token=by_token):
                data = call.result()
        except (RuntimeError, AttributeError) as error:
            # A client that is closed meanwhile has no session, in one of two ways.
            if self._wait_connected():
                raise
            raise DiscordUnavailable("the connection to Discord was closed") from error
        if exchange.turn.is_open:
            exchange.turn.record_answer(None)  # nobody traced it, but an answer it was
        return data

    def _wait_connected(self) -> bool:
        return self._client.user is not None and not self._client.is_closed()

    def _check_open(self, call: asyncio.Task[Json]) -> None:
        self._calls.discard(call)
        if not call.cancelled():
            call.exception()  # whoever still cared has it; asyncio wants it to be looked at


async def _in_exchange(exchange: RequestExchange, request: OutgoingRequest) -> Json:
    EXCHANGE.set(exchange)
    return await request.send()


def _translate_refusal(answer: DiscordResponse, by_token: bool) -> MessageError | _ThrottledError:
    words = str(answer.read_field("message") or "no words")
    error = to_message_error(answer.status, answer.error_code, words, by_token=by_token)
    if answer.status == 429 and isinstance(error, DiscordUnavailable) and not answer.is_banned:
        return _ThrottledError()
    return error


def _was_not_sent(turn: RequestSlot) -> None:
    turn.release_unsent()
    turn.close_slot()
