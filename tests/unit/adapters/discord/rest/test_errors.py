"""Each refusal of Discord has one meaning."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.adapters.discord.rest.errors import compute_retry_delay, to_message_error, translate_errors
from bot.core.errors import (
    DiscordUnavailable,
    FilesTooLarge,
    MalformedRequest,
    MessageError,
    MessageGone,
    MessageTooOld,
    MissingPermission,
    TokenExpired,
)


@pytest.mark.parametrize(
    ("status", "code", "by_token", "kind"),
    [
        (404, 10003, False, MessageGone),
        (404, 10008, False, MessageGone),
        (404, 10008, True, MessageGone),
        (404, 0, False, MessageGone),
        (404, 0, True, TokenExpired),
        (404, 10015, True, TokenExpired),
        (401, 50027, True, TokenExpired),
        (401, 0, True, TokenExpired),
        (401, 0, False, DiscordUnavailable),
        (403, 50001, False, MissingPermission),
        (403, 50013, False, MissingPermission),
        (403, 50007, False, MissingPermission),
        (400, 50083, False, MissingPermission),
        (400, 50007, False, MissingPermission),
        (403, 0, False, MissingPermission),
        (413, 40005, False, FilesTooLarge),
        (413, 0, False, FilesTooLarge),
        (400, 50045, True, FilesTooLarge),
        (429, 30046, False, MessageTooOld),
        (429, 0, False, DiscordUnavailable),
        (400, 50035, False, MalformedRequest),
        (405, 0, False, MalformedRequest),
        (500, 0, False, DiscordUnavailable),
        (503, 0, True, DiscordUnavailable),
    ],
)
def test_what_a_refusal_means(
    status: int, code: int, by_token: bool, kind: type[MessageError]
) -> None:
    """Discord's own code first, then the status and the way we went; the same for both doors."""
    assert type(to_message_error(status, code, "words", by_token=by_token)) is kind
    response: Any = SimpleNamespace(status=status, reason="")
    with pytest.raises(kind), translate_errors(by_token=by_token):
        raise discord.HTTPException(response, {"code": code, "message": "words"})


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError("https://discord.test/webhooks/1/secret"),
        TimeoutError(),
        ConnectionResetError(),
        discord.RateLimited(61.0),
    ],
)
def test_a_broken_line_is_unavailable_and_tells_no_secret(error: Exception) -> None:
    """Addresses of the token's routes hold the token: not even the traceback has them."""
    with pytest.raises(DiscordUnavailable) as caught, translate_errors():
        raise error
    assert "secret" not in str(caught.value)
    assert not isinstance(caught.value.__cause__, aiohttp.ClientError)


def test_only_what_matters_is_tried_again_and_not_for_ever() -> None:
    """A progress that failed is old; a refusal stays one."""
    away = DiscordUnavailable()
    assert [compute_retry_delay(away, n, final=True) for n in range(3)] == [1.0, 3.0, None]
    assert compute_retry_delay(away, 0, final=False) is None
    assert compute_retry_delay(MessageGone(), 0, final=True) is None
