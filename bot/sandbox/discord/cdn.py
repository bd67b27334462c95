"""The CDN: attachments by signed addresses, and round avatars that are drawn on demand."""

import io
import mimetypes
from collections.abc import Mapping
from functools import lru_cache

from aiohttp import web
from PIL import Image, ImageDraw

from bot.sandbox.discord.files import type_of_picture
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.messageviews import signature

COLOURS = ("#5865f2", "#747f8d", "#3ba55c", "#faa61a", "#ed4245", "#eb459e")


class Cdn:
    """An address with a wrong signature, or one past its time, is 404 as on Discord."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def copy(self, request: web.Request) -> web.StreamResponse:
        """Give the copy of a picture that lies elsewhere, as Discord's media proxy does."""
        data = self._hub.files.get(request.match_info["file"])
        if data is None or not self._signed(request.rel_url.raw_path, request.query):
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=data, content_type=type_of_picture(data))

    async def attachment(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        data = self._hub.files.get(request.match_info["file"])
        if data is None or not self._signed(path, request.query):
            return web.Response(status=404, text="This content is no longer available.")
        guessed, _ = mimetypes.guess_type(request.match_info["name"])
        kind = guessed or "application/octet-stream"
        return web.Response(body=data, headers={"Content-Type": kind, "Cache-Control": "private"})

    def _signed(self, path: str, query: Mapping[str, str]) -> bool:
        try:
            until = int(query.get("ex", ""), 16)
        except ValueError:
            return False
        good = signature(self._hub.world, path, until)
        return query.get("hm", "").rstrip("&") == good and self._hub.now() <= until

    async def avatar(self, request: web.Request) -> web.StreamResponse:
        digits = "".join(filter(str.isdigit, request.match_info["name"])) or "0"
        return web.Response(body=_disc(int(digits) % len(COLOURS)), content_type="image/png")


@lru_cache
def _disc(colour: int) -> bytes:
    picture = Image.new("RGBA", (128, 128))
    ImageDraw.Draw(picture).ellipse((0, 0, 127, 127), fill=COLOURS[colour])
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
