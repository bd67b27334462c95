"""Grants and refunds on disk: on which days they count, and that charges stay as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.sqlite import grants
from bot.core.errors import Refused
from bot.core.limits.quota import Limits
from tests.support.books import BEN, MIA, MODERATOR, NOON, Desk, open_desk

DAY = timedelta(days=1)


async def grant(desk: Desk, pictures: int, days: int, where: tzinfo = UTC) -> None:
    await desk.db.run_transaction(
        grants.grant_images,
        MODERATOR,
        MIA.user,
        pictures,
        days,
        where,
        NOON,
    )


async def refund(desk: Desk, now: datetime = NOON) -> int:
    return await desk.db.run_transaction(grants.refund_today, MODERATOR, MIA.user, UTC, now)


async def day_left(desk: Desk, now: datetime = NOON) -> int | None:
    return (await desk.books.limits.compute_balance(MIA, now)).day_left


async def draw(desk: Desk, pictures: int, now: datetime = NOON) -> None:
    await desk.finish((await desk.ask(pictures, now=now)).job.id, pictures, now)


@pytest.mark.parametrize(("days", "counted"), [(1, [3, 0, 0]), (2, [3, 3, 0])])
async def test_a_grant_counts_on_each_of_its_days(
    desk: Desk, days: int, counted: list[int]
) -> None:
    """Today is the first; on the day after the last one, nothing of it is left."""
    usual = await day_left(desk)
    assert usual is not None
    await grant(desk, 3, days)
    assert [await day_left(desk, NOON + n * DAY) for n in range(3)] == [
        usual + more for more in counted
    ]


async def test_a_grant_begins_on_the_day_of_its_clocks(desk: Desk) -> None:
    """At noon in London it is tomorrow already on Kiritimati."""
    await grant(desk, 3, 1, ZoneInfo("Pacific/Kiritimati"))
    (row,) = await desk.rows("grants")
    assert (row["first_day"], row["last_day"]) == ("2026-11-25", "2026-11-25")


async def test_two_grants_are_added_up_for_their_member_alone(desk: Desk) -> None:
    usual = await day_left(desk)
    assert usual is not None
    await grant(desk, 3, 1)
    await grant(desk, 4, 1)
    assert await day_left(desk) == usual + 7
    for other in (BEN, replace(MIA, guild=8)):
        assert (await desk.books.limits.compute_balance(other, NOON)).day_left == usual
    assert [(row["action"], row["target"]) for row in await desk.rows("audit")] == [
        ("limits.grant", f"member:{MIA.user}")
    ] * 2


async def test_a_refund_gives_back_what_was_charged_and_not_what_is_held(desk: Desk) -> None:
    """The charges stay; a second refund finds nothing to give back."""
    usual = await day_left(desk)
    assert usual is not None
    await draw(desk, 3)
    await desk.ask(2)
    charged = await desk.rows("charges")
    assert await refund(desk) == 3
    assert await day_left(desk) == usual - 2
    assert await desk.rows("charges") == charged
    assert await refund(desk) == 0
    assert [row["action"] for row in await desk.rows("audit")] == ["limits.reset"]


async def test_a_refund_is_of_today_alone(desk: Desk) -> None:
    await draw(desk, 3)
    assert await refund(desk, NOON + DAY) == 0
    await draw(desk, 1, NOON + DAY)
    assert await refund(desk, NOON + DAY) == 1
    assert await refund(desk) == 3


async def test_what_was_drawn_after_a_refund_is_given_back_by_the_next(desk: Desk) -> None:
    await draw(desk, 3)
    assert await refund(desk) == 3
    await draw(desk, 2)
    assert await refund(desk) == 2


async def test_a_grant_lets_a_member_draw_beyond_the_limit(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db", Limits(day=1)) as desk:
        await desk.ask()
        await grant(desk, 1, 1)
        await desk.ask()
        with pytest.raises(Refused):
            await desk.ask()


async def test_grants_are_deleted_with_the_charges_of_their_month(desk: Desk) -> None:
    await grant(desk, 3, 1)
    await desk.books.retention.delete_expired_rows(datetime(2027, 12, 31, tzinfo=UTC))
    assert len(await desk.rows("grants")) == 1
    await desk.books.retention.delete_expired_rows(datetime(2028, 1, 1, tzinfo=UTC))
    assert await desk.rows("grants") == []
