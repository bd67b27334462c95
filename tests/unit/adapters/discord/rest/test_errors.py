"""Each refusal of Discord has one meaning."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.adapters.discord.rest.errors import board_error, retry_in, translated
from bot.core.errors import (
    BoardError,
    Forbidden,
    Gone,
    Invalid,
    TokenDead,
    TooLarge,
    TooOld,
    Unavailable,
)


@pytest.mark.parametrize(
    ("status", "code", "by_token", "kind"),
    [
        (404, 10003, False, Gone),
        (404, 10008, False, Gone),
        (404, 10008, True, Gone),
        (404, 0, False, Gone),
        (404, 0, True, TokenDead),
        (404, 10015, True, TokenDead),
        (401, 50027, True, TokenDead),
        (401, 0, True, TokenDead),
        (401, 0, False, Unavailable),
        (403, 50001, False, Forbidden),
        (403, 50013, False, Forbidden),
        (403, 50007, False, Forbidden),
        (400, 50083, False, Forbidden),
        (400, 50007, False, Forbidden),
        (403, 0, False, Forbidden),
        (413, 40005, False, TooLarge),
        (413, 0, False, TooLarge),
        (400, 50045, True, TooLarge),
        (429, 30046, False, TooOld),
        (429, 0, False, Unavailable),
        (400, 50035, False, Invalid),
        (405, 0, False, Invalid),
        (500, 0, False, Unavailable),
        (503, 0, True, Unavailable),
    ],
)
def test_what_a_refusal_means(
    status: int, code: int, by_token: bool, kind: type[BoardError]
) -> None:
    """Discord's own code first, then the status and the way we went; the same for both doors."""
    assert type(board_error(status, code, "words", by_token=by_token)) is kind
    response: Any = SimpleNamespace(status=status, reason="")
    with pytest.raises(kind), translated(by_token=by_token):
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
    with pytest.raises(Unavailable) as caught, translated():
        raise error
    assert "secret" not in str(caught.value)
    assert not isinstance(caught.value.__cause__, aiohttp.ClientError)


def test_only_what_matters_is_tried_again_and_not_for_ever() -> None:
    """A progress that failed is old; a refusal stays one."""
    away = Unavailable()
    assert [retry_in(away, n, final=True) for n in range(3)] == [1.0, 3.0, None]
    assert retry_in(away, 0, final=False) is None
    assert retry_in(Gone(), 0, final=True) is None
