"""One delivery: what is sent of it, and what is remembered of its failures."""

from __future__ import annotations

from bot.core.errors import DiscordUnavailable, MalformedRequest, MissingPermission
from bot.core.ui.card import CardButton, Embed, FileUpload, MessageCard, MessageContent
from bot.flow.jobs.delivery_attempt import DeliveryAttempt
from tests.unit.core.make import a_job


async def build(limit: int) -> MessageContent:
    buttons = (CardButton("delete", "Delete", "x"),)
    card = MessageCard(f"{limit} bytes", Embed("title"), buttons, ping_user=1, spoiler=True)
    return MessageContent(card, (FileUpload("a.png", b"x", "a fox", spoiler=True),))


async def test_less_is_the_text_and_the_files() -> None:
    """What is a spoiler stays one."""
    attempt = DeliveryAttempt(a_job(1), build, (1,))
    assert await attempt.build_content(9) == await build(9)
    attempt.is_plain = True
    assert await attempt.build_content(9) == MessageContent(
        MessageCard("9 bytes", spoiler=True), (FileUpload("a.png", b"x", "", spoiler=True),)
    )


def test_failures_are_remembered_by_their_kind() -> None:
    attempt = DeliveryAttempt(a_job(1), build, ())
    attempt.record_failure(MissingPermission("50013"))
    assert (attempt.was_unavailable, attempt.was_malformed) == (False, False)
    attempt.record_failure(DiscordUnavailable("503"))
    attempt.record_failure(MalformedRequest("50035"))
    attempt.record_failure(MissingPermission("50013"))
    assert (attempt.was_unavailable, attempt.was_malformed) == (True, True)
