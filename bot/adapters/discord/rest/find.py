"""Recognition of the bot's messages in a channel's history after a crash.

Discord forgets a message's nonce: no fetched message has one. It keeps buttons with their
`custom_id`, file names, text, and which message was replied to.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from bot.core.ids import NO_JOB
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageCard

Json: TypeAlias = Any


def is_message_of(
    post: Post, data: Json, reply_to: int | None = None, card: MessageCard | None = None
) -> bool:
    """Return True if a message of the bot, as JSON, is the one of that post.

    A ping is the plain reply to `reply_to`, a post of no job shows that `card`. Other messages of a
    job have a button or a file with its id. Only its status message has *Cancel*.
    """
    if post.purpose is Purpose.PING:
        return _is_plain_reply(data, reply_to)
    if post.job == NO_JOB:
        return card is not None and _shows_card(data, card)
    if any(f"-{post.job}-" in str(file["filename"]) for file in data["attachments"]):
        return True
    ids = [one for one in _list_custom_ids(data) if one.endswith(f":{post.job}")]
    actions = {one.partition(":")[0] for one in ids}
    return bool(actions) and (post.purpose is Purpose.STATUS or "cancel" not in actions)


def _is_plain_reply(data: Json, reply_to: int | None) -> bool:
    """Return True for a reply without buttons. The answer to a press is a reply as well."""
    answered = (data.get("message_reference") or {}).get("message_id")
    is_answer = bool(data.get("components")) or "interaction_metadata" in data
    return reply_to is not None and str(answered) == str(reply_to) and not is_answer


def _shows_card(data: Json, card: MessageCard) -> bool:
    body = "" if card.embed is None else card.embed.body
    shown = "".join(str(embed.get("description") or "") for embed in data.get("embeds", ()))
    return (
        str(data["content"]).strip() == card.content.strip()
        and shown.strip() == body.strip()
        and sorted(_list_custom_ids(data)) == sorted(one.custom_id for one in card.buttons)
    )


def _list_custom_ids(data: Json) -> list[str]:
    return [
        str(button.get("custom_id", ""))
        for row in data.get("components", ())
        for button in row.get("components", ())
    ]
