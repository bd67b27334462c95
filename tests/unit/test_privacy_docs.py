"""docs/privacy.md names every table and every time as they are, and the sweep keeps to them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite import Retention
from bot.adapters.sqlite.privacy.personal_data import IMPERSONAL_TABLES, USER_DATA_TABLES
from bot.config import known_keys
from bot.config_sections import Storage
from bot.core.drawing.request import DrawRequest
from bot.core.history.model import Draft
from bot.flow.runtime.context import HostSettings
from tests.support.books import MIA, MODERATOR, NOON, job_id, open_desk

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
DAY = timedelta(days=1)


def told() -> dict[str, tuple[str, str]]:
    """Of each table: how long it keeps, and what an erasure does."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|([^|]*)\|$", PAGE, re.M)
    return {name: (time.strip(), erased.strip()) for name, time, erased in rows}


def test_every_table_has_a_row_or_is_nobodys() -> None:
    assert list(told()) == [holding.table for holding in USER_DATA_TABLES]
    assert [name for name in IMPERSONAL_TABLES if f"`{name}`" not in PAGE] == []


def test_what_goes_and_what_stays_is_as_it_is() -> None:
    for holding in USER_DATA_TABLES:
        _, erased = told()[holding.table]
        assert erased.startswith(("gone", "ends with it")) is not bool(holding.retained_until), (
            holding.table
        )


def test_the_times_are_those_of_the_program() -> None:
    storage, keep = Storage(), Retention()
    assert told()["jobs"][0] == f"{storage.history_days} days (`storage.history_days`)"
    assert told()["charges"][0] == f"{storage.charges_months} months (`storage.charges_months`)"
    assert told()["drafts"][0] == f"{keep.drafts // timedelta(hours=1)} hours"
    assert told()["audit"][0] == "a year"
    assert f"{storage.spool_hours} hours after delivery (`storage.spool_hours`)" in PAGE
    assert f"(after {storage.history_days} days)" in PAGE
    days = storage.departed_days
    assert f"stays for {days} days (`storage.departed_days`)" in PAGE
    assert f"{days} days begin with the bot's next start" in " ".join(PAGE.split())
    assert keep == Retention(
        departed=timedelta(days=days),
        spool=timedelta(hours=storage.spool_hours),
        drafts=timedelta(hours=24),
        history=timedelta(days=storage.history_days),
        audit=timedelta(days=365),
        charges_months=storage.charges_months,
    )
    assert HostSettings().deliver_within == timedelta(hours=storage.spool_hours)


def test_every_setting_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:storage|log)\.\w+)`", PAGE)
    assert named
    for key in named:
        assert key in known_keys()


@pytest.mark.parametrize(
    "table", ["jobs", "posts", "drafts", "charges", "totals", "grants", "audit", "blocks"]
)
async def test_the_sweep_ends_each_time(tmp_path: Path, table: str) -> None:
    """A day before its time is over the row is there, a day after it is not."""
    lasts = {
        "jobs": 90 * DAY,
        "posts": 90 * DAY,
        "drafts": 1 * DAY,
        "charges": 395 * DAY,  # 13 months back from 24 December 2027 begins on 1 November 2026
        "totals": 395 * DAY,
        "grants": 395 * DAY,
        "audit": 365 * DAY,
        "blocks": 366 * DAY,  # it held for a day
    }[table]
    async with open_desk(tmp_path / "b.db") as desk:
        job = (await desk.ask()).job.id
        await desk.finish(job)
        await desk.books.limits.grant_images(MODERATOR, MIA.user, 1, 1, NOON)
        await desk.books.blocks.block_member(MODERATOR, MIA.user, NOON + DAY, "", NOON)
        await desk.books.history.save_draft(
            Draft(job_id(9), MIA.user, 7, DrawRequest("", "x")), NOON
        )
        await desk.db.run_transaction(
            lambda conn: conn.execute(
                "INSERT INTO posts (job, purpose, nonce, channel, created_at)"
                " VALUES (?, 'status', 'n', 70, 0)",
                (job,),
            )
        )

        await desk.sweep(NOON + lasts - timedelta(hours=1))
        assert await desk.rows(table)
        await desk.sweep(NOON + lasts + (32 * DAY if lasts == 395 * DAY else DAY))
        assert not await desk.rows(table)


async def test_a_block_for_good_stays(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        await desk.books.blocks.block_member(MODERATOR, MIA.user, None, "", NOON)
        await desk.books.retention.delete_expired_rows(NOON + 5000 * DAY)
        assert [row["user"] for row in await desk.rows("blocks")] == [MIA.user]


def test_the_page_says_what_swarmui_itself_keeps_after_an_erasure() -> None:
    erase = PAGE[PAGE.index("## Erase") :]
    for words in (
        "`swarm_metadata-log.ldb` until SwarmUI is restarted",
        "the prompt of every picture",
        "under `Starred`",
    ):
        assert words in " ".join(erase.split())
