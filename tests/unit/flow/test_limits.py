"""The moderators' counter, over real books: what it changes, and what people read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.drawing.request import DrawingBounds
from bot.core.errors import Refused
from bot.core.jobs.job import Cancelled
from bot.core.limits.quota import Limits, LimitScope
from bot.core.text.format import format_timestamp
from bot.core.ui.card import MessageCard
from bot.flow.limits import LimitCommands
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, MODERATOR, NOON, Desk, open_desk, with_roles
from tests.support.flow import stage
from tests.support.limits import LimitDesk

ARTISTS = 5
NAMES = {ARTISTS: "Artists", 6: "Guests"}
RESET = format_timestamp(NOON + timedelta(hours=12))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Books with the host's usual settings."""
    async with open_desk(tmp_path / "books.db") as desk:
        yield desk


def build_commands(desk: Desk, images_max: int = 4) -> LimitDesk:
    """The commands over these books."""
    limits, audit = desk.books.limits, desk.books.audit
    return LimitDesk(LimitCommands(limits, audit, lambda: NOON, images_max))


@pytest.fixture
def counter(desk: Desk) -> LimitDesk:
    """The moderators' counter over these books."""
    return build_commands(desk)


def body(card: MessageCard) -> str:
    """The embed's text."""
    assert card.embed is not None
    assert len(card.embed.body) <= 4096
    assert len(card.embed.title) <= 256
    return card.embed.body


async def show_mia(counter: LimitDesk, *roles: int) -> MessageCard:
    """/limits show member:Ada"""
    return await counter.show_limits(MODERATOR, MIA.user, "Ada", roles, NAMES)


async def clear_mia(counter: LimitDesk, *roles: int) -> MessageCard:
    """/limits clear member:Ada"""
    return await counter.clear_rule(
        MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", target_roles=roles, role_names=NAMES
    )


async def test_a_member_with_a_used_up_role_limit(desk: Desk, counter: LimitDesk) -> None:
    await counter.set_limit(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 2})
    await desk.ask(2, with_roles(MIA, ARTISTS))
    card = await show_mia(counter, ARTISTS)
    assert card.content == (
        f"Ada: 2 a day from @Artists, 2 used, resets {RESET}. To give more today, use "
        "`/limits grant`."
    )
    assert "No monthly limit by default, 2 used." in body(card)
    assert "0 in progress and 1 waiting" in body(card)


async def test_where_each_number_comes_from(counter: LimitDesk) -> None:
    """Default, server, own; and no reset is promised to those who may not draw."""
    assert (await show_mia(counter)).content == f"Ada: 20 a day by default, 0 used, resets {RESET}."
    await counter.set_limit(
        MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", {"day": 30, "month": 90}
    )
    card = await show_mia(counter)
    assert card.content == f"Ada: 30 a day from the server, 0 used, resets {RESET}."
    assert "90 a month from the server, 0 used, resets <t:" in body(card)
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 0, "per_job": 2})
    card = await show_mia(counter)
    assert card.content == "Ada: 0 a day (can't draw) set just for them."
    assert "2 at a time · 3 waiting at once · 1 drawn at once" in body(card)
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": None})
    assert (await show_mia(counter)).content == "Ada: no daily limit set just for them, 0 used."


async def test_setting_says_what_holds_and_for_whom(counter: LimitDesk) -> None:
    """With the number that was there before, and the rest of the rule."""
    card = await counter.set_limit(
        MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 50, "month": 500}
    )
    assert card.content == "@Artists: 50 a day, 500 a month, starting now."
    card = await counter.set_limit(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 60})
    assert card.content == "@Artists: 60 a day (was 50), starting now."
    assert body(card) == "60 a day · 500 a month"


async def test_everyone_is_the_server(desk: Desk, counter: LimitDesk) -> None:
    """@everyone carries the server's id and is never among a member's roles."""
    card = await counter.set_limit(
        MODERATOR, LimitScope.ROLE, MODERATOR.guild, "@everyone", {"day": 5}
    )
    assert card.content.startswith("This server: 5 a day, starting now.")
    assert (await desk.books.limits.compute_balance(MIA, NOON)).limits.day == 5


async def test_a_smaller_own_number_warns_and_acts(desk: Desk, counter: LimitDesk) -> None:
    """Only for roles that this member has, and only where the role gives more."""
    await counter.set_limit(
        MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 50, "month": 10}
    )
    await counter.set_limit(MODERATOR, LimitScope.ROLE, 6, "Guests", {"day": None})

    async def set_day(*roles: int) -> str:
        card = await counter.set_limit(
            MODERATOR,
            LimitScope.MEMBER,
            MIA.user,
            "Ada",
            {"day": 30, "month": 10},
            target_roles=roles,
            role_names=NAMES,
        )
        return card.content

    told = await set_day(ARTISTS)
    assert told.count("Note: ") == 1
    assert "this overrides what Ada gets from @Artists (50 a day)." in told
    assert "`/limits grant`" in told
    assert "what Ada gets from @Guests (no daily limit)" in await set_day(ARTISTS, 6)
    assert "Note: " not in await set_day()
    assert (
        await desk.books.limits.compute_balance(with_roles(MIA, ARTISTS), NOON)
    ).limits.day == 30


@pytest.mark.parametrize("numbers", [{}, {"day": -1}, {"month": 5, "day": -5}])
async def test_what_makes_no_sense_changes_nothing(
    desk: Desk, counter: LimitDesk, numbers: dict[str, int | None]
) -> None:
    """And the card says so."""
    card = await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", numbers)
    assert card.content.endswith("Nothing was changed.")
    assert await desk.rows("limits") == await desk.rows("audit") == []


async def test_huge_numbers_are_clamped_and_it_is_said(desk: Desk, counter: LimitDesk) -> None:
    """A number that SQLite could not hold is no crash."""
    card = await counter.set_limit(
        MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 10**30, "month": 7}
    )
    assert "The highest limit is 1,000,000" in card.content
    limits = (await desk.books.limits.compute_balance(MIA, NOON)).limits
    assert (limits.day, limits.month) == (1_000_000, 7)


@pytest.mark.parametrize(
    ("images_max", "per_job", "bound"),
    [(4, 4, ""), (4, 5, "4 pictures"), (1, 2, "1 picture"), (4, None, "4 pictures")],
)
async def test_more_in_one_go_than_the_host_lets_is_said(
    desk: Desk, images_max: int, per_job: int | None, bound: str
) -> None:
    """It is set all the same; a day's number is not measured by it."""
    counter = build_commands(desk, images_max)
    numbers = {"day": 50, "per_job": per_job}
    card = await counter.set_limit(MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", numbers)
    _, _, warning = card.content.partition("\n")
    assert warning == (
        (
            f"One command can draw at most {bound} here. The host sets this bound, and no "
            "limit can raise it."
        )
        if bound
        else ""
    )
    assert (await desk.books.limits.compute_balance(MIA, NOON)).limits.per_job == per_job
    card = await counter.set_limit(
        MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", {"day": 60}
    )
    assert "One command" not in card.content


async def test_the_bound_is_the_houses(tmp_path: Path) -> None:
    """As the host set it, not the class's."""
    async with stage(tmp_path, house=HostSettings(DrawingBounds(images_max=9))) as here:
        for per_job, said in ((9, False), (10, True)):
            card = await LimitDesk(here.flow.limits).set_limit(
                MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"per_job": per_job}
            )
            assert ("One command can draw at most 9 pictures here" in card.content) is said


async def test_clearing_a_members_rule_says_what_was_and_what_holds(
    desk: Desk, counter: LimitDesk
) -> None:
    """The best of their roles, the server's and the default, each number by itself."""
    await counter.set_limit(MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", {"waiting": 2})
    await counter.set_limit(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 50})
    own = {"month": None, "day": 0}
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", own)
    card = await clear_mia(counter, ARTISTS)
    assert card.content == (
        "Ada: rule removed (it was 0 a day (can't draw), no monthly limit). They now "
        "have 50 a day from @Artists, no monthly limit by default.\n0 → 50 a day, 0 "
        f"used, 50 left, resets {RESET}."
    )
    assert body(card).splitlines() == [
        "50 a day from @Artists",
        "no monthly limit by default",
        "4 at a time by default",
        "2 waiting at once from the server",
        "1 drawn at once by default",
    ]
    assert card.embed is not None
    assert card.embed.title == "Ada's limits now"
    assert (
        await desk.books.limits.compute_balance(with_roles(MIA, ARTISTS), NOON)
    ).limits.day == 50


async def test_clearing_what_is_not_there_says_so_and_what_holds(
    desk: Desk, counter: LimitDesk
) -> None:
    """Somebody else's rule stays."""
    await counter.set_limit(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 0})
    kept = await desk.rows("audit")
    card = await clear_mia(counter, ARTISTS)
    assert card.content == "Ada has no limits of their own. Nothing was changed."
    assert body(card).startswith("0 a day (can't draw) from @Artists\n")
    card = await counter.clear_rule(MODERATOR, LimitScope.ROLE, 6, "Guests")
    assert card.content == "@Guests has no limits of its own. Nothing was changed."
    card = await counter.clear_rule(MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home")
    assert card.content == "This server has no limits of its own. Nothing was changed."
    assert await desk.rows("audit") == kept


async def test_clearing_a_roles_and_the_servers_rule(desk: Desk, counter: LimitDesk) -> None:
    """What holds is told without the numbers of other roles and of members, and it says so."""
    await counter.set_limit(MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", {"day": 30})
    await counter.set_limit(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 50})
    await counter.set_limit(MODERATOR, LimitScope.ROLE, 6, "Guests", {"day": 99})
    card = await counter.clear_rule(
        MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", target_roles=(6,)
    )
    assert card.content == (
        "@Artists: rule removed (it was 50 a day). Its members now have 30 a day "
        "from the server, unless another role or their own limit comes first."
    )
    card = await counter.clear_rule(MODERATOR, LimitScope.ROLE, MODERATOR.guild, "@everyone")
    assert card.content == (
        "This server: rule removed (it was 30 a day). People now have 20 a day by "
        "default, unless a role or their own limit comes first."
    )
    (left,) = await desk.books.limits.list_limit_rows(MODERATOR.guild)
    assert left.target == 6


async def test_the_overview_without_rules(counter: LimitDesk) -> None:
    """The default, and how to change it."""
    card = await counter.show_limits(MODERATOR, None, "Home", (), NAMES)
    assert card.content.startswith("This server has no rules yet")
    assert "20 a day · no monthly limit · 4 at a time · 3 waiting at once" in body(card)
    assert "`/limits set`" in body(card)


async def test_the_overview_lists_every_rule(counter: LimitDesk) -> None:
    """The server's, the roles' (a deleted one too) and the members', and no other server's."""
    await counter.set_limit(MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", {"day": 30})
    await counter.set_limit(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 50})
    await counter.set_limit(MODERATOR, LimitScope.ROLE, 404, "Deleted", {"day": 1})
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": None})
    card = await counter.show_limits(MODERATOR, None, "Home", (), NAMES)
    assert body(card).splitlines()[1:] == [
        "**This server**: 30 a day",
        "",
        "**Roles**",
        "@Artists: 50 a day",
        "a deleted role: 1 a day",
        "",
        "**Members**",
        f"<@{MIA.user}>: no daily limit",
    ]


async def test_a_long_overview_fits_and_counts_the_rest(desk: Desk, counter: LimitDesk) -> None:
    """Discord refuses a longer embed outright."""
    for member in range(300):
        await desk.books.limits.set_limit(
            MODERATOR, LimitScope.MEMBER, 10**18 + member, {"day": 5}, NOON
        )
    shown = body(await counter.show_limits(MODERATOR, None, "Home", (), NAMES))
    more = int(shown.rsplit("… and ", 1)[1].removesuffix(" more."))
    assert shown.count("<@") + more == 300
    assert shown.count("<@") > 80


@pytest.mark.parametrize("name", ["@everyone", "here", "<@&5>", "**bold**", "a" * 5000])
async def test_no_name_is_a_mention_or_markup(counter: LimitDesk, name: str) -> None:
    """Roles and people are called what they like."""
    cards = [
        await counter.set_limit(MODERATOR, LimitScope.ROLE, 66, name, {"day": 1}),
        await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, name, {"month": 1}),
        await counter.show_limits(MODERATOR, MIA.user, name, (66,), {66: name}),
        await counter.show_limits(MODERATOR, None, name, (), {66: name}),
        await counter.clear_rule(
            MODERATOR, LimitScope.MEMBER, MIA.user, name, target_roles=(66,), role_names={66: name}
        ),
        await counter.clear_rule(MODERATOR, LimitScope.ROLE, 66, name),
    ]
    for card in cards:
        text = f"{card.content}\n{body(card)}"
        assert len(card.content) <= 2000
        for live in ("@everyone", "@here", "<@&5>", " **bold**"):
            assert live not in text


async def test_the_desk_reads_the_hosts_defaults(tmp_path: Path) -> None:
    """Not the class's."""
    async with open_desk(tmp_path / "b.db", Limits(day=7)) as desk:
        card = await show_mia(build_commands(desk))
        assert card.content.startswith("Ada: 7 a day by default")


async def test_a_grant_adds_for_today_and_only_for_today(desk: Desk, counter: LimitDesk) -> None:
    await counter.set_limit(
        MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", {"day": 2, "month": 2}
    )
    await desk.ask(2)
    with pytest.raises(Refused):
        await desk.ask()
    card = await counter.grant_images(MODERATOR, MIA.user, "Ada", (), 3, 1)
    assert card.content == "Ada gets 3 more pictures for today. They have 3 left today."
    assert body(card).startswith("2 a day from the server and 3 granted, 2 used, resets ")
    await desk.ask(3)
    with pytest.raises(Refused):
        await desk.ask()
    balance = await desk.books.limits.compute_balance(MIA, NOON + timedelta(days=1))
    assert (balance.day_left, balance.month_left) == (2, 0)


async def test_a_grant_that_is_not_enough_says_what_would_be(
    desk: Desk, counter: LimitDesk
) -> None:
    home = (MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home")
    await desk.finish((await desk.ask(4)).job.id, 4)
    await desk.finish((await desk.ask(4)).job.id, 4)
    await counter.set_limit(*home, {"day": 2})
    card = await counter.grant_images(MODERATOR, MIA.user, "Ada", (), 3, 1)
    assert card.content == (
        "Ada gets 3 more pictures for today. They have already used 8 today, so none "
        "are left. Give at least 4 more, or use `/limits reset`."
    )
    card = await counter.grant_images(MODERATOR, MIA.user, "Ada", (), 4, 1)
    assert card.content == "Ada gets 4 more pictures for today. They have 1 left today."
    await counter.set_limit(*home, {"day": None, "month": 0})
    card = await counter.grant_images(MODERATOR, MIA.user, "Ada", (), 1, 1)
    assert card.content.endswith(
        "They have already used 8 this month, so none are left. Give at least 1 more."
    )


async def test_a_grant_of_some_days_holds_on_each_of_them(desk: Desk, counter: LimitDesk) -> None:
    await counter.set_limit(MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", {"day": 2})
    card = await counter.grant_images(MODERATOR, MIA.user, "Ada", (), 5, 3)
    assert card.content.startswith("Ada gets 5 more pictures a day for 3 days, starting today.")
    left = [
        (await desk.books.limits.compute_balance(MIA, NOON + timedelta(days=n))).pictures_left
        for n in range(5)
    ]
    assert left == [7, 7, 7, 2, 2]


async def test_a_grant_opens_a_limit_of_zero_and_says_what_makes_no_sense(
    desk: Desk, counter: LimitDesk
) -> None:
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 0})
    await counter.grant_images(MODERATOR, MIA.user, "Ada", (), 1, 1)
    await desk.ask()
    with pytest.raises(Refused):
        await desk.ask()
    for pictures, days in ((0, 1), (1, 0), (2_000_000, 1), (1, 5000)):
        card = await counter.grant_images(MODERATOR, MIA.user, "Ada", (), pictures, days)
        assert card.content.endswith("Nothing was changed."), (pictures, days)
    await counter.set_exemption(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", True)
    card = await counter.grant_images(MODERATOR, MIA.user, "Ada", (), 1, 1)
    assert card.content == "Ada has no limit, so there is nothing to add to. Nothing was changed."


async def test_a_reset_gives_back_what_was_charged_and_not_what_is_held(
    desk: Desk, counter: LimitDesk
) -> None:
    """The charges stay as facts, and a refund of what was held gives nothing twice."""
    done = (await desk.ask(4)).job.id
    await desk.finish(done, 4)
    held = (await desk.ask(2)).job.id
    card = await counter.reset_usage(MODERATOR, MIA.user, "Ada", ())
    assert card.content == (
        "Reset Ada's usage: 4 pictures returned, 18 left today. Pictures that are "
        "waiting or in progress still count."
    )
    assert await desk.used() == (2, 2)
    assert len(await desk.rows("charges")) == 4
    again = await counter.reset_usage(MODERATOR, MIA.user, "Ada", ())
    assert again.content.startswith("Ada has used nothing today, so there is nothing to reset.")
    assert await desk.books.jobs.apply_job_event(held, Cancelled(0), NOON)
    assert await desk.used() == (0, 0)
    await desk.finish((await desk.ask(1)).job.id)
    assert await desk.used() == (1, 1)
    await desk.books.limits.rebuild_totals()
    assert await desk.used() == (1, 1)
    assert await desk.used(now=NOON + timedelta(days=1)) == (0, 1)


async def test_who_is_exempt_has_no_limit_until_that_is_taken_back(
    desk: Desk, counter: LimitDesk
) -> None:
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 1, "waiting": 1})
    card = await counter.set_exemption(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", True)
    assert card.content.startswith(
        "@Artists: everyone with this role can now draw without any limit."
    )
    artist = with_roles(MIA, ARTISTS)
    for _ in range(5):
        await desk.ask(4, artist)
    assert (await desk.books.limits.compute_balance(artist, NOON)).pictures_left is None
    card = await show_mia(counter, ARTISTS)
    assert card.content == "Ada: no limit (exempt), from @Artists."
    again = await counter.set_exemption(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", True)
    assert again.content == "@Artists already has no limit. Nothing was changed."

    off = await counter.set_exemption(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", False)
    assert off.content == "@Artists: no longer exempt."
    with pytest.raises(Refused):
        await desk.ask(1, artist)
    off = await counter.set_exemption(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", False)
    assert off.content == "@Artists was not exempt. Nothing was changed."


async def test_clearing_a_rule_takes_its_exemption_too(counter: LimitDesk) -> None:
    await counter.set_exemption(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", True)
    card = await clear_mia(counter)
    assert card.content.startswith(
        "Ada: rule removed (it was no limit (exempt)). They now have 20 a day"
    )
    assert (await show_mia(counter)).content.startswith("Ada: 20 a day by default")


async def test_every_act_stands_in_the_log_newest_first(desk: Desk, counter: LimitDesk) -> None:
    empty = await counter.show_audit_log(MODERATOR, None, "", 1)
    assert empty.content == "No changes yet. Every change will be listed here."
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 5})
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 9})
    await counter.grant_images(MODERATOR, MIA.user, "Ada", (), 2, 1)
    await desk.finish((await desk.ask(1)).job.id)
    await counter.reset_usage(MODERATOR, MIA.user, "Ada", ())
    await counter.set_exemption(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", True)
    await counter.set_exemption(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", False)
    lines = body(await counter.show_audit_log(MODERATOR, None, "", 1)).splitlines()
    assert [line.partition(" · ")[2] for line in lines] == [
        f"<@&{ARTISTS}>: no longer exempt",
        f"<@&{ARTISTS}>: exempt",
        f"<@{MIA.user}>: 1 used on 2026-11-24, returned",
        f"<@{MIA.user}>: 2 more on 2026-11-24",
        f"<@{MIA.user}>: day 5 → 9",
        f"<@{MIA.user}>: day not set → 5",
    ]
    assert all(f"<@{MODERATOR.user}>" in line for line in lines)
    about = await counter.show_audit_log(MODERATOR, MIA.user, "Ada", 1)
    assert len(body(about).splitlines()) == 4
    assert about.embed is not None
    assert about.embed.title == "4 changes about Ada"
    other = replace(MODERATOR, guild=MODERATOR.guild + 1)
    assert (await counter.show_audit_log(other, None, "", 1)).embed is None


async def test_the_log_has_pages(counter: LimitDesk) -> None:
    for day in range(1, 33):
        await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": day})
    third = await counter.show_audit_log(MODERATOR, None, "", 3)
    assert third.embed is not None
    assert third.embed.footer == "Page 3 of 3."
    assert len(body(third).splitlines()) == 2
    assert (
        await counter.show_audit_log(MODERATOR, None, "", 4)
    ).content == "There are only 3 pages."


async def test_a_members_change_says_from_what_to_what_and_what_is_left(
    desk: Desk, counter: LimitDesk
) -> None:
    await desk.ask(4)
    card = await counter.set_limit(
        MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 3, "running": 2}
    )
    assert card.content == (
        "Ada: 3 a day, 2 drawn at once, starting now.\n20 → 3 a day, 1 → 2 drawn at "
        f"once, 4 used, 0 left, resets {RESET}."
    )
    card = await counter.set_limit(
        MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": None, "month": 50}
    )
    end = format_timestamp(NOON.replace(month=12, day=1, hour=0))
    assert card.content.splitlines()[1] == (
        f"3 → no daily limit, no limit → 50 a month, 4 used, 46 left, resets {end}."
    )
    card = await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 0})
    assert card.content.splitlines()[1] == "no limit → 0 a day (can't draw), none left."
    again = await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 0})
    assert again.content == "Ada: already 0 a day (can't draw). Nothing was changed."


async def test_a_zero_says_what_it_means_once_and_what_was_before_is_a_number(
    counter: LimitDesk,
) -> None:
    async def first(scope: LimitScope, target: int, **numbers: int | None) -> str:
        name = "Theo" if scope is LimitScope.MEMBER else ""
        card = await counter.set_limit(MODERATOR, scope, target, name, numbers)
        return card.content.splitlines()[0].removesuffix(", starting now.")

    theo = (LimitScope.MEMBER, BEN.user)
    assert await first(*theo, day=5, per_job=0) == (
        "Theo: 5 a day, 0 at a time, so they can't draw"
    )
    assert await first(*theo, day=0, per_job=2) == (
        "Theo: 0 a day, so they can't draw (was 5), 2 at a time (was 0)"
    )
    assert await first(*theo, month=0, running=0) == (
        "Theo: 0 a month, so they can't draw, 0 drawn at once"
    )
    assert await first(*theo, month=None) == "Theo: no monthly limit (was 0)"
    assert await first(*theo, month=9) == "Theo: 9 a month (was no limit)"
    here = (LimitScope.GUILD, MODERATOR.guild)
    assert await first(*here, day=0) == "This server: 0 a day, so people can't draw"


async def test_what_is_granted_stands_beside_the_number_that_it_adds_to(
    counter: LimitDesk,
) -> None:
    """Else 50 a day with 58 left is a riddle, and a 0 that draws is a lie."""
    ada = (MODERATOR, LimitScope.MEMBER, MIA.user, "Ada")
    await counter.set_limit(*ada, {"day": 0})
    await counter.grant_images(MODERATOR, MIA.user, "Ada", (), 8, 1)
    card = await counter.set_limit(*ada, {"day": 50})
    assert card.content.splitlines()[1] == (
        f"0 → 50 a day and 8 granted, 0 used, 58 left, resets {RESET}."
    )
    card = await counter.set_limit(*ada, {"day": 0})
    assert card.content == (
        "Ada: 0 a day (was 50), starting now.\n50 → 0 a day and 8 granted, 0 used, 8 "
        f"left, resets {RESET}."
    )
    card = await counter.set_limit(*ada, {"running": 0})
    assert card.content.startswith("Ada: 0 drawn at once, so they can't draw, starting now.")


async def test_a_roles_change_says_who_keeps_more_and_how_many_it_touches(
    desk: Desk, counter: LimitDesk
) -> None:
    """Of those who drew lately, by the roles that they had then."""
    await desk.ask(asker=with_roles(MIA, ARTISTS))
    await desk.ask(asker=with_roles(BEN))
    await counter.set_limit(MODERATOR, LimitScope.ROLE, 6, "Guests", {"day": None})
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, 77, "Theo", {"day": 1})
    card = await counter.set_limit(
        MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 50}, role_names=NAMES
    )
    assert card.content.splitlines() == [
        "@Artists: 50 a day, starting now.",
        (
            "Members who also have @Guests (no daily limit) keep that limit: the most "
            "generous role counts."
        ),
        "Some have their own limits, which come first: 1 member.",
        "This affects 1 of the 2 recently active members.",
    ]
    card = await counter.set_limit(MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", {"day": 5})
    assert card.content.splitlines()[1:] == [
        "Some have their own limits, which come first: 2 roles and 1 member.",
        "This affects 1 of the 2 recently active members.",
    ]
    card = await counter.set_limit(
        MODERATOR, LimitScope.GUILD, MODERATOR.guild, "Home", {"waiting": 9}
    )
    assert card.content.endswith("This affects every recently active member (2).")
    card = await counter.set_limit(MODERATOR, LimitScope.ROLE, 9, "Nobodies", {"day": 9})
    assert card.content.endswith("No recently active member is affected.")


async def test_a_number_for_somebody_exempt_says_that_it_waits(counter: LimitDesk) -> None:
    await counter.set_exemption(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", True)
    card = await counter.set_limit(
        MODERATOR,
        LimitScope.MEMBER,
        MIA.user,
        "Ada",
        {"day": 3},
        target_roles=(ARTISTS,),
        role_names=NAMES,
    )
    assert card.content == (
        "Ada: 3 a day, starting now.\nThey are exempt (from @Artists), so this only "
        "counts once the exemption is removed."
    )


async def test_a_preview_says_the_same_and_changes_nothing(desk: Desk, counter: LimitDesk) -> None:
    await counter.set_limit(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 50})
    kept = await desk.rows("limits"), await desk.rows("audit")
    card = await counter.set_limit(
        MODERATOR,
        LimitScope.MEMBER,
        MIA.user,
        "Ada",
        {"day": 3},
        target_roles=(ARTISTS,),
        role_names=NAMES,
        preview=True,
    )
    assert card.content.startswith(
        f"Preview only. Ada: 3 a day.\n50 → 3 a day, 0 used, 3 left, resets {RESET}.\n"
        "Note: this overrides what Ada gets from @Artists (50 a day)."
    )
    assert body(card) == "3 a day"
    card = await counter.clear_rule(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", preview=True)
    assert card.content == (
        "Preview only. @Artists: the rule is 50 a day. Without it, its members would "
        "have 20 a day by default, unless another role or their own limit comes "
        "first."
    )
    assert (await desk.rows("limits"), await desk.rows("audit")) == kept


async def test_the_warning_has_a_button_that_gives_more(desk: Desk, counter: LimitDesk) -> None:
    """Its form takes what people type."""
    await counter.set_limit(MODERATOR, LimitScope.ROLE, ARTISTS, "Artists", {"day": 50})
    card = await counter.set_limit(
        MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 1}, target_roles=(ARTISTS,)
    )
    (button,) = card.buttons
    assert (button.custom_id, button.label) == (f"grant:{MIA.user}", "Grant…")
    for pictures, days in (("many", "1"), ("0", "1"), ("5", "9999"), ("", ""), ("-3", "1")):
        again = await counter.grant_from_form(MODERATOR, MIA.user, pictures, days)
        assert again.content.endswith("Nothing was changed.")
        assert again.buttons == card.buttons
    assert await desk.rows("grants") == []
    given = await counter.grant_from_form(MODERATOR, MIA.user, " 4 ", "")
    assert given.content == f"<@{MIA.user}> gets 4 more pictures for today."
    assert (await desk.books.limits.compute_balance(MIA, NOON)).pictures_left == 5


async def test_somebody_who_has_used_all_can_be_given_more_from_what_is_shown(
    desk: Desk, counter: LimitDesk
) -> None:
    await counter.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, "Ada", {"day": 1})
    assert (await show_mia(counter)).buttons == ()
    await desk.ask(1)
    assert [b.custom_id for b in (await show_mia(counter)).buttons] == [f"grant:{MIA.user}"]
