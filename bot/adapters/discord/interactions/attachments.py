"""Pictures in members' messages, checked before they are fetched and fetched once.

A picture is an attachment, or one that Discord shows from elsewhere: in an embed, behind a link or
in a component. Of those, only the copy of Discord's own media proxy is fetched, so the bot opens no
foreign address.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import aiohttp
import discord
import yarl

from bot.core.drawing.input_limits import find_pixels_max
from bot.core.drawing.refusals import INPUT_AWAY, large_input_refusal, many_pixels_refusal
from bot.core.errors import Refused

SIZE_MAX: Final = 20 * 1024 * 1024
_DOWNLOAD_TIMEOUT_S: Final = 30.0
_PIECE: Final = 64 * 1024
_IMAGE_TYPES: Final = ("image/png", "image/jpeg", "image/webp")
_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp")
_DISCORD_HOSTS: Final = (".discordapp.net", ".discordapp.com")
_SPOILER: Final = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)
_COMPONENTS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class ProxiedImage:
    """Picture that Discord shows from elsewhere, by the address of Discord's copy."""

    url: str
    spoiler: bool = False

    def is_spoiler(self) -> bool:
        """Return True if people see it only after a click."""
        return self.spoiler


MessageImage: TypeAlias = discord.Attachment | ProxiedImage
_MessagePart: TypeAlias = discord.Message | discord.MessageSnapshot


def find_image(attachments: Iterable[discord.Attachment]) -> discord.Attachment | None:
    """Return the first usable init image of these files, else the first image.

    The real type shows when the file is read; another type is refused then.
    """
    kinds = [(_find_type(one), one) for one in attachments]
    fit = (one for kind, one in kinds if kind in _IMAGE_TYPES)
    return next(fit, None) or next((one for kind, one in kinds if kind.startswith("image/")), None)


def find_message_image(message: discord.Message) -> MessageImage | None:
    """Return the file of a message or of what it forwards, else a picture that it shows."""
    parts: tuple[_MessagePart, ...] = (message, *message.message_snapshots)
    file = find_image(one for part in parts for one in part.attachments)
    return file or next((image for part in parts for image in _list_shown_images(part)), None)


def _find_type(attachment: discord.Attachment) -> str:
    kind = (attachment.content_type or "").partition(";")[0].strip().lower()
    if not kind and attachment.filename.lower().endswith(_SUFFIXES):
        return _IMAGE_TYPES[0]
    return kind


def _list_shown_images(part: _MessagePart) -> Iterator[ProxiedImage]:
    """Yield the pictures of embeds and components that Discord has a copy of."""
    hidden = " ".join(_SPOILER.findall(part.content))
    for embed in part.embeds:
        for picture in (embed.image, embed.thumbnail):
            if _is_on_discord(picture.proxy_url):
                is_hidden = bool(embed.url) and str(embed.url) in hidden
                yield ProxiedImage(str(picture.proxy_url), is_hidden)
    for media, is_hidden in _list_media(part.components):
        kind = getattr(media, "content_type", None) or "image/"
        if kind.startswith("image/") and _is_on_discord(media.proxy_url):
            yield ProxiedImage(media.proxy_url, is_hidden)


def _list_media(components: Iterable[Any]) -> Iterator[tuple[Any, bool]]:
    """Yield the media of galleries, thumbnails and files, with True for hidden ones."""
    waiting = [(part, False) for part in components]
    for _ in range(_COMPONENTS_MAX):
        if not waiting:
            return
        part, is_hidden = waiting.pop(0)
        is_hidden = is_hidden or bool(getattr(part, "spoiler", False))
        if (media := getattr(part, "media", None)) is not None:
            yield media, is_hidden
        inner = (*getattr(part, "children", ()), *getattr(part, "items", ()))
        accessory = filter(None, [getattr(part, "accessory", None)])
        waiting[:0] = [(one, is_hidden) for one in (*inner, *accessory)]


def _is_on_discord(address: str | None) -> bool:
    """Return True for an address of Discord's media proxy, or of the sandbox that plays it."""
    try:
        url = yarl.URL(address or "")
    except ValueError:
        return False
    if url.scheme == "https" and f".{url.host}".endswith(_DISCORD_HOSTS):
        return True
    return url.scheme in ("http", "https") and url.origin() == yarl.URL(discord.Asset.BASE).origin()


def make_reader(image: MessageImage, *, decoded: bool = True) -> Callable[[], Awaitable[bytes]]:
    """Return a function that fetches the image or raises Refused if it is too large.

    `decoded` tells that its pixels will be needed, so that their number counts.
    """

    async def read() -> bytes:
        if not isinstance(image, ProxiedImage):
            if image.size > SIZE_MAX:
                raise large_input_refusal(image.size, SIZE_MAX)
            if decoded:
                _check_pixels(image)
        try:
            async with asyncio.timeout(_DOWNLOAD_TIMEOUT_S):
                if isinstance(image, ProxiedImage):
                    return await _read_copy(image.url)
                return await image.read()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            raise Refused("input.away", INPUT_AWAY) from error

    return read


def _check_pixels(image: discord.Attachment) -> None:
    """Refuse by the size that Discord read from the file."""
    width, height = image.width or 0, image.height or 0
    most = find_pixels_max(_find_type(image).removeprefix("image/"))
    if width * height > most:
        raise many_pixels_refusal(width, height, most)


async def _read_copy(url: str) -> bytes:
    """Fetch from Discord's media proxy, which may not lead elsewhere. Raises ClientError."""
    async with (
        aiohttp.ClientSession(raise_for_status=True, trust_env=True) as session,
        session.get(url, allow_redirects=False) as answer,
    ):
        if answer.status != 200:  # a redirect
            raise aiohttp.ClientPayloadError("the media proxy leads elsewhere")
        data = bytearray()
        async for piece in answer.content.iter_chunked(_PIECE):
            data += piece
            if len(data) > SIZE_MAX:
                raise large_input_refusal(answer.content_length or len(data), SIZE_MAX)
        return bytes(data)
