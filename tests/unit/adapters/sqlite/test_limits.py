"""Rules on disk, their record, and balances that cost the same with any history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite import history, jobs, posts
from bot.adapters.sqlite import limits as limit_rows
from bot.adapters.sqlite.limits import SELECT_USAGE
from bot.core.limits.quota import Limits, LimitScope
from tests.support.books import BEN, MIA, MODERATOR, NOON, Desk, open_desk, with_roles

MINE = (7, "member", MIA.user)


async def test_the_hosts_limits_hold_without_rules(tmp_path: Path) -> None:
    """And the source says so."""
    limits = Limits(day=7, month=70, per_job=1, waiting=9, running=None)
    async with open_desk(tmp_path / "b.db", limits) as desk:
        balance = await desk.books.limits.compute_balance(MIA, NOON)
        assert balance.limits == desk.books.limits.get_default_limits() == limits
        assert (balance.day_source, balance.month_source) == ("config", "config")


async def test_own_role_and_guild_rules(desk: Desk) -> None:
    """Unlimited is not the same as not set."""
    await desk.books.limits.set_limit(
        MODERATOR, LimitScope.GUILD, 7, {"day": 30, "month": 300}, NOON
    )
    await desk.books.limits.set_limit(MODERATOR, LimitScope.ROLE, 5, {"day": None}, NOON)
    await desk.books.limits.set_limit(MODERATOR, LimitScope.MEMBER, BEN.user, {"day": 3}, NOON)
    mia = await desk.books.limits.compute_balance(with_roles(MIA, 5), NOON)
    assert (mia.limits.day, mia.day_source, mia.day_left) == (None, "role:5", None)
    assert (mia.limits.month, mia.month_source) == (300, "guild")
    ben = await desk.books.limits.compute_balance(with_roles(BEN, 5), NOON)
    assert (ben.limits.day, ben.day_source) == (3, "member")


async def test_a_rule_keeps_its_other_numbers(desk: Desk) -> None:
    """And says who touched it last; another guild's rules are not among them."""
    later = NOON + timedelta(hours=1)
    await desk.books.limits.set_limit(
        MODERATOR, LimitScope.ROLE, 5, {"day": 30, "month": None}, NOON
    )
    await desk.books.limits.set_limit(BEN, LimitScope.ROLE, 5, {"day": 40}, later)
    (row,) = await desk.books.limits.list_limit_rows(7)
    assert dict(row.limits) == {"day": 40, "month": None}
    assert (row.set_by, row.set_at) == (BEN.user, later)
    assert await desk.books.limits.list_limit_rows(8) == ()


async def test_each_change_has_its_audit_row(desk: Desk) -> None:
    """Who, when, old, new; the same number again is no change."""
    for day in (30, 30, None):
        await desk.books.limits.set_limit(MODERATOR, LimitScope.ROLE, 5, {"day": day}, NOON)
    rows = await desk.rows("audit")
    assert [(r["action"], r["target"], r["old"], r["new"]) for r in rows] == [
        ("limits.day", "role:5", "", "30"),
        ("limits.day", "role:5", "30", "unlimited"),
    ]
    assert {(r["actor"], r["guild"], r["at"]) for r in rows} == {
        (MODERATOR.user, 7, int(NOON.timestamp()) * 10**6)
    }


async def test_a_cleared_rule_lets_the_next_in_order_count(desk: Desk) -> None:
    """The whole rule goes, "unlimited" too, and no other: not one for the same id in
    another scope or another guild."""
    elsewhere = replace(MODERATOR, guild=8)
    for moderator, scope, target, numbers in (
        (MODERATOR, LimitScope.GUILD, 7, {"day": 30}),
        (MODERATOR, LimitScope.ROLE, MIA.user, {"day": 40}),
        (MODERATOR, LimitScope.MEMBER, MIA.user, {"day": 3, "month": None}),
        (MODERATOR, LimitScope.MEMBER, BEN.user, {"day": 5}),
        (elsewhere, LimitScope.MEMBER, MIA.user, {"day": 6}),
    ):
        await desk.books.limits.set_limit(moderator, scope, target, numbers, NOON)
    kept = [r for r in await desk.rows("limits") if (r["guild"], r["scope"], r["target"]) != MINE]

    assert await desk.books.limits.clear_limit(MODERATOR, LimitScope.MEMBER, MIA.user, NOON)
    assert await desk.rows("limits") == kept
    artist = with_roles(MIA, MIA.user)
    balance = await desk.books.limits.compute_balance(artist, NOON)
    assert (balance.limits.day, balance.day_source) == (40, f"role:{MIA.user}")
    assert balance.month_source == "config"

    assert await desk.books.limits.clear_limit(MODERATOR, LimitScope.ROLE, MIA.user, NOON)
    assert (await desk.books.limits.compute_balance(artist, NOON)).day_source == "guild"
    assert await desk.books.limits.clear_limit(MODERATOR, LimitScope.GUILD, 7, NOON)
    assert (await desk.books.limits.compute_balance(artist, NOON)).day_source == "config"


async def test_a_cleared_rule_has_an_audit_row_for_each_number(desk: Desk) -> None:
    """Who, when, and what was there; where there was none, no row."""
    later = NOON + timedelta(hours=1)
    await desk.books.limits.set_limit(
        MODERATOR, LimitScope.ROLE, 5, {"day": 30, "month": None}, NOON
    )
    assert await desk.books.limits.clear_limit(BEN, LimitScope.ROLE, 5, later)
    assert not await desk.books.limits.clear_limit(BEN, LimitScope.ROLE, 5, later)
    rows = [r for r in await desk.rows("audit") if r["actor"] == BEN.user]
    assert sorted((r["action"], r["target"], r["old"], r["new"]) for r in rows) == [
        ("limits.day", "role:5", "30", ""),
        ("limits.month", "role:5", "unlimited", ""),
    ]
    assert {(r["guild"], r["at"]) for r in rows} == {(7, int(later.timestamp()) * 10**6)}


@pytest.mark.parametrize(
    "sql",
    [
        SELECT_USAGE,
        limit_rows.SELECT_MEMBER_LIMITS,
        limit_rows.SELECT_GUILD_LIMITS,
        limit_rows.COUNT_QUEUED,
        jobs.SELECT_BY_ID,
        jobs.SELECT_BY_SOURCE,
        jobs.SELECT_LIVING,
        jobs.SELECT_UNNOTIFIED,
        posts.SELECT_JOB_POSTS,
        posts.SELECT_BY_MESSAGE,
        history.SELECT_DRAFT,
    ],
)
async def test_what_is_asked_often_never_walks_the_history(desk: Desk, sql: str) -> None:
    """Every step of its plan searches an index, or walks the one that holds only the living."""
    keys = {"guild": 7, "user": 1, "day": "2026-11-24", "month": "2026-11", "now": 1}
    params = keys if ":" in sql else ("x",) * sql.count("?")
    for step in await desk.db.read_rows(f"EXPLAIN QUERY PLAN {sql}", params):
        detail = step["detail"]
        # "given" is the one row of sums over a person's few grants.
        if detail.startswith("SCAN") and detail not in ("SCAN CONSTANT ROW", "SCAN given"):
            assert "INDEX jobs_living" in detail
