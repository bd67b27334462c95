"""What Discord's refusals mean to us. No exception of discord.py or aiohttp gets past this file.

Discord's own code decides before the HTTP status does, and the way we went decides between a dead
token and a message that is gone: both arrive as 404.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
import discord

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

OLD_EDIT: Final = 30046  # "Maximum number of edits to messages older than 1 hour", sent as a 429
BY_CODE: Final[dict[int, type[BoardError]]] = {
    10003: Gone,  # unknown channel
    10004: Gone,  # unknown guild
    10008: Gone,  # unknown message
    10015: TokenDead,  # unknown webhook: what an interaction's token is underneath
    50027: TokenDead,  # invalid webhook token
    OLD_EDIT: TooOld,
    40005: TooLarge,  # request entity too large
    50045: TooLarge,  # file exceeds the maximum size
    20009: Forbidden,  # explicit content may not go to this person
    50001: Forbidden,  # missing access
    50007: Forbidden,  # this person takes no direct messages from us
    50013: Forbidden,  # missing permissions
    50083: Forbidden,  # the thread is archived
    50278: Forbidden,  # no server in common with this person
    40003: Unavailable,  # direct channels are opened too fast
    160005: Forbidden,  # the thread is locked
    160002: Forbidden,  # no right to reply without reading the history
    200000: Forbidden,  # AutoMod took offence
}
RETRIES_S: Final = (1.0, 3.0)


def board_error(status: int, code: int, text: str, *, by_token: bool = False) -> BoardError:
    """Say what a refusal means. `code` is Discord's own, 0 where the body had none."""
    return _kind(status, code, by_token)(f"{status} {code}: {text}")


def _kind(status: int, code: int, by_token: bool) -> type[BoardError]:
    if code in BY_CODE:
        return BY_CODE[code]
    if status in (401, 404) and by_token:
        return TokenDead
    if status == 404:
        return Gone
    if status == 403:
        return Forbidden
    if status == 413:
        return TooLarge
    # 401 by bot token: our own login is broken, which no other way of sending would cure.
    if status in (401, 408, 429) or status >= 500:
        return Unavailable
    return Invalid


@contextmanager
def translated(*, by_token: bool = False) -> Iterator[None]:
    """Raise what discord.py and aiohttp raise in here as a BoardError.

    The words of a connection's error are left out: they may hold an address with a token in it.
    """
    try:
        yield
    except discord.HTTPException as error:
        raise board_error(error.status, error.code, error.text, by_token=by_token) from error
    except discord.RateLimited as error:
        raise Unavailable(f"rate limited for {error.retry_after:.1f} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(type(error).__name__) from None


def retry_in(error: BoardError, attempt: int, *, final: bool) -> float | None:
    """Seconds until the same may be tried again, or None to give up; `attempt` counts from 0.

    Only what matters is repeated: the next progress is newer than the one that failed.
    """
    if not final or not isinstance(error, Unavailable) or attempt >= len(RETRIES_S):
        return None
    return RETRIES_S[attempt]
