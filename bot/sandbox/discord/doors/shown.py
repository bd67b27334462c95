"""Embeds in a person's message: what Discord shows of a link, or what another bot posts."""

from typing import Any, Final

from bot.sandbox.discord.doors import fields
from bot.sandbox.discord.errors import Malformed
from bot.sandbox.discord.files import size_of_picture, type_of_picture
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Json

EMBEDS_MOST: Final = 10
TYPES: Final = ("rich", "image", "article", "gifv", "video")
TEXTS: Final = ("title", "description", "url")
PICTURES: Final = ("image", "thumbnail")


def embeds(hub: Hub, form: Json) -> list[Json]:
    """Read `embeds`: `[{"type"?, "title"?, "description"?, "url"?, "image"?, "thumbnail"?}]`.

    A picture is `{"url", "name", "base64"}`: its own address, and the bytes that Discord's media
    proxy has of it. Without bytes Discord could not fetch it, and gives no `proxy_url`.
    """
    raw = form.get("embeds") or []
    if not isinstance(raw, list) or len(raw) > EMBEDS_MOST:
        raise Malformed(f"`embeds` must be a list of at most {EMBEDS_MOST}")
    return [_embed(hub, each) for each in raw]


def _embed(hub: Hub, raw: Any) -> Json:
    if not isinstance(raw, dict) or raw.get("type", "rich") not in TYPES:
        raise Malformed(f"an embed is an object with a `type` of {TYPES}")
    made: Json = {"type": raw.get("type", "rich")}
    made |= {key: fields.text(raw, key) for key in TEXTS if key in raw}
    return made | {key: _picture(hub, raw[key]) for key in PICTURES if key in raw}


def _picture(hub: Hub, raw: Any) -> Json:
    if not isinstance(raw, dict):
        raise Malformed("a picture is an object")
    made: Json = {"url": fields.text(raw, "url")}
    if "base64" not in raw:
        return made
    data = fields.upload(raw).data
    made["copy"] = hub.new_id()
    hub.files.put(made["copy"], data)
    made |= {"content_type": type_of_picture(data), "flags": 0}
    size = size_of_picture(data)
    return made | ({"width": size[0], "height": size[1]} if size else {})
