"""Where our messages are, and the drafts behind yesterday's buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.sqlite import StoreError, posts
from bot.core.drawing.request import DrawRequest
from bot.core.history.model import Draft
from bot.core.jobs.model import Post, Purpose
from tests.support.books import MIA, NOON, Desk, job_id


def status_of(job: str, **changes: object) -> Post:
    """The intent to post a status message for that job."""
    post = Post(job_id(0), Purpose.STATUS, "nonce-1", 70, NOON)
    return replace(post, job=job, **changes)  # type: ignore[arg-type]


async def test_an_intent_becomes_a_fact(desk: Desk) -> None:
    """With everything that addresses the message, and it is found by its number."""
    job = (await desk.ask()).job.id
    until = NOON + timedelta(minutes=15)
    post = status_of(job, token="secret", token_until=until)
    assert await desk.books.posts.record_post_intent(post) == post
    fact = replace(post, message=900, channel=71, nonce="nonce-2")
    await desk.books.posts.mark_post_sent(fact)
    assert await desk.books.posts.list_job_posts(job) == (fact,)
    assert await desk.books.posts.find_post_by_message(900) == fact
    assert await desk.books.posts.find_post_by_message(901) is None
    assert "secret" not in repr(fact)


async def test_the_earlier_intent_wins(desk: Desk) -> None:
    """Whoever posts looks for the message of the first, by its nonce."""
    job = (await desk.ask()).job.id
    first = await desk.books.posts.record_post_intent(status_of(job))
    assert (
        await desk.books.posts.record_post_intent(status_of(job, nonce="nonce-2", channel=72))
        == first
    )
    ring = status_of(job, purpose=Purpose.PING, nonce="nonce-3")
    assert await desk.books.posts.record_post_intent(ring) == ring
    assert await desk.books.posts.list_job_posts(job) == (ring, first)
    other = (await desk.ask()).job.id
    assert (await desk.books.posts.record_post_intent(status_of(other))).job == other


async def test_a_fact_without_an_intent_changes_nothing(desk: Desk) -> None:
    """And an intent needs its job."""
    await desk.books.posts.mark_post_sent(status_of(job_id(9), message=5))
    assert await desk.rows("posts") == []
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        await desk.books.posts.record_post_intent(status_of(job_id(9)))


async def test_a_draft_waits_for_its_button(desk: Desk) -> None:
    """The wish as it was typed."""
    draft = Draft(job_id(5), MIA.user, MIA.guild, DrawRequest("message:1", "a fox", images=9))
    await desk.books.history.save_draft(draft, NOON)
    assert await desk.books.history.find_draft(draft.id) == draft
    assert await desk.books.history.find_draft(job_id(6)) is None
    changed = replace(draft, request=replace(draft.request, images=2))
    await desk.books.history.save_draft(changed, NOON)
    assert await desk.books.history.find_draft(draft.id) == changed


async def test_a_ring_is_owed_only_by_what_is_done(desk: Desk) -> None:
    for number, done in enumerate((True, False)):
        job = (await desk.ask()).job.id
        if done:
            await desk.finish(job)
        await desk.books.posts.record_post_intent(Post(job, Purpose.PING, f"n{number}", 70, NOON))
    [ring] = await desk.books.posts.list_unsent_pings(NOON)
    assert ring.nonce == "n0"
    assert await desk.books.posts.list_unsent_pings(NOON + timedelta(seconds=1)) == ()
    await desk.books.posts.mark_post_sent(Post(ring.job, Purpose.PING, "n0", 70, NOON, 902))
    assert await desk.books.posts.list_unsent_pings(NOON) == ()


async def test_tokens_go_every_minute_without_the_great_sweep(desk: Desk) -> None:
    job = (await desk.ask()).job.id
    until = NOON + timedelta(minutes=15)
    await desk.books.posts.record_post_intent(
        Post(job, Purpose.STATUS, "n", 70, NOON, 9, "t", until, upload_limit=123, private=True)
    )
    await desk.books.posts.delete_expired_tokens(until - timedelta(seconds=1))
    [post] = await desk.books.posts.list_job_posts(job)
    assert (post.token, post.upload_limit, post.private) == ("t", 123, True)
    await desk.books.posts.delete_expired_tokens(until)
    [post] = await desk.books.posts.list_job_posts(job)
    assert post.token is None


async def test_unsent_pings_are_found_by_an_index(desk: Desk) -> None:
    """However many messages the file has: nothing walks the table of posts."""
    plan = await desk.db.read_rows(f"EXPLAIN QUERY PLAN {posts.SELECT_UNSENT_PINGS}", (0,))
    details = [str(step["detail"]) for step in plan]
    assert details
    assert not [detail for detail in details if detail.startswith("SCAN")]
