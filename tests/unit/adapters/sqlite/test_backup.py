"""Backups: of one moment, whole or not at all, and a bot that goes on from them."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.sqlite.backup import back_up_database, restore_database
from bot.adapters.sqlite.errors import NotOurDatabase
from bot.core.drawing.request import DrawRequest
from bot.core.errors import MissingPermission, StoreError
from bot.core.jobs.job import Generated
from bot.core.limits.quota import Limits
from tests.support.books import MIA, NOON, open_desk
from tests.support.flow import FakeBoard, FakePainter, png, stage


@contextmanager
def look(path: Path) -> Iterator[sqlite3.Connection]:
    """A file as anybody may open it."""
    with closing(sqlite3.connect(path)) as conn:
        yield conn


def value(path: Path, sql: str) -> Any:
    """The one value of a query."""
    with look(path) as conn:
        return conn.execute(sql).fetchone()[0]


def back_up(folder: Path, target: Path) -> int:
    """Save what a stage or desk keeps in that folder."""
    return back_up_database(folder / "books.db", folder / "spool", target)


def restore(backup: Path, folder: Path) -> int:
    """Put it into that folder."""
    return restore_database(backup, folder / "books.db", folder / "spool", folder / "aside")


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


async def _draw_while_copies_are_made(folder: Path, jobs: int, copies: int) -> None:
    """Each copy passes SQLite's check, and a bot that starts from it ends every job."""
    made: list[Path] = []
    painter = FakePainter()
    async with stage(folder / "live", painter=painter) as here:
        here.work()

        async def copy() -> None:
            target = folder / f"copy-{len(made)}.db"
            await asyncio.to_thread(back_up, folder / "live", target)
            made.append(target)

        last = []
        for number in range(jobs):
            asker = replace(MIA, user=1000 + number)
            last.append((await here.ask(f"fox {number}", asker))[0].id)
            if number % (jobs // copies) == jobs // copies - 1:
                await copy()  # the bot works on meanwhile
        for job in last:
            await here.becomes(job, "done")
    assert len(made) == copies
    for number, target in enumerate(made):
        assert value(target, "PRAGMA integrity_check") == "ok", target
        again = folder / f"again-{number}"
        restore(target, again)
        known = value(again / "books.db", "SELECT count(*) FROM jobs")
        assert known >= (number + 1) * (jobs // copies) - 1
        async with stage(again, painter=FakePainter(saved=painter.saved)) as here:
            here.work()
            await here.restart()
            for row in await here.books.rows("jobs"):
                await here.becomes(row["id"], "done")  # type: ignore[arg-type]
            await here.balanced()
            totals = await here.books.rows("totals")
            await here.books.books.limits.rebuild_totals()
            assert await here.books.rows("totals") == totals
        shutil.rmtree(again)


async def test_a_copy_of_a_busy_bot_is_whole_and_starts(tmp_path: Path) -> None:
    await _draw_while_copies_are_made(tmp_path, jobs=24, copies=3)


@pytest.mark.soak
async def test_twenty_copies_during_500_jobs_are_whole_and_start(tmp_path: Path) -> None:
    await _draw_while_copies_are_made(tmp_path, jobs=500, copies=20)


async def test_a_copy_holds_the_pictures_that_nobody_has_yet(tmp_path: Path) -> None:
    """One on its way, one that waits in /history and one to begin from; a delivered one not."""
    live, again, copy = tmp_path / "live", tmp_path / "again", tmp_path / "copy.db"
    board = FakeBoard()
    async with stage(live, board=board) as here:
        here.work()
        delivered, _ = await here.ask()
        await here.becomes(delivered.id, "done")
        board.trouble = {
            w: [MissingPermission("no")] for w in ("token", "bot", "post", "direct", "fill")
        }
        waiting, _ = await here.ask()
        await here.becomes(waiting.id, "done")
    async with stage(live) as here:
        here.books.numbers = count(50)
        sent, _ = await here.ask()
        await here.books.run(sent.id)
        await here.kit.spool.save_image(sent.id, 0, png((1, 2, 3)))
        await here.books.books.jobs.apply_job_event(sent.id, Generated(1), NOON)
        first = await here.kit.spool.save_init_image(here.kit.ids.new_job_id(), png(side=40))
        await here.kit.spool.save_init_image(here.kit.ids.new_job_id(), png(side=40))
        wish = DrawRequest("interaction:99", "a fox", image=first.name)
        await here.flow.requests.submit_request(wish, MIA)
        kept = tree(live / "spool")
        assert back_up(live, copy) == 3
    assert value(copy, "SELECT min(sz = length(data)) FROM sqlar"), "uncompressed, says sqlar"
    assert restore(copy, again) == 3
    wanted = {f"{waiting.id}/0.png", f"{sent.id}/0.png", f"inputs/{first.name}"}
    assert tree(again / "spool") == {name: kept[name] for name in wanted}
    assert value(again / "books.db", "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlar'") == 0
    nowhere = FakePainter(saved={})
    async with stage(again, painter=nowhere) as here:
        await here.restart()
        await here.becomes(sent.id, "done")
        assert [job.id for job in await here.books.books.history.list_uncollected_jobs(MIA.user)]


async def test_a_copy_holds_no_token_and_is_its_owners_alone(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    async with stage(tmp_path) as here:
        await here.ask()
        assert [row["token"] for row in await here.books.rows("posts")] == ["a-token"]
        back_up(tmp_path, copy)
        assert [row["token"] for row in await here.books.rows("posts")] == ["a-token"]
    assert b"a-token" not in copy.read_bytes()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "copy.db.part" not in tree(tmp_path), "nothing else is left"


async def test_a_copy_that_is_opened_without_a_restore_starts_as_well(tmp_path: Path) -> None:
    """It keeps no pictures of members in the database for ever."""
    copy = tmp_path / "copy.db"
    async with open_desk(tmp_path / "books.db") as desk:
        job = (await desk.ask()).job.id
        (tmp_path / "spool" / job).mkdir(parents=True)
        (tmp_path / "spool" / job / "0.png").write_bytes(png())
        assert back_up(tmp_path, copy) == 1
    async with open_desk(copy) as desk:
        assert [job.id for job in await desk.books.jobs.list_living_jobs()] == [job]
    assert value(copy, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlar'") == 0


async def test_a_restore_puts_the_old_data_aside_with_its_newest_rows(tmp_path: Path) -> None:
    """The last rows of a killed bot are still in the write-ahead log."""
    copy = tmp_path / "copy.db"
    folder, killed = tmp_path / "f", tmp_path / "killed"
    async with open_desk(folder / "books.db") as desk:
        await desk.ask()
        back_up(folder, copy)
        newer = (await desk.ask()).job.id
        killed.mkdir()
        for path in folder.glob("books.db*"):
            shutil.copy(path, killed)
    (killed / "spool" / newer).mkdir(parents=True)
    (killed / "spool" / newer / "0.png").write_bytes(b"old")
    restore(copy, killed)
    assert value(killed / "books.db", "SELECT count(*) FROM jobs") == 1
    assert value(killed / "aside" / "books.db", "SELECT count(*) FROM jobs") == 2
    assert tree(killed / "aside" / "spool") == {f"{newer}/0.png": b"old"}
    assert tree(killed / "spool") == {}
    restore(killed / "aside" / "books.db", tmp_path / "third")
    assert value(tmp_path / "third" / "books.db", "SELECT count(*) FROM jobs") == 2


async def test_a_damaged_database_can_be_replaced_and_is_kept_as_it_is(tmp_path: Path) -> None:
    copy, books = tmp_path / "copy.db", tmp_path / "books.db"
    async with open_desk(books) as desk:
        await desk.ask()
        back_up(tmp_path, copy)
    books.write_bytes(damaged := b"not a database at all" * 99)
    restore(copy, tmp_path)
    assert value(books, "SELECT count(*) FROM jobs") == 1
    assert (tmp_path / "aside" / "books.db").read_bytes() == damaged


@pytest.mark.parametrize("kind", ["missing", "text", "foreign", "newer", "torn"])
async def test_what_is_no_whole_backup_changes_nothing(tmp_path: Path, kind: str) -> None:
    folder, bad = tmp_path / "f", tmp_path / "bad.db"
    async with open_desk(folder / "books.db", Limits(None, None, 4, None), 10_000) as desk:
        for _ in range(200):
            await desk.ask()
        back_up(folder, bad)
    if kind == "missing":
        bad.unlink()
    elif kind == "text":
        bad.write_text("a letter" * 999)
    elif kind == "torn":
        bad.write_bytes(bad.read_bytes()[: bad.stat().st_size // 2])
    else:
        with look(bad) as conn:
            conn.execute(f"PRAGMA {'application_id' if kind == 'foreign' else 'user_version'}=999")
    before = tree(folder)
    with pytest.raises(StoreError) as caught:
        restore(bad, folder)
    assert "bad.db" in str(caught.value)
    assert kind == "missing" or isinstance(caught.value, NotOurDatabase)
    assert tree(folder) == before


async def test_a_backup_that_somebody_made_leads_no_way_out_of_the_spool(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    async with open_desk(tmp_path / "books.db"):
        back_up(tmp_path, copy)
    with look(copy) as conn, conn:
        for name in ("../evil.png", "/tmp/evil.png", "inputs/../../evil", "a/b/c.png", ".x/0.png"):
            conn.execute("INSERT INTO sqlar VALUES (?, 0, 0, 1, x'00')", (name,))
    assert restore(copy, tmp_path / "again") == 0
    assert set(tree(tmp_path / "again")) == {"books.db"}


async def test_a_full_disk_leaves_no_half_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    async with open_desk(tmp_path / "books.db") as desk:
        await desk.ask()
        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space"):
            back_up(tmp_path, tmp_path / "copy.db")
    assert not [name for name in tree(tmp_path) if name.startswith("copy")]
