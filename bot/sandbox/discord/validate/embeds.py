"""Limits of embeds, each one and all together."""

import re

from bot.sandbox.discord.model import Json
from bot.sandbox.discord.validate.form import Form, join

WHEN = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)")
ADDRESS = re.compile(r"^(https?|attachment)://\S+$")


def check_embeds(form: Form, node: Json, path: str) -> None:
    total = 0
    for at, embed in form.each(form.many(node, "embeds", path, 10), join(path, "embeds")):
        total += _one(form, embed, at)
    if total > 6000:
        form.flaw(
            join(path, "embeds"),
            "Embed size exceeds maximum size of 6000",
            "MAX_EMBED_SIZE_EXCEEDED",
        )


def _one(form: Form, embed: Json, at: str) -> int:
    footer, author = (
        embed[key] if isinstance(embed.get(key), dict) else {} for key in ("footer", "author")
    )
    size = sum(
        len(text or "")
        for text in (
            form.text(embed, "title", at, 256),
            form.text(embed, "description", at, 4096),
            form.text(footer, "text", join(at, "footer"), 2048),
            form.text(author, "name", join(at, "author"), 256),
        )
    )
    form.whole(embed, "color", at, 0, 0xFFFFFF)
    when = form.text(embed, "timestamp", at, 64)
    if when and not WHEN.match(when):
        form.flaw(join(at, "timestamp"), "Could not parse as a date.", "DATE_TYPE_CONVERT")
    _address(form, embed, "url", at, files=False)
    for key in ("image", "thumbnail"):
        if isinstance(embed.get(key), dict):
            _address(form, embed[key], "url", join(at, key), files=True)
    _address(form, footer, "icon_url", join(at, "footer"), files=True)
    _address(form, author, "icon_url", join(at, "author"), files=True)
    for where, field in form.each(form.many(embed, "fields", at, 25), join(at, "fields")):
        for key, most in (("name", 256), ("value", 1024)):
            size += len(form.text(field, key, where, most, 1, needed=True) or "")
    shown = ("title", "description", "image", "thumbnail", "fields", "footer", "author")
    if not any(embed.get(key) for key in shown):
        form.flaw(join(at, "description"), "This field is required", "BASE_TYPE_REQUIRED")
    return size


def _address(form: Form, node: Json, key: str, at: str, *, files: bool) -> None:
    value = form.text(node, key, at, 2048)
    if value and (not ADDRESS.match(value) or (value.startswith("attachment:") and not files)):
        form.flaw(join(at, key), "Not a well formed URL.", "URL_TYPE_INVALID_URL")
