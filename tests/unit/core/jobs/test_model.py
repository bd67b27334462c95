"""Values that jobs are stored and posted with: what they must not show."""

from __future__ import annotations

from dataclasses import fields

from bot.core.jobs.model import Post, Purpose
from tests.unit.core.make import T0, an_id


def test_a_post_never_shows_its_token() -> None:
    """The token is a secret, and posts are written into logs."""
    post = Post(an_id(1), Purpose.STATUS, "a-nonce", 70, T0, token="a-secret", token_until=T0)
    assert "a-secret" not in repr(post)
    assert "a-nonce" in repr(post)
    assert [one.name for one in fields(Post) if not one.repr] == ["token"]


def test_the_stored_name_of_each_purpose_stays() -> None:
    """A database of an earlier version has these words in it."""
    assert {purpose.name: purpose.value for purpose in Purpose} == {
        "STATUS": "status",
        "RESULT": "result",
        "PING": "ring",
        "DIRECT": "direct",
    }
