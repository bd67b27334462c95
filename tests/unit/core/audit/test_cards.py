"""What was changed, by whom: pages, messages and lines in which nothing is live."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.audit import cards
from bot.core.audit.cards import MESSAGE_MAX, PAGE_SIZE, TIMESTAMP_AFTER
from bot.core.audit.model import AuditRow
from bot.core.text.format import format_timestamp
from tests.unit.core.make import T0

ROW = AuditRow(T0, 9, "limits.day", "member:101", "20", "30")
NOW = T0.timestamp()


@pytest.mark.parametrize(
    ("target", "whom"),
    [("member:101", "<@101>"), ("role:5", "<@&5>"), ("channel:70", "<#70>"), ("guild:7", "server")],
)
def test_a_change_names_whom_it_is_about(target: str, whom: str) -> None:
    assert whom in cards.describe_change(replace(ROW, target=target))


@pytest.mark.parametrize(
    ("action", "old", "new", "words"),
    [
        ("limits.day", "20", "30", ["day", "20 → 30"]),
        ("limits.day", "", "30", ["not set → 30"]),
        ("limits.per_job", "4", "", ["per job", "4 → not set"]),
        ("limits.exempt", "", "yes", ["exempt"]),
        ("limits.exempt", "yes", "", ["no longer exempt"]),
        ("limits.grant", "", "5 a day", ["5 a day"]),
        ("limits.reset", "3", "", ["3"]),
        ("block.set", "", "for good: spam", ["blocked", "spam"]),
        ("block.lifted", "x", "", ["unblocked"]),
        ("pause.set", "", "until 3", ["drawing is paused until 3"]),
        ("pause.lifted", "until 3", "", ["drawing continues", "until 3"]),
        ("triggers.add", "", "draw me", ["draw me", "added"]),
        ("triggers.remove", "draw me", "", ["draw me", "removed"]),
        ("settings.images_max", "4", "2", ["images max", "4 → 2"]),
        ("picture.deleted", "", "", ["picture", "deleted"]),
        ("job.cancelled", "", "", ["job", "cancelled"]),
        ("some.new_thing", "a", "b", ["some new thing", "a → b"]),
    ],
)
def test_each_kind_of_change_says_what_became_what(
    action: str, old: str, new: str, words: list[str]
) -> None:
    said = cards.describe_change(replace(ROW, action=action, old=old, new=new))
    assert [word for word in words if word not in said] == []


def test_the_bots_own_change_has_no_mention_of_anybody_before_it() -> None:
    assert cards.format_change(ROW).startswith("<@9> ")
    assert not cards.format_change(replace(ROW, actor=0)).startswith("<")


def test_a_mention_in_a_setting_stays_and_one_in_typed_words_is_dead() -> None:
    channels = replace(ROW, action="settings.channels", old="", new="<#70> and **<#71>**")
    said = cards.describe_change(channels)
    assert "<#70>" in said
    assert "**" not in said
    for action in ("settings.words", "triggers.add", "block.set"):
        typed = cards.describe_change(replace(ROW, action=action, new="<@123> @everyone"))
        assert "<@123>" not in typed
        assert "@everyone" not in typed


def test_blanks_between_mentions_stay() -> None:
    assert cards.escape_except_mentions("<#1> <#2>, x") == "<#1> <#2>, x"
    assert cards.escape_except_mentions("") == ""


@pytest.mark.parametrize(("age", "timed"), [(0, False), (1, True)])
def test_a_late_change_says_when_it_was(age: int, timed: bool) -> None:
    now = NOW + TIMESTAMP_AFTER.total_seconds() + age
    said, count = cards.format_message((ROW,), now)
    assert count == 1
    assert (format_timestamp(T0) in said) is timed


def test_a_message_takes_as_many_changes_as_fit_in_their_order() -> None:
    rows = tuple(replace(ROW, old=f"{n:050}") for n in range(100))
    said, count = cards.format_message(rows, NOW)
    assert 1 < count < 100
    assert len(said) <= MESSAGE_MAX
    assert cards.format_message(rows[:count], NOW) == (said, count)
    assert len("\n".join(map(cards.format_change, rows[: count + 1]))) > MESSAGE_MAX
    assert cards.format_message((), NOW) == ("", 0)


@pytest.mark.parametrize(
    ("total", "page", "footer"),
    [(1, 1, "1 of 1"), (PAGE_SIZE, 1, "1 of 1"), (PAGE_SIZE + 1, 1, "1 of 2"), (31, 3, "3 of 3")],
)
def test_a_page_says_where_it_is_and_whether_there_is_more(
    total: int, page: int, footer: str
) -> None:
    card = cards.audit_log_card((ROW,) * min(total, PAGE_SIZE), total, page, "Mia")
    assert card.embed is not None
    assert footer in card.embed.footer
    assert ("page" in card.embed.footer.removeprefix("Page")) is (page * PAGE_SIZE < total)
    assert len(card.embed.body.splitlines()) == min(total, PAGE_SIZE)
    assert "Mia" in card.embed.title
    assert format_timestamp(T0 + timedelta()) in card.embed.body


def test_nothing_and_a_page_beyond_the_last_have_no_panel() -> None:
    assert cards.audit_log_card((), 0, 1, "").embed is None
    beyond = cards.audit_log_card((), PAGE_SIZE + 1, 9, "")
    assert beyond.embed is None
    assert "2 pages" in beyond.content
