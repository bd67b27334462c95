"""/quota over real books: how much, until when, by whose rule, and what was granted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.core.drawing.request import DrawRequest
from bot.core.limits.quota import LimitScope
from bot.core.text.format import format_timestamp
from bot.core.ui.card import MessageCard
from tests.support.books import BEN, MIA, MODERATOR, NOON, with_roles
from tests.support.flow import Stage, stage

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
            == "10 a day from this server and 100 a month from this server."
        )
        await limit(here, LimitScope.ROLE, ARTISTS, day=50)
        card = await asked(here, ARTISTS)
        assert card.content == "50 left today."
        assert body(card)[-1] == f"50 a day from <@&{ARTISTS}> and 100 a month from this server."
        await limit(here, LimitScope.MEMBER, MIA.user, day=None)
        assert body(await asked(here, ARTISTS))[-1] == (
            "No daily limit of your own and 100 a month from this server."
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
            f"5 more a day, granted; ends {format_timestamp(midnight)}.",
            f"2 more a day, granted; ends {format_timestamp(midnight + timedelta(days=6))}.",
        ]
        here.hands.now += timedelta(days=1)
        assert [line for line in body(await asked(here)) if "granted" in line] == [
            f"2 more a day, granted; ends {format_timestamp(midnight + timedelta(days=6))}."
        ]


async def test_exempt_is_said_and_no_grant_is(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.books.books.limits.grant_images(MODERATOR, MIA.user, 5, 1, NOON)
        await limit(here, LimitScope.ROLE, STAFF, exempt=1)
        card = await asked(here, STAFF)
        assert card.content == "You have no limit here."
        assert body(card)[-1] == f"Exempt from <@&{STAFF}>: no limit holds for you."


async def test_who_may_not_draw_reads_for_whom_it_is_and_no_reset(tmp_path: Path) -> None:
    """The roles that would let them in, and not those that would not; the same at the gate."""
    async with stage(tmp_path) as here:
        await limit(here, LimitScope.GUILD, MODERATOR.guild, day=0)
        card = await asked(here)
        assert card.content == "Drawing here is for chosen members. Ask a moderator to join in."
        await limit(here, LimitScope.ROLE, ARTISTS, day=5)
        await limit(here, LimitScope.ROLE, STAFF, exempt=1)
        await limit(here, LimitScope.ROLE, 7, month=5)
        await limit(here, LimitScope.ROLE, 8, day=5, running=0)
        card = await asked(here)
        expected = f"Drawing here is for <@&{ARTISTS}> and <@&{STAFF}>. Ask a moderator to join in."
        assert card.content == expected
        assert card.embed is None
        answer = await here.flow.requests.submit_request(DrawRequest("interaction:1", "a fox"), MIA)
        assert answer.card.content.startswith(expected)


async def test_who_is_blocked_reads_so_before_any_number(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.books.books.blocks.block_member(MODERATOR, BEN.user, None, "", NOON)
        assert (await asked(here)).content == "20 left today."
        await here.books.books.blocks.block_member(MODERATOR, MIA.user, None, "spam", NOON)
        told = "You can't draw here. A moderator can lift it.\nReason: spam."
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
        assert "0 a day of your own." in body(card)


async def test_any_zero_is_no(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await limit(here, LimitScope.MEMBER, MIA.user, running=0)
        mine = "Your own limit here is 0, so I can't draw for you. Ask a moderator to join in."
        assert (await asked(here)).content == mine
        helped = await here.flow.info.help_card(MIA, lambda _: True)
        assert helped.content == mine
