"""People with rows in every table that may hold something about a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.history.model import Draft, StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Generated, Started
from bot.core.jobs.model import NewJob, Post, Purpose
from bot.core.limits.quota import LimitScope
from tests.support import books
from tests.support.books import MIA, NOON, Desk, job_id, order

SECRET = "interaction-token-of-mia"
PROMPT = "a fox that nobody shall read of"
FAR_MIA = replace(MIA, guild=8)
BEN = replace(books.BEN, user=880_000_000_000_000_102)
MODERATOR = replace(books.MODERATOR, user=880_000_000_000_000_199)


async def drew(
    desk: Desk,
    asker: RequestContext = MIA,
    now: datetime = NOON,
    *,
    image: str = "",
    k: int = 1,
) -> JobId:
    """A finished job with all that belongs to one."""
    number = next(desk.numbers)
    job = job_id(number)
    wanted = replace(order(k, PROMPT), image=image)
    await desk.books.jobs.create_job(NewJob(job, wanted, asker, f"interaction:{number}", now))
    post = Post(job, Purpose.STATUS, f"n{number}", 70, now, token=SECRET)
    await desk.books.posts.record_post_intent(post)
    await desk.books.posts.mark_post_sent(replace(post, message=9000 + number))
    await desk.books.jobs.apply_job_event(
        job, Started("session-secret", f"swarmbot/2026-11-24/{job}/1"), now
    )
    await desk.books.jobs.apply_job_event(job, Generated(k), now)
    images = tuple(StoredImage(job, n, f"View/{n}.png", 42 + n, 9000 + number) for n in range(k))
    assert await desk.books.jobs.record_delivery(job, images, now)
    return job


async def everything(desk: Desk) -> JobId:
    """At least one row about mia in every table that may have one."""
    job = await drew(desk)
    await drew(desk, FAR_MIA)
    await drew(desk, BEN)
    now = NOON
    for asker in (MIA, BEN):
        draft = Draft(job_id(500 + asker.user), asker.user, asker.guild, DrawRequest("x", PROMPT))
        await desk.books.history.save_draft(draft, now)
        await desk.books.settings.set_usual_model(asker.guild, asker.user, "sdxl/base")
        await desk.books.limits.grant_images(MODERATOR, asker.user, 3, 2, now)
        await desk.books.limits.set_limit(MODERATOR, LimitScope.MEMBER, asker.user, {"day": 5}, now)
        await desk.books.blocks.block_member(MODERATOR, asker.user, now, "too loud", now)
        path = f"View/local/raw/old/{asker.user}.png"
        await desk.db.run_transaction(
            lambda conn, *row: conn.execute("INSERT INTO kept_files VALUES (?, ?, 'file', ?)", row),
            asker.user,
            asker.guild,
            path,
        )
    return job
