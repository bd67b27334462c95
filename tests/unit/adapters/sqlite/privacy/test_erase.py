"""What is kept of a person goes when asked, and what an erasure owes afterwards is written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite.privacy import erase as privacy
from bot.adapters.sqlite.privacy.personal_data import USER_DATA_TABLES, build_query
from bot.core.drawing.request import DrawRequest
from bot.core.history.model import Draft, StoredImage
from bot.core.jobs.job import Cancelled, Delivered, Failed, Generated, Lost, Started
from bot.core.jobs.model import Post, Purpose
from bot.core.limits.quota import LimitScope
from bot.core.privacy.model import ErasureCounts, ErasureTaskKind
from tests.support.books import MIA, NOON, Desk, job_id, open_desk, set_clocks
from tests.support.personal_rows import BEN, FAR_MIA, MODERATOR, PROMPT, drew, everything


async def kept(desk: Desk, guild: int = 0) -> Mapping[str, tuple[Mapping[str, object], ...]]:
    return await desk.books.privacy.export_user_rows(MIA.user, guild)


async def erase(
    desk: Desk, guild: int = 0, now: datetime = NOON, *, messages: bool = False
) -> ErasureCounts | None:
    wish = await desk.books.privacy.request_erasure(MIA.user, guild, now, messages=messages)
    return await desk.books.privacy.erase_user_rows(wish.number, now)


async def test_what_goes_and_what_stays(desk: Desk) -> None:
    """The tables whose holding says that they stay, and no other, still know mia."""
    await everything(desk)
    ben_before = await desk.books.privacy.export_user_rows(BEN.user, 0)
    assert await erase(desk) == ErasureCounts(
        jobs=2, drafts=1, retained=3
    )  # two charges and a grant

    assert set(await kept(desk)) == {
        holding.table for holding in USER_DATA_TABLES if holding.retained_until
    }
    assert await desk.books.privacy.export_user_rows(BEN.user, 0) == ben_before


async def test_the_words_are_gone_from_the_file_itself(tmp_path: Path) -> None:
    """Overwritten, not only unlinked: whoever copies the file reads nothing of them."""
    path = tmp_path / "b.db"
    async with open_desk(path) as desk:
        for _ in range(5):
            await drew(desk)
    assert PROMPT.encode() in path.read_bytes()
    async with open_desk(path) as desk:
        await erase(desk)
        for file in path.parent.glob("b.db*"):  # the write-ahead log among them
            assert PROMPT.encode() not in file.read_bytes(), file


async def test_erasing_is_no_way_around_a_limit(desk: Desk) -> None:
    await drew(desk, k=2)
    await desk.books.limits.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, {"day": 3}, NOON)
    await erase(desk)

    balance = await desk.books.limits.compute_balance(MIA, NOON)
    assert (balance.day_used, balance.pictures_left) == (2, 1)
    await desk.books.blocks.block_member(MODERATOR, MIA.user, None, "", NOON)
    await erase(desk)
    assert [block.user for block in await desk.books.blocks.list_blocks(7, NOON)] == [MIA.user]


async def test_numbers_go_when_their_month_is_over(desk: Desk) -> None:
    """Then nothing is owed any more, and the wish itself is forgotten."""
    await drew(desk, now=NOON - timedelta(days=40))
    await drew(desk)
    await desk.books.limits.grant_images(MODERATOR, MIA.user, 3, 2, NOON)
    await erase(desk)
    assert [row["month"] for row in (await kept(desk))["charges"]] == ["2026-11"]
    assert {row["period"] for row in (await kept(desk))["totals"]} == {"2026-11-24", "2026-11"}

    for wish in await desk.books.privacy.list_pending_erasures():
        await desk.books.privacy.mark_erasure_tasks_done(
            await desk.books.privacy.list_erasure_tasks(wish.number, 99)
        )
    await desk.books.privacy.finish_erasures(NOON + timedelta(days=3))
    assert "charges" in await kept(desk)
    await desk.books.privacy.finish_erasures(NOON + timedelta(days=7))
    assert set(await kept(desk)) == {"audit"}
    before = await desk.rows("totals")
    await desk.books.limits.rebuild_totals()
    assert await desk.rows("totals") == before == []


async def test_a_month_ends_on_the_clocks_of_its_server(desk: Desk) -> None:
    await set_clocks(desk.books, MODERATOR, "Pacific/Kiritimati", NOON)  # 14 hours ahead
    await drew(desk)
    await erase(desk)
    await desk.books.privacy.finish_erasures(datetime(2026, 11, 30, 9, tzinfo=NOON.tzinfo))
    assert "charges" in await kept(desk)
    await desk.books.privacy.finish_erasures(datetime(2026, 11, 30, 10, tzinfo=NOON.tzinfo))
    assert "charges" not in await kept(desk)


async def test_a_job_that_lives_is_waited_for(desk: Desk) -> None:
    """And nothing at all goes before it has ended."""
    await drew(desk)
    living = (await desk.ask()).job.id
    assert await erase(desk) is None
    assert len((await kept(desk))["jobs"]) == 2
    await desk.books.jobs.apply_job_event(living, Started("s", f"swarmbot/day/{living}/1"), NOON)
    (wish,) = await desk.books.privacy.list_pending_erasures()
    assert await desk.books.privacy.erase_user_rows(wish.number, NOON) is None
    await desk.books.jobs.apply_job_event(living, Generated(1), NOON)
    await desk.books.jobs.apply_job_event(living, Delivered(), NOON)
    gone = await desk.books.privacy.erase_user_rows(wish.number, NOON)
    assert gone is not None
    assert gone.jobs == 2


async def test_a_job_that_was_just_cancelled_is_told_of_first(desk: Desk) -> None:
    living = (await desk.ask()).job.id
    await desk.books.jobs.apply_job_event(living, Cancelled(0), NOON)
    assert await erase(desk) is None
    await desk.books.jobs.mark_job_notified(living)
    assert await erase(desk) == ErasureCounts(jobs=1)


async def test_what_came_after_the_wish_is_not_meant(desk: Desk) -> None:
    await drew(desk)
    wish = await desk.books.privacy.request_erasure(MIA.user, 0, NOON, messages=False)
    later = NOON + timedelta(seconds=1)
    newer = await drew(desk, now=later)
    await desk.ask(now=later)
    gone = await desk.books.privacy.erase_user_rows(wish.number, later)
    assert gone == ErasureCounts(jobs=1, retained=1)
    assert newer in {row["id"] for row in (await kept(desk))["jobs"]}


async def test_one_server_is_left_alone(desk: Desk) -> None:
    await drew(desk)
    await drew(desk, FAR_MIA)
    await desk.ask(asker=FAR_MIA)  # it lives, elsewhere
    assert await erase(desk, 7) == ErasureCounts(jobs=1, retained=1)
    assert len((await kept(desk))["jobs"]) == 2


async def test_asking_twice_is_one_erasure(desk: Desk) -> None:
    await drew(desk)
    await erase(desk)
    assert await erase(desk, messages=True) == ErasureCounts(retained=1)
    (wish,) = await desk.books.privacy.list_pending_erasures()
    assert wish.with_messages
    assert await desk.books.privacy.erase_user_rows(999, NOON) == ErasureCounts()


async def test_messages_of_a_later_wish_stay_unless_it_says_otherwise(desk: Desk) -> None:
    """The first is not over before the month is; what it asked for was for what there was then."""
    await drew(desk)
    await erase(desk, messages=True)
    later = NOON + timedelta(days=1)
    await drew(desk, now=later)
    wish = await desk.books.privacy.request_erasure(MIA.user, 0, later, messages=False)
    assert await desk.books.privacy.erase_user_rows(wish.number, later) == ErasureCounts(
        jobs=1, retained=2
    )
    owed = await desk.books.privacy.list_erasure_tasks(wish.number, 99)
    assert [one.target for one in owed if one.kind is ErasureTaskKind.MESSAGE] == ["70/9001"]

    await desk.ask(now=later)  # what is waited for is still to be done as it was asked
    await desk.books.privacy.request_erasure(MIA.user, 0, later, messages=True)
    assert await desk.books.privacy.erase_user_rows(wish.number, later) is None
    assert (
        await desk.books.privacy.request_erasure(MIA.user, 0, later, messages=False)
    ).with_messages


async def test_files_and_messages_are_owed_by_the_same_transaction(desk: Desk) -> None:
    begun = job_id(300)
    job = await drew(desk, image=begun)
    await desk.books.history.save_draft(
        Draft(job_id(301), MIA.user, 7, DrawRequest("", "x", image=job_id(302))), NOON
    )
    await erase(desk, messages=True)
    (wish,) = await desk.books.privacy.list_pending_erasures()
    errands = await desk.books.privacy.list_erasure_tasks(wish.number, 99)

    assert {(one.kind, one.target) for one in errands} == {
        (ErasureTaskKind.SPOOL, job),
        (ErasureTaskKind.INIT_IMAGE, begun),
        (ErasureTaskKind.INIT_IMAGE, job_id(302)),
        (ErasureTaskKind.BACKEND_FILE, "View/0.png"),
        (ErasureTaskKind.MESSAGE, "70/9001"),
    }
    assert errands[-1].kind is ErasureTaskKind.MESSAGE  # they take the longest
    await desk.books.privacy.mark_erasure_tasks_done(errands[:2])
    assert await desk.books.privacy.list_erasure_tasks(wish.number, 99) == errands[2:]


@pytest.mark.parametrize("path", ["swarmbot/d/{}/2", "swarmbot/d/{}-2"])
@pytest.mark.parametrize(
    ("ready", "named", "attempts"),
    [(3, 3, 2), (3, 2, 1), (2, 2, 1), (0, 0, 1)],
    ids=["drawn twice", "one without a path", "one was not delivered", "failed"],
)
async def test_files_that_no_image_names_are_owed_by_the_jobs_path(
    desk: Desk, path: str, ready: int, named: int, attempts: int
) -> None:
    job = (await desk.ask(images=3)).job.id
    started = Started("s", path.format(job))
    events = [started] if attempts == 1 else [started, Lost(), started]
    for event in (*events, Generated(ready) if ready else Failed(0, "x")):
        await desk.books.jobs.apply_job_event(job, event, NOON)
    if ready:
        refs = [f"View/bob/raw/{n}.png" if n < named else "" for n in range(ready)]
        images = tuple(StoredImage(job, n, ref, 42, 900) for n, ref in enumerate(refs))
        assert await desk.books.jobs.record_delivery(job, images, NOON)
    await erase(desk, now=NOON + timedelta(minutes=5))
    (wish,) = await desk.books.privacy.list_pending_erasures()
    owed = await desk.books.privacy.list_erasure_tasks(wish.number, 99)
    (server,) = [one.target for one in owed if one.kind is ErasureTaskKind.BACKEND]
    assert server == path.format(job).removesuffix("/2")
    files = [one.target for one in owed if one.kind is ErasureTaskKind.BACKEND_FILE]
    assert files == [f"View/bob/raw/{n}.png" for n in range(named)]


async def test_private_messages_are_owed_where_we_can_reach_them(desk: Desk) -> None:
    """One that only its reader sees cannot be deleted by us, a direct one can."""
    job = await drew(desk)
    for purpose, message in ((Purpose.RESULT, 50), (Purpose.DIRECT, 51)):
        post = Post(job, purpose, f"n{message}", 70, NOON, private=True)
        await desk.books.posts.record_post_intent(post)
        await desk.books.posts.mark_post_sent(replace(post, message=message))
    await erase(desk, messages=True)
    (wish,) = await desk.books.privacy.list_pending_erasures()
    owed = await desk.books.privacy.list_erasure_tasks(wish.number, 99)
    messages = {one.target for one in owed if one.kind is ErasureTaskKind.MESSAGE}
    assert messages == {"70/9001", "70/51"}


async def test_messages_are_owed_only_where_they_were_meant(desk: Desk) -> None:
    await drew(desk)
    await erase(desk)
    (wish,) = await desk.books.privacy.list_pending_erasures()
    assert ErasureTaskKind.MESSAGE not in {
        one.kind for one in await desk.books.privacy.list_erasure_tasks(wish.number, 99)
    }


async def test_an_erasure_that_owes_files_is_kept(desk: Desk) -> None:
    await drew(desk)
    await erase(desk)
    await desk.books.privacy.finish_erasures(NOON + timedelta(days=60))
    assert len(await desk.books.privacy.list_pending_erasures()) == 1


async def test_nobody_elses_rows_are_read_for_one_person(desk: Desk) -> None:
    """Jobs and charges of everybody may be millions: each is found by an index of its own."""
    statements = [
        build_query(one, guild, what)
        for one in USER_DATA_TABLES
        for guild in (0, 7)
        for what in ("*", "count(*)")
    ]
    statements += [
        *privacy._TASK_QUERIES,
        privacy._SELECT_ACTIVE_JOB,
        privacy.DELETE_CHARGES,
        f"DELETE FROM jobs WHERE {privacy._ENDED_JOBS}",
    ]
    who = {
        "user": 1,
        "guild": 7,
        "asked": 0,
        "erasure": 1,
        "messages": 1,
        "telling": 0,
        "month": "",
    }
    for sql in statements:
        names = set(re.findall(r":(\w+)", sql))
        plan = await desk.db.read_rows(f"EXPLAIN QUERY PLAN {sql}", {n: who[n] for n in names})
        steps = [str(step["detail"]) for step in plan]
        read_whole = [
            s for s in steps if re.match(r"SCAN (jobs|charges|posts|images)\b(?!.*jobs_living)", s)
        ]
        assert read_whole == [], sql
