"""What Discord counts together is read off a request's path, and what it says off its headers."""

from __future__ import annotations

import pytest

from bot.adapters.discord.rest.rate_limit_headers import (
    DiscordResponse,
    build_channel_route,
    build_token_route,
    find_route,
    read_headers,
)
from bot.adapters.discord.rest.rate_limits import HeaderReading, RateLimitRoute


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("PATCH", "/channels/12/messages/34", build_channel_route("PATCH", 12)),
        ("DELETE", "/api/v10/channels/12/messages/34", build_channel_route("DELETE", 12)),
        ("POST", "/channels/12/messages", build_channel_route("POST", 12, "/messages")),
        ("GET", "/channels/12/messages", build_channel_route("GET", 12, "/messages")),
        ("PATCH", "/webhooks/9/tok-en/messages/34", build_token_route("PATCH", "tok-en")),
        ("PATCH", "/webhooks/9/tok-en/messages/@original", build_token_route("PATCH", "tok-en")),
        ("POST", "/users/@me/channels", RateLimitRoute("POST /users/@me/channels", "")),
        ("GET", "/guilds/12/roles/34", RateLimitRoute("GET /guilds/:id/roles/:id", "")),
    ],
)
def test_the_route_of_a_request(method: str, path: str, route: RateLimitRoute) -> None:
    """The board and the trace must mean the same bucket."""
    assert find_route(method, path) == route


@pytest.mark.parametrize("path", ["/interactions/1/tok/callback", "/webhooks/1/tok/messages/5"])
def test_answers_to_interactions_do_not_count_against_the_fifty(path: str) -> None:
    """Discord exempts them: they must not slow the rest down."""
    assert not find_route("POST", path).counted
    assert find_route("POST", "/channels/1/messages").counted


def test_a_token_is_in_no_repr() -> None:
    """A route is named in logs and tasks."""
    assert "secret" not in repr(build_token_route("PATCH", "secret"))


def test_headers_are_read_or_left() -> None:
    """An answer without them, or with nonsense in them, says nothing."""
    headers = {
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "3",
        "X-RateLimit-Reset-After": "1.250",
    }
    assert read_headers(headers) == HeaderReading(5, 3, 1.25)
    assert read_headers(headers | {"X-RateLimit-Bucket": "b"}) == HeaderReading(5, 3, 1.25, "b")
    assert read_headers({}) is None
    assert read_headers(headers | {"X-RateLimit-Limit": "five"}) is None


def test_a_429_of_the_guard_is_none_of_discord() -> None:
    """Without `Via`, or with a page for a body: everything must stop, for as long as it says."""
    via = {"Via": "1.1 google", "Retry-After": "7"}
    own = DiscordResponse(429, via, b'{"retry_after": 1.5, "global": false}')
    assert (own.is_banned, own.is_global, own.retry_after_s) == (False, False, 1.5)
    overall = DiscordResponse(429, via, b'{"retry_after": 1.5, "global": true}')
    assert (overall.is_banned, overall.is_global) == (False, True)
    page = DiscordResponse(429, {"Retry-After": "600"}, b"<html>")
    assert (page.is_banned, page.is_global, page.retry_after_s) == (True, True, 600.0)
    assert page.error_code == 0
