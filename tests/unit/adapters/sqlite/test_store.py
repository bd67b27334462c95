"""The stores of one database: what the host's settings mean for each of them."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.retention import Retention
from bot.adapters.sqlite.store import build_stores
from bot.core.errors import Refused
from bot.core.limits.quota import Limits
from bot.flow.ports import Stores
from tests.support.books import BEN, MIA, MODERATOR, NOON, Desk, open_desk


async def test_the_hosts_time_zone_holds_for_guilds_without_one(tmp_path: Path) -> None:
    """And a wrong one is refused when the books are built."""
    async with open_desk(tmp_path / "b.db", time_zone="Asia/Tokyo") as desk:
        late = NOON.replace(hour=20)
        assert (await desk.books.limits.compute_balance(MIA, late)).window.day == "2026-11-25"
        assert (await desk.ask(now=late)).balance.window.day == "2026-11-25"
    with pytest.raises(ValueError, match="not a time zone"):
        async with open_desk(tmp_path / "c.db", time_zone="Mars/Olympus"):
            pass


async def test_every_store_is_built_and_each_is_another_class(desk: Desk) -> None:
    stores = build_stores(desk.db)
    kinds = [type(getattr(stores, one.name)) for one in fields(Stores)]
    assert len(set(kinds)) == len(kinds) == len(fields(Stores))


async def test_the_hosts_limits_and_queue_bound_the_store_of_jobs(desk: Desk) -> None:
    """The same limits are those that the store of limits names."""
    limits = Limits(day=1)
    tight = Desk(build_stores(desk.db, defaults=limits, queue_max=2), desk.db)
    assert tight.books.limits.get_default_limits() == limits
    await tight.ask()
    with pytest.raises(Refused) as over_the_limit:
        await tight.ask()
    await tight.ask(asker=BEN)
    with pytest.raises(Refused) as no_room:
        await tight.ask(asker=MODERATOR)
    assert (over_the_limit.value.rule, no_room.value.rule) == ("quota.day", "queue.full")


async def test_the_hosts_times_decide_when_rows_go(desk: Desk) -> None:
    keep = Retention(spool=timedelta(0), history=timedelta(hours=1))
    job = (await desk.ask()).job.id
    await desk.finish(job)
    brief = Desk(build_stores(desk.db, retention=keep), desk.db)
    assert await brief.sweep(NOON) == (job,)
    await brief.sweep(NOON + timedelta(minutes=59))
    assert len(await desk.rows("jobs")) == 1
    await brief.sweep(NOON + timedelta(hours=1))
    assert await desk.rows("jobs") == []


async def test_an_erasure_counts_months_by_the_hosts_time_zone(desk: Desk) -> None:
    """The store of personal data gets the time zone too: its month is over first there."""
    ahead = build_stores(desk.db, time_zone="Pacific/Kiritimati").privacy
    await desk.finish((await desk.ask()).job.id)
    wish = await ahead.request_erasure(MIA.user, 0, NOON, messages=False)
    await ahead.erase_user_rows(wish.number, NOON)
    before = NOON.replace(day=30, hour=23)
    await build_stores(desk.db).privacy.finish_erasures(before)
    assert len(await desk.rows("charges")) == 1
    await ahead.finish_erasures(before)
    assert await desk.rows("charges") == []


async def test_stores_of_one_database_read_each_others_rows(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "b.db", clock=lambda: NOON) as db:
        one, two = build_stores(db), build_stores(db)
        await one.blocks.block_member(MODERATOR, MIA.user, None, "spam", NOON)
        assert len(await two.blocks.list_blocks(MIA.guild, NOON)) == 1
        assert (await two.audit.list_audit_rows(MIA.guild, 0, 9))[1] == 1
        with pytest.raises(Refused):
            await Desk(two, db).ask()
