"""/quota over real books: how much, until when, by whose rule, and what was granted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.drawing.request import DrawRequest
from bot.core.limits import quota_cards
from bot.core.limits.model import ImageGrant
from bot.core.limits.quota import LimitScope
from bot.core.limits.quota_cards import GRANTS_SHOWN, quota_card, quota_details_card
from bot.core.limits.refusals import quota_refusal
from bot.core.text.format import format_timestamp
from bot.core.ui.card import MessageCard
from tests.support.books import BEN, MIA, MODERATOR, NOON, with_roles
from tests.support.flow import Stage, stage
from tests.unit.core.make import DAY_ENDS, MONTH_ENDS, a_balance

ARTISTS, STAFF = 5, 6


async def asked(here: Stage, *roles: int) -> MessageCard:
    """/quota by Mia, with these roles."""
    return await here.flow.info.quota_card(with_roles(MIA, *roles))


def body(card: MessageCard) -> list[str]:
    """The panel's lines."""
    assert card.embed is not None
    return card.embed.body.splitlines()


async def limit(here: Stage, scope: LimitScope, target: int, **numbers: int | None) -> None:
    """As /limits set does."""
    await here.books.books.limits.set_limit(MODERATOR, scope, target, numbers, NOON)


async def test_it_says_whose_rule_it_is(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        assert body(await asked(here))[-1] == "20 a day by default."
        await limit(here, LimitScope.GUILD, MODERATOR.guild, day=10, month=100)
        assert (
            body(await asked(here))[-1]
            == "10 a day from the server and 100 a month from the server."
        )
        await limit(here, LimitScope.ROLE, ARTISTS, day=50)
        card = await asked(here, ARTISTS)
        assert card.content == "50 left today."
        assert body(card)[-1] == f"50 a day from <@&{ARTISTS}> and 100 a month from the server."
        await limit(here, LimitScope.MEMBER, MIA.user, day=None)
        assert body(await asked(here, ARTISTS))[-1] == (
            "No daily limit set just for you and 100 a month from the server."
        )


async def test_grants_stand_there_with_their_end(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        books = here.books.books
        await books.limits.grant_images(MODERATOR, MIA.user, 5, 1, NOON)
        await books.limits.grant_images(MODERATOR, MIA.user, 2, 7, NOON)
        card = await asked(here)
        assert card.content == "27 left today."
        midnight = NOON + timedelta(hours=12)
        assert body(card)[-3:] == [
            "20 a day by default.",
            f"5 extra a day from a grant, which ends {format_timestamp(midnight)}.",
            (
                "2 extra a day from a grant, which ends "
                f"{format_timestamp(midnight + timedelta(days=6))}."
            ),
        ]
        here.hands.now += timedelta(days=1)
        assert [line for line in body(await asked(here)) if "grant" in line] == [
            (
                "2 extra a day from a grant, which ends "
                f"{format_timestamp(midnight + timedelta(days=6))}."
            )
        ]


async def test_exempt_is_said_and_no_grant_is(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.books.books.limits.grant_images(MODERATOR, MIA.user, 5, 1, NOON)
        await limit(here, LimitScope.ROLE, STAFF, exempt=1)
        card = await asked(here, STAFF)
        assert card.content == "You have no limit here."
        assert body(card)[-1] == f"You're exempt from all limits (from <@&{STAFF}>)."


async def test_who_may_not_draw_reads_for_whom_it_is_and_no_reset(tmp_path: Path) -> None:
    """The roles that would let them in, and not those that would not; the same at the gate."""
    async with stage(tmp_path) as here:
        await limit(here, LimitScope.GUILD, MODERATOR.guild, day=0)
        card = await asked(here)
        assert card.content == ("Only selected members can draw here. Ask a moderator to join in.")
        await limit(here, LimitScope.ROLE, ARTISTS, day=5)
        await limit(here, LimitScope.ROLE, STAFF, exempt=1)
        await limit(here, LimitScope.ROLE, 7, month=5)
        await limit(here, LimitScope.ROLE, 8, day=5, running=0)
        card = await asked(here)
        expected = f"Only <@&{ARTISTS}> and <@&{STAFF}> can draw here. Ask a moderator to join in."
        assert card.content == expected
        assert card.embed is None
        answer = await here.flow.requests.submit_request(DrawRequest("interaction:1", "a fox"), MIA)
        assert answer.card.content.startswith(expected)


async def test_who_is_blocked_reads_so_before_any_number(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.books.books.blocks.block_member(MODERATOR, BEN.user, None, "", NOON)
        assert (await asked(here)).content == "20 left today."
        await here.books.books.blocks.block_member(MODERATOR, MIA.user, None, "spam", NOON)
        told = "You're blocked from drawing here. A moderator can lift this.\nReason: spam."
        card = await asked(here)
        assert card.content == told
        assert body(card)[0] == "Today: 0 of 20 used"
        assert (await here.flow.info.help_card(MIA, lambda _: True)).content == told


async def test_a_grant_on_a_zero_does_not_say_that_they_may_not_draw(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await limit(here, LimitScope.MEMBER, MIA.user, day=0)
        await here.books.books.limits.grant_images(MODERATOR, MIA.user, 3, 1, NOON)
        card = await asked(here)
        assert card.content == "3 left today."
        assert "0 a day set just for you." in body(card)


async def test_any_zero_is_no(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await limit(here, LimitScope.MEMBER, MIA.user, running=0)
        mine = "Your own limit here is 0, so I can't draw for you. Ask a moderator to join in."
        assert (await asked(here)).content == mine
        helped = await here.flow.info.help_card(MIA, lambda _: True)
        assert helped.content == mine


def all_text(card: MessageCard) -> str:
    """All that a card says."""
    return "\n".join([card.content, *(body(card) if card.embed is not None else [])])


def test_quota() -> None:
    card = quota_cards.quota_card(a_balance(20, 3))
    assert card.content == "17 left today."
    assert "Today: 3 of 20 used" in all_text(card)
    assert format_timestamp(DAY_ENDS) in all_text(card)
    assert format_timestamp(MONTH_ENDS) not in all_text(card)


def test_quota_with_a_month() -> None:
    card = quota_cards.quota_card(a_balance(20, 3, 100, 95))
    assert card.content == "5 left this month."
    assert "This month: 95 of 100 used" in all_text(card)
    assert format_timestamp(MONTH_ENDS) in all_text(card)


def test_quota_without_limits_or_without_leave() -> None:
    assert quota_cards.quota_card(a_balance(None)).content == "You have no limit here."
    nobody = a_balance(0)
    assert quota_cards.quota_card(nobody).content == quota_refusal(1, nobody).sentence
    assert quota_cards.quota_card(a_balance(20, 25)).content == "0 left today."


def test_quota_counts_what_is_held() -> None:
    card = quota_cards.quota_card(replace(a_balance(20, 3), waiting=2, running=1))
    assert "1 in progress, 2 waiting" in all_text(card)


@pytest.mark.parametrize("count", [0, 1, GRANTS_SHOWN, GRANTS_SHOWN + 1, GRANTS_SHOWN + 1000])
def test_the_first_grants_are_shown_and_the_others_counted(count: int) -> None:
    grants = tuple(ImageGrant(n + 1, DAY_ENDS) for n in range(count))
    lines = body(quota_details_card(a_balance(20), grants, ()))
    assert sum(format_timestamp(DAY_ENDS) in line for line in lines[3:]) == min(count, GRANTS_SHOWN)
    more = [line for line in lines if "more grants" in line]
    assert bool(more) is (count > GRANTS_SHOWN)
    assert all(f"{count - GRANTS_SHOWN:,}" in line for line in more)


def test_an_exempt_member_reads_of_no_grant() -> None:
    balance = replace(a_balance(None), exempt=True, day_source="role:5")
    lines = body(quota_details_card(balance, (ImageGrant(3, DAY_ENDS),), ()))
    assert "<@&5>" in lines[-1]
    assert not any("<t:" in line for line in lines)


@pytest.mark.parametrize(("used", "percent"), [(0, 0), (10, 50), (20, 100), (25, 100)])
def test_the_bar_is_never_over_its_end(used: int, percent: int) -> None:
    assert f"{percent} %" in all_text(quota_card(a_balance(20, used)))


@pytest.mark.parametrize(
    ("waiting", "running", "told"),
    [
        (1, 0, "0 in progress, 1 waiting. Both count as used."),
        (0, 1, "1 in progress, 0 waiting. Both count as used."),
    ],
)
def test_what_is_under_way_is_told_if_there_is_any(waiting: int, running: int, told: str) -> None:
    busy = replace(a_balance(20, 3), waiting=waiting, running=running)
    assert told in all_text(quota_cards.quota_card(busy))
    assert "count as used" not in all_text(quota_cards.quota_card(a_balance(20, 3)))


def test_a_monthly_limit_is_told_without_what_was_granted() -> None:
    granted = replace(a_balance(20, 0, 105, 0), granted_month=5)
    assert "100 a month by default" in all_text(quota_details_card(granted, (), ()))
