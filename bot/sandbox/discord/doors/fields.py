"""Reads the fields of a door's form; what is missing or of a wrong type raises Malformed."""

import base64
import binascii
from typing import Any

from bot.sandbox.discord.errors import Malformed, Refusal
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Channel, Json, Message, User
from bot.sandbox.discord.permissions import VIEW, permissions_in
from bot.sandbox.discord.posts import may_see


def text(form: Json, key: str) -> str:
    value = form.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Malformed(f"`{key}` must be text")
    return value


def mapping(form: Json, key: str) -> Json:
    value = form.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"`{key}` must be an object")
    return value


def person(hub: Hub, who: str | None) -> User:
    """By name or id; only people, not the bot."""
    for user in hub.world.users.values():
        if who in (user.id, user.username) and not user.bot:
            return user
    raise Malformed(f"there is no person {who!r}")


def find_channel(hub: Hub, name: str) -> Channel | None:
    for channel in hub.world.channels.values():
        if name in (channel.id, channel.name):
            return channel
    return None


def channel(hub: Hub, form: Json, user: User, needs: int = 0) -> Channel:
    """By name or id; Refusal where this person does not see it or lacks the bits."""
    name = text(form, "channel")
    found = find_channel(hub, name)
    bits = permissions_in(hub.world, user.id, found) if found else 0
    if found is None or not bits & VIEW:
        raise Refusal(f"{user.username} sees no channel {name!r}")
    if bits & needs != needs:
        raise Refusal(f"{user.username} may not do that in {name!r}")
    return found


def message(hub: Hub, form: Json, user: User, key: str = "message") -> Message:
    wanted = text(form, key)
    found = hub.world.message(wanted)
    if found is None or not may_see(hub, found, user.id):
        raise Refusal(f"{user.username} sees no message {wanted!r}")
    return found


def upload(raw: Any, index: int = 0) -> Upload:
    """`{"name", "base64"}`."""
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        raise Malformed('a file is {"name": ..., "base64": ...}')
    try:
        data = base64.b64decode(raw.get("base64") or "", validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Malformed("`base64` is not base64") from error
    return Upload(index, raw["name"], data, "")
