"""Attachments of members, checked before they are fetched and fetched once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import aiohttp
import discord

from bot.core.drawing.refusals import INPUT_AWAY, large_input_refusal
from bot.core.errors import Refused

SIZE_MAX: Final = 20 * 1024 * 1024
_DOWNLOAD_TIMEOUT_S: Final = 30.0
_IMAGE_TYPES: Final = ("image/png", "image/jpeg", "image/webp")
_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp")


def find_image(attachments: Iterable[discord.Attachment]) -> discord.Attachment | None:
    """Return the first usable init image of these files, else the first image.

    The real type shows when the file is read; another type is refused then.
    """
    kinds = [(_find_type(one), one) for one in attachments]
    fit = (one for kind, one in kinds if kind in _IMAGE_TYPES)
    return next(fit, None) or next((one for kind, one in kinds if kind.startswith("image/")), None)


def _find_type(attachment: discord.Attachment) -> str:
    kind = (attachment.content_type or "").partition(";")[0].strip().lower()
    if not kind and attachment.filename.lower().endswith(_SUFFIXES):
        return _IMAGE_TYPES[0]
    return kind


def make_reader(attachment: discord.Attachment) -> Callable[[], Awaitable[bytes]]:
    """Return a function that fetches the image or raises Refused if it is too large."""

    async def read() -> bytes:
        if attachment.size > SIZE_MAX:
            raise large_input_refusal(attachment.size, SIZE_MAX)
        try:
            async with asyncio.timeout(_DOWNLOAD_TIMEOUT_S):
                return await attachment.read()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            raise Refused("input.away", INPUT_AWAY) from error

    return read
