"""Mapping of Discord errors to the bot's own errors.

No exception of discord.py or aiohttp passes this module. Discord's error code is read before the
HTTP status. A 404 means a dead token or a deleted message, depending on the route.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
import discord

from bot.core import errors

OLD_MESSAGE_CODE: Final = (
    30046  # "Maximum number of edits to messages older than 1 hour", sent as a 429
)
ERRORS_BY_CODE: Final[dict[int, type[errors.MessageError]]] = {
    10003: errors.MessageGone,  # unknown channel
    10004: errors.MessageGone,  # unknown guild
    10007: errors.MemberGone,  # unknown member
    10008: errors.MessageGone,  # unknown message
    10013: errors.MemberGone,  # unknown user, such as a deleted account
    10015: errors.TokenExpired,  # unknown webhook: what an interaction's token is underneath
    50027: errors.TokenExpired,  # invalid webhook token
    OLD_MESSAGE_CODE: errors.MessageTooOld,
    40005: errors.FilesTooLarge,  # request entity too large
    50045: errors.FilesTooLarge,  # file exceeds the maximum size
    20009: errors.MissingPermission,  # explicit content may not go to this person
    50001: errors.MissingPermission,  # missing access
    50007: errors.MissingPermission,  # this person takes no direct messages from us
    50013: errors.MissingPermission,  # missing permissions
    50083: errors.MissingPermission,  # the thread is archived
    50278: errors.MissingPermission,  # no server in common with this person
    40003: errors.DiscordUnavailable,  # direct channels are opened too fast
    160005: errors.MissingPermission,  # the thread is locked
    160002: errors.MissingPermission,  # no right to reply without reading the history
    200000: errors.MissingPermission,  # AutoMod took offence
}
RETRY_DELAYS_S: Final = (1.0, 3.0)


def to_message_error(
    status: int, code: int, text: str, *, by_token: bool = False
) -> errors.MessageError:
    """Convert a refusal. `code` is Discord's own, 0 if the body had none."""
    return _error_class(status, code, by_token)(f"{status} {code}: {text}")


def _error_class(status: int, code: int, by_token: bool) -> type[errors.MessageError]:
    if code in ERRORS_BY_CODE:
        return ERRORS_BY_CODE[code]
    if status in (401, 404) and by_token:
        return errors.TokenExpired
    if status == 404:
        return errors.MessageGone
    if status == 403:
        return errors.MissingPermission
    if status == 413:
        return errors.FilesTooLarge
    # 401 by bot token: our own login is broken, which no other way of sending would cure.
    if status in (401, 408, 429) or status >= 500:
        return errors.DiscordUnavailable
    return errors.MalformedRequest


@contextmanager
def translate_errors(*, by_token: bool = False) -> Iterator[None]:
    """Raise what discord.py and aiohttp raise in here as a MessageError.

    The words of a connection's error are left out: they may hold an address with a token in it.
    """
    try:
        yield
    except discord.HTTPException as error:
        raise to_message_error(error.status, error.code, error.text, by_token=by_token) from error
    except discord.RateLimited as error:
        raise errors.DiscordUnavailable(f"rate limited for {error.retry_after:.1f} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise errors.DiscordUnavailable(type(error).__name__) from None


def compute_retry_delay(error: errors.MessageError, attempt: int, *, final: bool) -> float | None:
    """Return seconds until the next try, or None to give up. `attempt` counts from 0.

    Progress is not repeated, because the next progress is newer.
    """
    if (
        not final
        or not isinstance(error, errors.DiscordUnavailable)
        or attempt >= len(RETRY_DELAYS_S)
    ):
        return None
    return RETRY_DELAYS_S[attempt]
