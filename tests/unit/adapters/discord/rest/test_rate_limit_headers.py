"""What Discord counts together is read off a request's path, and what it says off its headers."""

from __future__ import annotations

import pytest

from bot.adapters.discord.rest.rate_limit_headers import (
    Answer,
    channel_route,
    reading_of,
    route_of,
    token_route,
)
from bot.adapters.discord.rest.rate_limits import Reading, Route


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("PATCH", "/channels/12/messages/34", channel_route("PATCH", 12)),
        ("DELETE", "/api/v10/channels/12/messages/34", channel_route("DELETE", 12)),
        ("POST", "/channels/12/messages", channel_route("POST", 12, "/messages")),
        ("GET", "/channels/12/messages", channel_route("GET", 12, "/messages")),
        ("PATCH", "/webhooks/9/tok-en/messages/34", token_route("PATCH", "tok-en")),
        ("PATCH", "/webhooks/9/tok-en/messages/@original", token_route("PATCH", "tok-en")),
        ("POST", "/users/@me/channels", Route("POST /users/@me/channels", "")),
        ("GET", "/guilds/12/roles/34", Route("GET /guilds/:id/roles/:id", "")),
    ],
)
def test_the_route_of_a_request(method: str, path: str, route: Route) -> None:
    """The board and the trace must mean the same bucket."""
    assert route_of(method, path) == route


@pytest.mark.parametrize("path", ["/interactions/1/tok/callback", "/webhooks/1/tok/messages/5"])
def test_answers_to_interactions_do_not_count_against_the_fifty(path: str) -> None:
    """Discord exempts them: they must not slow the rest down."""
    assert not route_of("POST", path).counted
    assert route_of("POST", "/channels/1/messages").counted


def test_a_token_is_in_no_repr() -> None:
    """A route is named in logs and tasks."""
    assert "secret" not in repr(token_route("PATCH", "secret"))


def test_headers_are_read_or_left() -> None:
    """An answer without them, or with nonsense in them, says nothing."""
    headers = {
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "3",
        "X-RateLimit-Reset-After": "1.250",
    }
    assert reading_of(headers) == Reading(5, 3, 1.25)
    assert reading_of(headers | {"X-RateLimit-Bucket": "b"}) == Reading(5, 3, 1.25, "b")
    assert reading_of({}) is None
    assert reading_of(headers | {"X-RateLimit-Limit": "five"}) is None


def test_a_429_of_the_guard_is_none_of_discord() -> None:
    """Without `Via`, or with a page for a body: everything must stop, for as long as it says."""
    via = {"Via": "1.1 google", "Retry-After": "7"}
    own = Answer(429, via, b'{"retry_after": 1.5, "global": false}')
    assert (own.banned, own.everywhere, own.retry_after_s) == (False, False, 1.5)
    overall = Answer(429, via, b'{"retry_after": 1.5, "global": true}')
    assert (overall.banned, overall.everywhere) == (False, True)
    page = Answer(429, {"Retry-After": "600"}, b"<html>")
    assert (page.banned, page.everywhere, page.retry_after_s) == (True, True, 600.0)
    assert page.code == 0
