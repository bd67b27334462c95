"""The history and the orphaned sessions on disk: what is found, how, and what it costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite import Database, build_stores, history
from bot.adapters.sqlite.codec import pack_json
from bot.adapters.sqlite.migrate import load_migrations
from bot.core.drawing.request import DrawRequest
from bot.core.history.model import DeliveryPlace, Draft, StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Cancelled, Failed, Generated, Withdrawn
from bot.core.jobs.model import Post, Purpose
from tests.support.books import BEN, MIA, NOON, Desk, job_id
from tests.support.books import order as order_of


async def over(
    desk: Desk, place: DeliveryPlace = DeliveryPlace.CHANNEL, message: int | None = 900
) -> JobId:
    """One finished job of mia's with its picture there."""
    job = (await desk.ask()).job.id
    await desk.run(job)
    await desk.books.jobs.apply_job_event(job, Generated(1), NOON)
    images = (StoredImage(job, 0, "View/1.png", 42, message, place, 70 if message else None),)
    assert await desk.books.jobs.record_delivery(job, images, NOON)
    return job


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        (history.SELECT_NEWEST, (101, 7, 4, 0)),
        (history.COUNT_ENTRIES, (101, 7)),
        (history.SELECT_SEARCH_TEXTS, (101, 7)),
        (history.SELECT_IMAGES, ('["a"]',)),
        (history.SELECT_UNCOLLECTED, (101,)),
        (history.SELECT_REMOVED_FILES, ()),
        (history.SELECT_REMOVED_FOLDERS, ()),
    ],
)
async def test_history_is_found_by_an_index(
    desk: Desk, sql: str, params: tuple[object, ...]
) -> None:
    """However many others have drawn: nothing walks a table."""
    few = ("SCAN images USING INDEX images_waiting", "SCAN images USING INDEX images_removed")
    small = ("SCAN json_each", "SCAN CONSTANT ROW", *few)
    for step in await desk.db.read_rows(f"EXPLAIN QUERY PLAN {sql}", params):
        detail = step["detail"]
        assert not detail.startswith("SCAN") or detail.startswith(small), detail


async def test_a_picture_keeps_its_place(desk: Desk) -> None:
    places = (
        DeliveryPlace.CHANNEL,
        DeliveryPlace.PRIVATE,
        DeliveryPlace.DIRECT,
        DeliveryPlace.UNCOLLECTED,
    )
    jobs = [
        await over(desk, place, None if place is DeliveryPlace.UNCOLLECTED else 9)
        for place in places
    ]
    leaf = await desk.books.history.load_history_page(MIA.user, MIA.guild, "", 1, 2)
    assert [past.job.id for past in leaf.entries] == [jobs[2], jobs[1]]
    assert [past.images[0].place for past in leaf.entries] == [
        DeliveryPlace.DIRECT,
        DeliveryPlace.PRIVATE,
    ]
    assert leaf.total == 4
    assert (await desk.books.history.load_history_page(BEN.user, BEN.guild, "", 0, 9)).total == 0


async def test_what_waits_waits_until_it_was_handed_over(desk: Desk) -> None:
    job = await over(desk, DeliveryPlace.UNCOLLECTED, None)
    await over(desk)
    assert [one.id for one in await desk.books.history.list_uncollected_jobs(MIA.user)] == [job]
    assert await desk.books.history.list_uncollected_jobs(BEN.user) == ()
    await desk.books.jobs.mark_job_notified(job)
    assert await desk.books.history.list_uncollected_jobs(MIA.user) == ()
    await desk.books.history.mark_images_collected(job)
    assert [i.place for i in await desk.books.history.list_job_images(job)] == [
        DeliveryPlace.PRIVATE
    ]


async def test_a_deleted_message_and_a_forgotten_job(desk: Desk) -> None:
    """Charges stay; forgetting twice says so."""
    job = await over(desk, message=901)
    await desk.books.posts.record_post_intent(Post(job, Purpose.STATUS, "n", 70, NOON, 901))
    await desk.books.history.mark_message_deleted(901)
    [image] = await desk.books.history.list_job_images(job)
    assert (image.place, image.message, image.channel) == (DeliveryPlace.DELETED, None, None)
    assert image.path == "View/1.png"
    assert await desk.books.history.delete_history_entry(job)
    assert not await desk.books.history.delete_history_entry(job)
    assert (await desk.books.history.load_history_page(MIA.user, MIA.guild, "", 0, 9)).total == 0
    assert len(await desk.rows("charges")) == 1
    assert await desk.books.jobs.find_job(job) is not None


async def test_only_interrupted_runs_leave_orphans_and_not_for_ever(desk: Desk) -> None:
    """A finished run is no orphan; what waits in line has no session."""
    queued = (await desk.ask()).job.id
    await desk.books.jobs.apply_job_event(queued, Cancelled(0), NOON)
    drawn = (await desk.ask()).job.id
    await desk.run(drawn)
    await desk.books.jobs.apply_job_event(drawn, Generated(1), NOON)
    await desk.books.jobs.apply_job_event(drawn, Withdrawn(), NOON)
    assert await desk.books.jobs.list_orphaned_sessions() == ()
    for k in (0, 1):
        job = (await desk.ask(2)).job.id
        await desk.run(job)
        await desk.books.jobs.apply_job_event(job, Cancelled(k), NOON + timedelta(seconds=k))
        assert await desk.books.jobs.list_orphaned_sessions() == ("session",)
    await desk.books.retention.delete_expired_rows(NOON + timedelta(days=1))
    assert await desk.books.jobs.list_orphaned_sessions() == ("session",)
    await desk.books.jobs.mark_session_stopped("session")
    assert await desk.books.jobs.list_orphaned_sessions() == ()
    job = (await desk.ask()).job.id
    await desk.run(job)
    await desk.books.jobs.apply_job_event(job, Cancelled(0), NOON)
    await desk.books.retention.delete_expired_rows(NOON + timedelta(days=1))
    assert await desk.books.jobs.list_orphaned_sessions() == ()


async def test_a_file_of_the_first_release_keeps_its_history(tmp_path: Path) -> None:
    """Where it said nothing of a place, the picture is in the channel."""
    path, job = tmp_path / "b.db", job_id(1)
    async with Database.open(path, clock=lambda: NOON, migrations=load_migrations()[:1]) as db:
        order = pack_json(order_of())
        await db.run_transaction(
            lambda conn: conn.execute(
                "INSERT INTO jobs VALUES (1, ?, 's', 101, 'Mia', '[]', 7, 70, ?,"
                " 'done', 1, '', '', 1, '', '', 1, 2, 3, 4, 1, 0)",
                (job, order),
            )
        )
        await db.run_transaction(
            lambda conn: conn.execute("INSERT INTO images VALUES (?, 0, '', 1, 900)", (job,))
        )
    async with Database.open(path, clock=lambda: NOON) as db:
        leaf = await build_stores(db).history.load_history_page(101, 7, "fox", 0, 4)
        assert [past.images[0].place for past in leaf.entries] == [DeliveryPlace.CHANNEL]
        assert leaf.entries[0].images[0].message == 900


async def test_a_draft_is_found_by_its_id_as_it_was_saved_last(desk: Desk) -> None:
    store = history.SqliteHistoryStore(desk.db)
    draft = Draft(job_id(5), MIA.user, MIA.guild, DrawRequest("message:1", "a fox"))
    assert await store.find_draft(draft.id) is None
    for words in ("a fox", "a blue fox"):
        changed = replace(draft, request=replace(draft.request, prompt=words))
        await store.save_draft(changed, NOON)
        assert await store.find_draft(draft.id) == changed
    assert len(await desk.rows("drafts")) == 1


async def test_recent_results_are_the_messages_that_can_be_taken_away(desk: Desk) -> None:
    """Not those of a job that failed, of before, of somebody else, and no direct message."""
    store = history.SqliteHistoryStore(desk.db)

    async def post(job: JobId, message: int | None, purpose: Purpose = Purpose.STATUS) -> None:
        post = Post(job, purpose, f"n{message}", 70, NOON, message)
        await desk.books.posts.record_post_intent(post)

    first, second, direct, unsent = [await over(desk) for _ in range(4)]
    failed = (await desk.ask()).job.id
    await desk.books.jobs.apply_job_event(failed, Failed(0, "no"), NOON)
    for number, job in enumerate((first, second, failed)):
        await post(job, 900 + number)
    await post(direct, 903, Purpose.DIRECT)
    await post(unsent, None)
    results = store.list_recent_results
    found = await results(MIA.guild, MIA.user, NOON)
    assert [(channel, message) for _, channel, message in found] == [(70, 901), (70, 900)]
    assert await results(MIA.guild, MIA.user, NOON + timedelta(seconds=1)) == ()
    assert await results(MIA.guild, BEN.user, NOON) == ()
    assert await results(MIA.guild + 1, MIA.user, NOON) == ()
