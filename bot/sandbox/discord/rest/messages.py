"""Messages by the bot's own token: read, post, change, delete."""

from typing import Any

from bot.sandbox.discord import messageviews, posts
from bot.sandbox.discord.errors import FormError, no
from bot.sandbox.discord.limits import EDITS, OLD_MESSAGE_S, POSTS
from bot.sandbox.discord.model import Channel, Json, Message
from bot.sandbox.discord.permissions import (
    ATTACH_FILES,
    EMBED_LINKS,
    MANAGE_MESSAGES,
    MANAGE_THREADS,
    READ_HISTORY,
    may_speak,
)
from bot.sandbox.discord.rest.call import Call, Route
from bot.sandbox.discord.sessions import DM_MESSAGES, GUILD_MESSAGES, emptied, is_open
from bot.sandbox.discord.snowflakes import made_at
from bot.sandbox.discord.validate import check_message

NONCE_LIFE_S = 300.0
BULK_S = 14 * 86_400.0


def shown(call: Call, message: Message) -> Json:
    """As the bot sees it: without the message-content intent, other people's words are empty."""
    data = messageviews.message(call.world, call.hub.links, message, call.world.bot_id)
    granted = "message_content" in call.world.granted
    return data if granted or is_open(call.world, message) else emptied(data)


def listing(call: Call) -> Any:
    here = call.channel()
    limit = call.number("limit", 50, 1, 100)
    if not call.bits(here) & READ_HISTORY:
        return []
    found = [m for m in call.world.messages.get(here.id, {}).values() if m.viewer is None]
    if around := call.query.get("around"):
        older = [m for m in found if int(m.id) < int(around)][-(limit // 2) :]
        newer = [m for m in found if int(m.id) >= int(around)][: limit - limit // 2]
        found = older + newer
    elif after := call.query.get("after"):
        found = [m for m in found if int(m.id) > int(after)][:limit]
    elif before := call.query.get("before"):
        found = [m for m in found if int(m.id) < int(before)]
    return [shown(call, message) for message in reversed(found[-limit:])]


def one(call: Call) -> Any:
    return shown(call, call.message(call.channel(READ_HISTORY)))


def may_post(call: Call, here: Channel) -> int:
    """Return the bot's bits here, 50013 may not speak, 50007 DM closed, 50083 locked."""
    bits = call.bits(here)
    if here.recipient_id and not call.world.users[here.recipient_id].dms_open:
        raise no(50007)
    if not may_speak(bits, here):
        raise no(50013)
    if here.archived and here.locked and not bits & MANAGE_THREADS:
        raise no(50083)
    return bits


def post(call: Call) -> Any:
    here, body = call.channel(), call.body
    bits = may_post(call, here)
    check_message(body, call.uploads, call.size_limit(here))
    if call.uploads and not bits & ATTACH_FILES:
        raise no(50013)
    if body.get("embeds") and not bits & EMBED_LINKS:
        raise no(50013)
    if (again := _same_nonce(call, here)) is not None:
        return shown(call, again) | posts.nonce_of(again)
    reply_to = _answered(call, here, bits)
    if here.archived:
        posts.wake(call.hub, here)
    origin = posts.Origin(here.id, call.world.bot_id, reply_to=reply_to)
    made = posts.create(call.hub, origin, body, call.uploads)
    return shown(call, made) | posts.nonce_of(made)


def _same_nonce(call: Call, here: Channel) -> Message | None:
    """With `enforce_nonce` the second of two posts is the first one again, for a few minutes."""
    nonce = call.body.get("nonce")
    if nonce is None or not call.body.get("enforce_nonce"):
        return None
    for message in reversed(call.world.messages.get(here.id, {}).values()):
        if call.hub.now() - made_at(message.id) > NONCE_LIFE_S:
            return None
        if message.nonce == str(nonce) and message.author_id == call.world.bot_id:
            return message
    return None


def _answered(call: Call, here: Channel, bits: int) -> str | None:
    reference = call.body.get("message_reference")
    if not reference:
        return None
    if not isinstance(reference, dict):
        why = "Only dictionaries may be used in a DictType"
        raise FormError([("message_reference", "DICT_TYPE_CONVERT", why)])
    message_id = str(reference.get("message_id"))
    found = call.world.messages.get(here.id, {}).get(message_id)
    if found is None or found.viewer is not None:
        if reference.get("fail_if_not_exists", True):
            why = "Unknown message"
            raise FormError([("message_reference", "REPLIES_UNKNOWN_MESSAGE", why)])
        return None
    if not bits & READ_HISTORY:
        why = "Cannot reply without permission to read message history"
        raise FormError([("message_reference", "REPLIES_CANNOT_REPLY", why)])
    return message_id


def change(call: Call) -> Any:
    here = call.channel()
    message = call.message(here)
    if message.author_id != call.world.bot_id:
        raise no(50005)
    if here.archived:
        raise no(50083)
    check_message(call.body, call.uploads, call.size_limit(here), message)
    if call.uploads and not call.bits(here) & ATTACH_FILES:
        raise no(50013)
    if call.hub.now() - made_at(message.id) > OLD_MESSAGE_S:
        call.hub.limits.take_old_edit(here.id)
    return shown(call, posts.edit(call.hub, message, call.body, call.uploads))


def remove(call: Call) -> Any:
    here = call.channel()
    message = call.message(here)
    if message.author_id != call.world.bot_id:
        if here.guild_id is None:
            raise no(50003)
        if not call.bits(here) & MANAGE_MESSAGES:
            raise no(50013)
    posts.delete(call.hub, message)


def remove_many(call: Call) -> Any:
    here = call.channel(MANAGE_MESSAGES)
    ids = [str(each) for each in call.body.get("messages") or []]
    if not 2 <= len(ids) <= 100:
        raise no(50016)
    if any(call.hub.now() - made_at(each) > BULK_S for each in ids if each.isdigit()):
        raise no(50034)
    found = [m for m in (call.world.messages.get(here.id, {}).get(i) for i in ids) if m]
    for message in found:
        posts.delete(call.hub, message, announced=False)
    data: Json = {"ids": [m.id for m in found], "channel_id": here.id, "guild_id": here.guild_id}
    intent = GUILD_MESSAGES if here.guild_id else DM_MESSAGES
    call.hub.sessions.tell(here.guild_id, intent, "MESSAGE_DELETE_BULK", data)


MESSAGES = "/channels/{channel_id}/messages"

ROUTES = (
    Route("GET", MESSAGES, listing),
    Route("POST", MESSAGES, post, POSTS),
    Route("POST", MESSAGES + "/bulk-delete", remove_many),
    Route("GET", MESSAGES + "/{message_id}", one),
    Route("PATCH", MESSAGES + "/{message_id}", change, EDITS),
    Route("DELETE", MESSAGES + "/{message_id}", remove),
)
