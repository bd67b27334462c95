"""The store of limits: what it refuses, what it remembers, and the lists that moderators read."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.sqlite.jobs import HostDefaults
from bot.adapters.sqlite.limit_store import SqliteLimitStore
from bot.core.limits.model import ImageGrant, MemberUsage
from bot.core.limits.quota import Limits, LimitScope
from tests.support.books import BEN, MIA, MODERATOR, NOON, Desk, with_roles

HERE = MIA.guild
DAY = timedelta(days=1)


@pytest.fixture
def store(desk: Desk) -> SqliteLimitStore:
    return SqliteLimitStore(desk.db, HostDefaults(Limits(), 100, "UTC"))


@pytest.mark.parametrize("numbers", [{"day": 5, "month": -1}, {"day": 5, "hour": 1}])
async def test_a_number_that_makes_no_sense_sets_nothing(
    desk: Desk, numbers: dict[str, int | None]
) -> None:
    """Not even the one that does."""
    with pytest.raises(ValueError, match=r"month must be 0 or more|'hour' is no limit"):
        await desk.books.limits.set_limit(MODERATOR, LimitScope.MEMBER, 1, numbers, NOON)
    assert await desk.rows("limits") == []


async def test_the_rules_of_running_are_remembered_until_one_changes(desk: Desk) -> None:
    """Also while they are being read, and when whoever changes one stops waiting for it."""
    books = desk.books

    async def known() -> dict[int, list[dict[str, int | None]]]:
        rules = await books.limits.list_concurrency_limits()
        return {guild: [dict(row.limits) for row in rows] for guild, rows in rules.items()}

    assert await known() == {}
    assert (
        await books.limits.list_concurrency_limits() is await books.limits.list_concurrency_limits()
    )
    await books.limits.set_limit(MODERATOR, LimitScope.ROLE, 5, {"running": 2, "day": 9}, NOON)
    assert await known() == {7: [{"running": 2}]}
    await books.limits.set_limit(
        replace(MODERATOR, guild=8), LimitScope.MEMBER, 1, {"exempt": 1}, NOON
    )
    assert await known() == {7: [{"running": 2}], 8: [{"exempt": 1}]}
    await books.limits.clear_limit(MODERATOR, LimitScope.ROLE, 5, NOON)
    assert await known() == {8: [{"exempt": 1}]}

    await asyncio.gather(
        *(known() for _ in range(5)),
        books.limits.set_limit(MODERATOR, LimitScope.ROLE, 5, {"running": 4}, NOON),
        *(known() for _ in range(5)),
    )
    assert (await known())[7] == [{"running": 4}]

    free = threading.Event()
    busy = asyncio.create_task(desk.db.run_transaction(lambda _: free.wait(10)))
    await asyncio.sleep(0)
    leaving = asyncio.create_task(
        books.limits.set_limit(MODERATOR, LimitScope.ROLE, 5, {"running": 6}, NOON)
    )
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert (await known())[7] == [{"running": 4}]
    free.set()
    await busy
    await books.limits.grant_images(MODERATOR, 1, 1, 1, NOON)  # behind it on the same thread
    assert (await known())[7] == [{"running": 6}]


@pytest.mark.parametrize(("pictures", "days"), [(0, 1), (1, 0), (-1, 1)])
async def test_a_grant_of_nothing_is_refused(
    desk: Desk, store: SqliteLimitStore, pictures: int, days: int
) -> None:
    with pytest.raises(ValueError, match="a grant"):
        await store.grant_images(MODERATOR, MIA.user, pictures, days, NOON)
    assert await desk.rows("grants") == []


async def test_grants_that_hold_are_listed_the_first_to_end_first(
    store: SqliteLimitStore,
) -> None:
    """A refund is none; a grant that has ended is listed no more."""
    assert await store.list_grants(HERE, MIA.user, NOON) == ()
    await store.grant_images(MODERATOR, MIA.user, 3, 2, NOON)
    await store.grant_images(MODERATOR, MIA.user, 1, 1, NOON)
    await store.grant_images(MODERATOR, BEN.user, 9, 1, NOON)
    midnight = NOON.replace(hour=0) + DAY
    long = ImageGrant(3, midnight + DAY)
    assert await store.list_grants(HERE, MIA.user, NOON) == (ImageGrant(1, midnight), long)
    assert await store.list_grants(HERE, MIA.user, NOON + DAY) == (long,)
    assert await store.list_grants(HERE, MIA.user, NOON + 2 * DAY) == ()
    assert await store.list_grants(HERE + 1, MIA.user, NOON) == ()


async def test_usage_has_the_busiest_of_the_month_first(
    desk: Desk, store: SqliteLimitStore
) -> None:
    """Nobody of last month, and at most as many as were asked for."""
    assert await store.list_member_usage(HERE, NOON, 9) == ()
    yesterday = NOON - DAY
    await desk.finish((await desk.ask(1, MIA, yesterday)).job.id, 1, yesterday)
    await desk.finish((await desk.ask(1, MIA)).job.id)
    await desk.finish((await desk.ask(4, BEN)).job.id, 4)
    cleo, old = replace(BEN, user=103, name="Cleo"), NOON - timedelta(days=40)
    await desk.finish((await desk.ask(1, cleo, old)).job.id, 1, old)
    ben = MemberUsage(BEN.user, "Ben", 4, 4, 0, 0)
    mia = MemberUsage(MIA.user, "Mia", 1, 2, 0, 0)
    assert await store.list_member_usage(HERE, NOON, 9) == (ben, mia)
    assert await store.list_member_usage(HERE, NOON, 1) == (ben,)
    assert await store.list_member_usage(HERE + 1, NOON, 9) == ()


async def test_usage_counts_refunds_and_grants_as_the_quota_does(
    desk: Desk, store: SqliteLimitStore
) -> None:
    await desk.finish((await desk.ask(3)).job.id, 3)
    assert await store.refund_today(MODERATOR, MIA.user, NOON) == 3
    await desk.finish((await desk.ask(1)).job.id)
    await store.grant_images(MODERATOR, MIA.user, 5, 1, NOON)
    (mia,) = await store.list_member_usage(HERE, NOON, 9)
    assert (mia.day, mia.month, mia.refunded, mia.granted) == (1, 1, 3, 5)
    balance = await store.compute_balance(MIA, NOON)
    assert (balance.day_used, balance.month_used) == (mia.day, mia.month)


async def test_recent_members_have_their_last_roles_the_last_to_ask_first(
    desk: Desk, store: SqliteLimitStore
) -> None:
    assert await store.list_recent_members(HERE) == ()
    for asker in (with_roles(MIA, 5), with_roles(BEN, 6), with_roles(MIA, 5, 7)):
        await desk.ask(asker=asker)
    assert await store.list_recent_members(HERE) == ((MIA.user, (5, 7)), (BEN.user, (6,)))
    assert await store.list_recent_members(HERE + 1) == ()


async def test_the_hosts_time_zone_decides_the_day_of_a_new_server(desk: Desk) -> None:
    tokyo = SqliteLimitStore(desk.db, HostDefaults(Limits(), 100, "Asia/Tokyo"))
    late = NOON.replace(hour=20)
    assert (await tokyo.compute_quota_window(HERE, late)).day == "2026-11-25"
    await tokyo.grant_images(MODERATOR, MIA.user, 1, 1, late)
    assert [row["first_day"] for row in await desk.rows("grants")] == ["2026-11-25"]


async def test_the_rules_of_a_server_are_listed_and_the_hosts_are_none_of_them(
    desk: Desk,
) -> None:
    limits = Limits(day=3)
    store = SqliteLimitStore(desk.db, HostDefaults(limits, 100, "UTC"))
    assert store.get_default_limits() == limits
    assert await store.list_limit_rows(HERE) == ()
    await store.set_limit(MODERATOR, LimitScope.ROLE, 5, {"day": 9}, NOON)
    (row,) = await store.list_limit_rows(HERE)
    assert (row.scope, row.target, dict(row.limits)) == (LimitScope.ROLE, 5, {"day": 9})
    assert await store.list_limit_rows(HERE + 1) == ()


async def test_totals_that_were_lost_are_made_anew_from_the_facts(
    desk: Desk, store: SqliteLimitStore
) -> None:
    await desk.finish((await desk.ask(3)).job.id, 3)
    await desk.ask(2)
    kept = await desk.rows("totals")
    await desk.db.run_transaction(lambda conn: conn.execute("DELETE FROM totals"))
    assert await desk.used() == (0, 0)
    assert await store.rebuild_totals() == 2, "a day and a month"
    assert await desk.rows("totals") == kept
    assert await desk.used() == (5, 5)
    assert await store.rebuild_totals() == 0
    await desk.db.run_transaction(lambda conn: conn.execute("UPDATE totals SET used = used + 1"))
    assert await store.rebuild_totals() == 2
    assert await desk.used() == (5, 5)
