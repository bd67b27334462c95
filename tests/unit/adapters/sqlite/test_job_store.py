"""The store of jobs: what the host allows, and that a rehearsal changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite.jobs import HostDefaults, SqliteJobStore
from bot.core.errors import Refused, StoreError
from bot.core.history.model import StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Cancelled, Failed, Generated, Started, State
from bot.core.jobs.model import NewJob
from bot.core.limits.quota import Limits, LimitScope
from tests.support.books import MIA, NOON, Desk, job_id, open_desk, order

TABLES = ("jobs", "holds", "totals", "charges", "audit", "posts")


def new(images: int = 1, source: str = "") -> NewJob:
    return NewJob(job_id(900), order(images), MIA, source, NOON)


async def everything(desk: Desk) -> list[list[dict[str, object]]]:
    return [await desk.rows(table) for table in TABLES]


async def test_a_yes_says_what_would_be_left_and_leaves_it(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db", Limits(day=5)) as desk:
        await desk.ask(2)
        before = await everything(desk)
        rehearsed = await desk.books.jobs.check_new_job(new(2))
        assert rehearsed.balance.pictures_left == 1
        assert await everything(desk) == before
        # The same again, and then in earnest: nothing of the rehearsal counts.
        assert (await desk.books.jobs.check_new_job(new(2))).balance.pictures_left == 1
        assert (await desk.books.jobs.create_job(new(2))).balance == rehearsed.balance


async def test_a_no_is_the_same_no(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db", Limits(day=1)) as desk:
        await desk.ask(1)
        before = await everything(desk)
        with pytest.raises(Refused) as rehearsed:
            await desk.books.jobs.check_new_job(new())
        with pytest.raises(Refused) as real:
            await desk.books.jobs.create_job(new())
        assert (rehearsed.value.rule, str(rehearsed.value)) == (real.value.rule, str(real.value))
        assert await everything(desk) == before


async def test_a_full_disk_is_what_is_said_of_a_full_disk(tmp_path: Path) -> None:
    """SQLite has taken the whole transaction back by then, and the savepoint with it."""
    async with open_desk(tmp_path / "b.db", Limits(None, None, 4, None), 10_000) as desk:
        await desk.db.run_transaction(
            lambda conn: conn.execute("PRAGMA max_page_count = 1").fetchone()
        )
        met: set[str] = set()
        while not met:
            try:
                await desk.ask()
            except StoreError as error:
                met.add(str(error))
        before = await everything(desk)
        # Each new person's rows are another statement that finds no room.
        for number in range(5):
            asked = replace(new(), asker=replace(MIA, user=MIA.user + number))
            with pytest.raises(StoreError) as refused:
                await desk.books.jobs.check_new_job(asked)
            met.add(str(refused.value))
        assert met == {f"{tmp_path / 'b.db'}: database or disk is full"}
        assert await everything(desk) == before
        await desk.db.run_transaction(
            lambda conn: conn.execute("PRAGMA max_page_count = 99999").fetchone()
        )
        assert (await desk.books.jobs.check_new_job(new())).created
        assert await everything(desk) == before


async def test_only_a_no_that_names_roles_looks_for_them(tmp_path: Path) -> None:
    """A crowd that is refused for its limits costs the books no further query."""
    seen: list[str] = []
    async with open_desk(tmp_path / "b.db", Limits(day=1)) as desk:
        await desk.ask(1)
        await desk.db.run_transaction(lambda conn: conn.set_trace_callback(seen.append))
        with pytest.raises(Refused):
            await desk.books.jobs.create_job(new(source="again"))
        assert len([sql for sql in seen if "FROM limits" in sql]) == 1
        await desk.db.run_transaction(lambda conn: conn.set_trace_callback(None))
        await desk.books.limits.set_limit(MIA, LimitScope.GUILD, MIA.guild, {"day": 0}, NOON)
        await desk.books.limits.set_limit(MIA, LimitScope.ROLE, 66, {"day": 5}, NOON)
        with pytest.raises(Refused, match="<@&66>"):
            await desk.books.jobs.create_job(new(source="third"))


async def test_a_blocked_member_would_be_refused(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        books = desk.books
        await books.blocks.block_member(MIA, MIA.user, None, "", NOON)
        with pytest.raises(Refused) as refused:
            await books.jobs.check_new_job(new())
        assert refused.value.rule.startswith("block")


async def test_a_store_admits_by_the_limits_that_it_was_built_with(desk: Desk) -> None:
    """Two stores over one file share the jobs, and each has its host's bounds."""
    strict = SqliteJobStore(desk.db, HostDefaults(Limits(day=1), 9, "UTC"))
    wide = SqliteJobStore(desk.db, HostDefaults(Limits(day=2), 9, "UTC"))
    first = await strict.create_job(new(source="interaction:1"))
    second = replace(new(source="interaction:2"), id=job_id(901))
    with pytest.raises(Refused) as refused:
        await strict.create_job(second)
    assert refused.value.rule == "quota.day"
    assert (await wide.create_job(second)).balance.day_left == 0
    assert await strict.list_living_jobs() == await wide.list_living_jobs()
    assert await strict.find_job(first.job.id) == first.job


async def test_a_full_queue_is_counted_by_the_host_of_the_store(desk: Desk) -> None:
    store = SqliteJobStore(desk.db, HostDefaults(Limits(), 1, "UTC"))
    await store.create_job(new(source="interaction:1"))
    with pytest.raises(Refused) as refused:
        await store.create_job(replace(new(source="interaction:2"), id=job_id(901)))
    assert refused.value.rule == "queue.full"


@pytest.fixture
def store(desk: Desk) -> SqliteJobStore:
    return SqliteJobStore(desk.db, HostDefaults(Limits(), 9, "UTC"))


async def start(store: SqliteJobStore, number: int, session: str) -> JobId:
    """A job that runs in that session."""
    asked = replace(new(2, f"interaction:{number}"), id=job_id(900 + number))
    job = (await store.create_job(asked)).job.id
    assert await store.apply_job_event(job, Started(session, f"day/{job}/1"), NOON)
    return job


async def test_a_job_is_followed_to_its_delivery(desk: Desk, store: SqliteJobStore) -> None:
    """A renewed session is the one that it has while it runs."""
    job = await start(store, 1, "first")
    await store.update_job_session(job, "second")
    assert [(one.id, one.session) for one in await store.list_living_jobs()] == [(job, "second")]
    assert await store.apply_job_event(job, Generated(1), NOON)
    image = StoredImage(job, 0, "View/1.png", 42, 900)
    moved = await store.record_delivery(job, (image,), NOON)
    assert moved is not None
    assert moved.job.state is State.DONE
    assert await store.list_living_jobs() == ()
    assert len(await desk.rows("images")) == len(await desk.rows("charges")) == 1


async def test_a_cancelled_job_leaves_its_session_and_somebody_to_tell(
    store: SqliteJobStore,
) -> None:
    """Each until it is marked as done with."""
    job = await start(store, 1, "session")
    assert await store.apply_job_event(job, Cancelled(0), NOON)
    assert await store.list_orphaned_sessions() == ("session",)
    await store.mark_session_stopped("session")
    assert await store.list_orphaned_sessions() == ()
    assert [one.id for one in await store.list_unnotified_jobs(NOON)] == [job]
    assert await store.list_unnotified_jobs(NOON + timedelta(microseconds=1)) == ()
    await store.mark_job_notified(job)
    assert await store.list_unnotified_jobs(NOON) == ()


async def test_the_last_failure_is_the_guilds_newest_with_a_reference(
    store: SqliteJobStore,
) -> None:
    assert await store.find_last_failure(MIA.guild) is None
    for number, ref in ((1, "AAAA"), (2, "BBBB"), (3, "")):
        job = await start(store, number, f"session {number}")
        assert await store.apply_job_event(job, Failed(0, "It broke.", ref), NOON)
    found = await store.find_last_failure(MIA.guild)
    assert found is not None
    assert (found.ref, found.reason) == ("BBBB", "It broke.")
    assert await store.find_last_failure(MIA.guild + 1) is None
