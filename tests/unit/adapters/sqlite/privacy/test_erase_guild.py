"""What a guild left behind goes: its own rows at once, its members' by their erasures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from bot.adapters.sqlite import retention
from bot.adapters.sqlite.privacy import erase_guild
from tests.support.books import NOON, Desk, open_desk
from tests.support.personal_rows import BEN, FAR_MIA, MIA, MODERATOR, everything

DAY = timedelta(days=1)
BY_MEMBER = {"jobs": "requester", "drafts": "user", "personal": "user", "kept_files": "user"}


async def fill(desk: Desk) -> None:
    """Rows of two guilds, 7 and 8, in every table that has a guild."""
    await everything(desk)
    for guild in (MIA.guild, FAR_MIA.guild):

        def write(conn: Connection, guild: int = guild) -> None:
            run = conn.execute
            run("INSERT INTO guild_settings (guild, time_zone) VALUES (?, '')", (guild,))
            run("INSERT INTO trigger_lists VALUES (?)", (guild,))
            run("INSERT INTO trigger_phrases VALUES (?, 0, 'paint', 'paint')", (guild,))
            run("INSERT INTO trigger_channels VALUES (?, 70, 1)", (guild,))
            run("INSERT INTO trails (guild, said) VALUES (?, 0)", (guild,))
            run("INSERT INTO greetings (guild, met_at) VALUES (?, 0)", (guild,))
            run("INSERT INTO pauses VALUES (?, 9, 1)", (guild,))
            run("INSERT OR IGNORE INTO blocks VALUES (?, 1, NULL, '', 2, 0)", (guild,))
            run("INSERT OR IGNORE INTO limits VALUES (?, 'member', 1, 'day', 3, 2, 0)", (guild,))
            run(
                "INSERT INTO grants (guild, user, kind, pictures, first_day, last_day, given_by,"
                " given_at) VALUES (?, 1, 'grant', 1, '2026-11-24', '2026-11-24', 2, 0)",
                (guild,),
            )
            run(
                "INSERT INTO audit (at, guild, actor, action, target, old, new)"
                " VALUES (0, ?, 2, 'x', 'y', '', '')",
                (guild,),
            )
            for table in ("drafts", "personal", "kept_files"):
                columns = {
                    "drafts": "(id, user, guild, wish, kept_at) VALUES ('d' || ?1, 1, ?1, '{}', 0)",
                    "personal": "(guild, user, model) VALUES (?1, 1, 'm')",
                    "kept_files": "(user, guild, kind, path) VALUES (1, ?1, 'file', 'View/x.png')",
                }[table]
                run(f"INSERT OR IGNORE INTO {table} {columns}", (guild,))

        await desk.db.run_transaction(write)
        await desk.books.retention.record_departure(guild, NOON)


async def guilds_of(desk: Desk, table: str) -> set[int]:
    return {row["guild"] for row in await desk.rows(table)}


async def test_every_table_with_a_guild_is_known(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        tables = await desk.db.read_rows(
            "SELECT m.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c"
            " WHERE m.type = 'table' AND c.name = 'guild'"
        )
        cascades = {"trigger_phrases"}
        others = {"holds", "erasures"}  # of living jobs, and what is still owed
        known = {*erase_guild.GUILD_TABLES, *BY_MEMBER, *cascades, *others}
        assert {row["name"] for row in tables} == known


async def test_one_guild_goes_with_its_members_and_the_other_stays(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        await fill(desk)
        await desk.books.retention.delete_departure(FAR_MIA.guild)
        tables = (*erase_guild.GUILD_TABLES, "trigger_phrases", *BY_MEMBER)
        for table in tables:
            if table != "departures":
                assert await guilds_of(desk, table) >= {MIA.guild, FAR_MIA.guild}, table
        store = desk.books.retention
        assert await store.list_overdue_guilds(NOON + 29 * DAY) == ()
        assert await store.list_overdue_guilds(NOON + 30 * DAY) == (MIA.guild,)
        await store.erase_guild(MIA.guild, NOON + 30 * DAY)
        for table in erase_guild.GUILD_TABLES:
            assert MIA.guild not in await guilds_of(desk, table), table
        wishes = await desk.books.privacy.list_pending_erasures()
        assert {(wish.user, wish.guild) for wish in wishes} == {
            (MIA.user, MIA.guild),
            (BEN.user, MIA.guild),
            (1, MIA.guild),
        }
        assert not any(wish.with_messages for wish in wishes)
        for wish in wishes:
            await desk.books.privacy.erase_user_rows(wish.number, NOON + 30 * DAY)
            tasks = await desk.books.privacy.list_erasure_tasks(wish.number, 99)
            assert tasks, "their files are deleted as well"
            await desk.books.privacy.mark_erasure_tasks_done(tasks)
        await desk.books.privacy.finish_erasures(NOON + 30 * DAY)
        assert await desk.books.privacy.list_pending_erasures() == ()
        for table in tables:
            rest = {FAR_MIA.guild} if table != "departures" else set()
            assert await guilds_of(desk, table) == rest, table
        assert await store.list_stored_guilds() == {FAR_MIA.guild}
        assert await store.list_overdue_guilds(NOON + 99 * DAY) == ()


async def test_a_wish_for_messages_that_is_pending_is_not_taken_back(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        await everything(desk)
        await desk.books.privacy.request_erasure(MIA.user, MIA.guild, NOON, messages=True)
        await desk.books.retention.erase_guild(MIA.guild, NOON + DAY)
        wishes = await desk.books.privacy.list_pending_erasures()
        asked = {wish.user: (wish.with_messages, wish.requested_at) for wish in wishes}
        assert asked[MIA.user] == (True, NOON + DAY)
        assert asked[BEN.user] == (False, NOON + DAY)
        assert MODERATOR.user not in asked


async def test_no_transaction_deletes_more_than_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests wait for a transaction. The totals fit the charges after each of them."""
    monkeypatch.setattr(retention, "BATCH_SIZE", 2)
    async with open_desk(tmp_path / "b.db") as desk:

        def write(conn: Connection) -> None:
            for user in range(10, 15):
                run = conn.execute
                run("INSERT INTO personal (guild, user, model) VALUES (7, ?, 'm')", (user,))
                for period in ("2026-11-24", "2026-11"):
                    run("INSERT INTO totals VALUES (7, ?, ?, 1)", (user, period))
                run(
                    "INSERT INTO charges (job, user, guild, held_at, day, month)"
                    " VALUES ('a', ?, 7, 0, '2026-11-24', '2026-11')",
                    (user,),
                )
                run(
                    "INSERT INTO audit (at, guild, actor, action, target, old, new)"
                    " VALUES (0, 7, 2, 'x', 'y', '', '')"
                )

        await desk.db.run_transaction(write)
        run_transaction, large = desk.db.run_transaction, ("charges", "audit", "erasures")

        async def count_rows() -> dict[str, int]:
            charged = "SELECT sum(used) FROM totals WHERE period = '2026-11'"
            rows = await desk.db.read_rows(f"SELECT coalesce(({charged}), 0)")
            counts = {table: len(await desk.rows(table)) for table in large}
            assert rows[0][0] == counts["charges"]
            return counts

        async def watch(*args: Any) -> None:
            before = await count_rows()
            await run_transaction(*args)
            after = await count_rows()
            assert all(abs(before[table] - after[table]) <= 2 for table in large)

        with monkeypatch.context() as patch:
            patch.setattr(desk.db, "run_transaction", watch)
            await desk.books.retention.erase_guild(7, NOON)
        assert await count_rows() == {"charges": 0, "audit": 0, "erasures": 5}
