"""What a message is recognised by after a crash: never by its nonce, which Discord forgets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.adapters.discord.rest.find import is_message_of
from bot.core.ids import NO_JOB, JobId
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import CardButton, Embed, MessageCard

JOB = JobId("abcdefghijklmnopqrst")


def post(purpose: Purpose, job: JobId = JOB) -> Post:
    return Post(job, purpose, "n", 1, datetime(2026, 11, 29, tzinfo=UTC))


def data(content: str = "", *, custom_ids: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    buttons = [{"type": 2, "custom_id": one} for one in custom_ids]
    rows = [{"type": 1, "components": buttons}] if buttons else []
    return {"content": content, "attachments": [], "embeds": [], "components": rows} | more


@pytest.mark.parametrize(
    ("purpose", "custom_ids", "names", "found"),
    [
        (Purpose.STATUS, (f"cancel:{JOB}",), (), True),
        (Purpose.STATUS, (f"retry:{JOB}", f"edit:{JOB}"), (), True),
        (Purpose.STATUS, ("cancel:tsrqponmlkjihgfedcba",), (), False),
        (Purpose.STATUS, (), ("preview.jpg",), False),
        (Purpose.RESULT, (f"cancel:{JOB}",), ("preview.jpg",), False),
        (Purpose.RESULT, (f"vary:1:{JOB}",), ("x.png",), True),
        (Purpose.RESULT, (f"retry:{JOB}",), (), True),  # words alone
        (Purpose.RESULT, (), (f"swarmbot-{JOB}-1.png",), True),  # files alone
        (Purpose.DIRECT, (f"delete:{JOB}",), (), True),
        (Purpose.DIRECT, (), (), False),
    ],
)
def test_messages_of_a_job_have_its_id_in_a_button_or_a_file(
    purpose: Purpose, custom_ids: tuple[str, ...], names: tuple[str, ...], found: bool
) -> None:
    files = [{"filename": name} for name in names]
    seen = data(custom_ids=custom_ids, attachments=files, nonce="n")
    assert is_message_of(post(purpose), seen) is found


def test_a_ring_is_the_plain_reply_to_the_result() -> None:
    ring, reply = post(Purpose.PING), {"message_reference": {"message_id": "5"}}
    assert is_message_of(ring, data("<@1> Your picture is ready.", **reply), 5)
    assert not is_message_of(ring, data("<@1> Your picture is ready.", **reply), 6)
    assert not is_message_of(ring, data("<@1> Your picture is ready."), 5)
    # The answers to presses of the result's buttons reply to it as well.
    assert not is_message_of(ring, data(custom_ids=("cancel:x",), **reply), 5)
    assert not is_message_of(ring, data("words", interaction_metadata={}, **reply), 5)


def test_a_message_of_no_job_is_found_by_its_whole_card() -> None:
    lines = MessageCard("mona: day 3 → 4")
    mine = post(Purpose.STATUS, NO_JOB)
    assert is_message_of(mine, data("mona: day 3 → 4"), card=lines)
    assert not is_message_of(mine, data("mona: day 3 → 4"))
    assert not is_message_of(mine, data("mona: day 3 → 4 and more"), card=lines)
    report = MessageCard("Reported.", Embed("x", "a link"), (CardButton("block", "Block", JOB),))
    shown = {"custom_ids": (f"block:{JOB}",), "embeds": [{"description": "a link"}]}
    assert is_message_of(mine, data("Reported.", **shown), card=report)
    assert not is_message_of(mine, data("Reported."), card=report)
    assert not is_message_of(
        mine, data("Reported.", **shown | {"embeds": [{"description": "another"}]}), card=report
    )
