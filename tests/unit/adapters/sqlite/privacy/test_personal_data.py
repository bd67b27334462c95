"""What is kept of a person is known, table by table, and nobody else's id is handed out."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from bot.adapters.sqlite.privacy.personal_data import (
    IMPERSONAL_TABLES,
    USER_DATA_TABLES,
    UserDataTable,
    build_export_row,
    build_query,
)
from bot.core.limits.quota import LimitScope
from tests.support.books import MIA, NOON, Desk
from tests.support.personal_rows import BEN, MODERATOR, drew


async def schema(desk: Desk) -> dict[str, list[str]]:
    tables = await desk.db.read_rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {
        row["name"]: [
            column["name"]
            for column in await desk.db.read_rows(f"PRAGMA table_info({row['name']})")
        ]
        for row in tables
    }


async def test_every_table_is_somebodys_or_says_that_it_is_nobodys(desk: Desk) -> None:
    """Whoever adds a table says in `holdings.py` what becomes of it."""
    named = [holding.table for holding in USER_DATA_TABLES]
    assert sorted([*named, *IMPERSONAL_TABLES]) == sorted(await schema(desk))


async def test_every_column_that_can_hold_a_user_is_known(desk: Desk) -> None:
    """By its name: one that names a person must be named as such."""
    hints = ("user", "member", "requester", "actor", "target", "owner", "author", "_by", "asker")
    for table, columns in (await schema(desk)).items():
        holding = next((one for one in USER_DATA_TABLES if one.table == table), None)
        known = () if holding is None else (*holding.user_columns, *holding.actor_columns)
        people = [name for name in columns if any(hint in name for hint in hints)]
        assert [name for name in people if name not in known] == [], table


async def test_moderators_read_their_own_acts_as_theirs(desk: Desk) -> None:
    await desk.books.blocks.block_member(MODERATOR, BEN.user, None, "", NOON)
    await desk.books.limits.set_limit(MODERATOR, LimitScope.ROLE, 55, {"day": 5}, NOON)
    await desk.books.limits.grant_images(MODERATOR, MODERATOR.user, 1, 1, NOON)
    found = await desk.books.privacy.export_user_rows(MODERATOR.user, 7)
    assert [(row["actor"], row["target"]) for row in found["audit"]] == [
        ("you", "another member"),
        ("you", "role:55"),
        ("you", f"member:{MODERATOR.user}"),
    ]
    assert str(BEN.user) not in json.dumps(found)


async def test_a_report_is_its_reporters_alone(desk: Desk) -> None:
    """Whose picture it was reads nothing of it, and is not named to whoever reported it."""
    job = await desk.books.jobs.find_job(await drew(desk))
    assert job is not None
    assert (await desk.books.reports.record_report(BEN, job, NOON)).reporter_count == 1
    assert "audit" not in await desk.books.privacy.export_user_rows(MIA.user, 0)
    assert "audit" not in await desk.books.privacy.count_user_rows(MIA.user, 0)
    (row,) = (await desk.books.privacy.export_user_rows(BEN.user, 7))["audit"]
    assert (row["action"], row["actor"], row["target"]) == (
        "picture.reported",
        "you",
        "another member",
    )
    await desk.books.reports.record_moderation(MODERATOR, "picture.deleted", job, NOON)
    (row,) = (await desk.books.privacy.export_user_rows(MIA.user, 0))["audit"]
    assert (row["action"], row["target"]) == ("picture.deleted", f"member:{MIA.user}")


ACTS = UserDataTable(
    "acts",
    "user = :user",
    user_columns=("user", "target"),
    actor_columns=("done_by",),
    secret_columns=("token",),
)


def read_row(**columns: object) -> sqlite3.Row:
    """A row as SQLite hands it out."""
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.row_factory = sqlite3.Row
        names = ", ".join(f'? AS "{name}"' for name in columns)
        row: sqlite3.Row = conn.execute(f"SELECT {names}", tuple(columns.values())).fetchone()
        return row


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"token": "a secret"}, {}),
        ({"done_by": 7}, {}),
        ({"done_by": 101}, {"done_by": "you"}),
        ({"target": "member:101"}, {"target": "member:101"}),
        ({"target": "member:7"}, {"target": "another member"}),
        ({"target": "role:7"}, {"target": "role:7"}),
        ({"ended_at": 0}, {"ended_at": "1970-01-01T00:00:00+00:00"}),
        ({"ended_at": None}, {"ended_at": None}),
        ({"token_until": 1_000_000}, {"token_until": "1970-01-01T00:00:01+00:00"}),
        ({"roles": "[5,6]"}, {"roles": [5, 6]}),
        ({"reason": "[5,6]"}, {"reason": "[5,6]"}),
    ],
)
def test_a_column_is_shown_as_its_kind(stored: dict[str, object], shown: dict[str, object]) -> None:
    assert build_export_row(ACTS, read_row(**stored), 101) == shown


def test_a_query_of_one_server_also_finds_what_belongs_to_no_server() -> None:
    """A direct message's rows have the guild 0; with no server asked for, there is no condition."""
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute("CREATE TABLE acts (user, guild)")
        conn.executemany("INSERT INTO acts VALUES (?, ?)", [(1, 0), (1, 7), (1, 8), (2, 7)])

        def guilds(guild: int) -> list[int]:
            rows = conn.execute(build_query(ACTS, guild, "guild"), {"user": 1, "guild": guild})
            return [row[0] for row in rows]

        assert guilds(7) == [0, 7]
        assert guilds(0) == [0, 7, 8]
