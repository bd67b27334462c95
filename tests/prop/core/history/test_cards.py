"""Whatever was drawn: the list is one that Discord takes, and every button finds its way back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.core.history import cards as history_cards
from bot.core.history.cards import PAGE_SIZE, HistoryPageRef, HistoryRow
from bot.core.jobs.job import Job
from bot.core.jobs.model import FittedFile
from bot.core.jobs.upload_limits import REQUEST_LIMIT, fair_share, shrinking_limits
from bot.core.text.escape import count_units
from bot.core.ui.card import MessageCard
from cogs.history import ENTRY_PATTERN
from tests.prop.core.jobs.test_cards import jobs, texts
from tests.unit.core.make import an_id

AT = datetime(2026, 11, 24, tzinfo=UTC)
spots = st.builds(
    HistoryPageRef, st.integers(1, 999_999), st.just("") | st.integers(0, 9).map(lambda n: an_id(n))
)
sizes = st.lists(st.integers(0, 200 << 20), max_size=10).map(tuple)


def takes(card: MessageCard) -> None:
    """Discord does, and nobody is called."""
    parts = [card.content]
    if card.embed is not None:
        parts += [card.embed.title, card.embed.body]
        assert count_units(card.embed.title) <= 256
        assert count_units(card.embed.body) <= 4096
    assert 1 <= count_units(card.content) <= 2000
    for part in parts:
        assert "@everyone" not in part
        assert not re.search(r"<@[!&]?\d|<#\d|</\w", part)
    rows = [button.row for button in card.buttons]
    assert all(rows.count(row) <= 5 for row in rows)
    assert all(row is None or 0 <= row < 5 for row in rows)
    ids = [button.custom_id for button in card.buttons]
    assert len(set(ids)) == len(ids)
    for button in card.buttons:
        assert 1 <= count_units(button.label) <= 80
        assert len(button.custom_id) <= 100
        assert button.custom_id.endswith(f":{button.target}")


@given(
    st.lists(jobs(), max_size=PAGE_SIZE), st.integers(0, 9_999_999), spots, texts, texts, st.data()
)
def test_any_page_of_any_list(
    found: list[Job], total: int, spot: HistoryPageRef, search: str, lead: str, data: st.DataObject
) -> None:
    link = history_cards.message_link(1, 2, 3)
    # Two jobs never have one id; a drawn pair may.
    entries = tuple(
        HistoryRow(job, AT, data.draw(st.sampled_from(("", link))), "**waiting here**")
        for job in {job.id: job for job in found}.values()
    )
    card = history_cards.page_card(
        entries, max(total, len(entries)), spot, search[:100], "Deleted."
    )
    takes(card)
    for button in card.buttons:
        if button.action != "reroll":
            match = re.fullmatch(rf"(?P<action>[a-z]+):{ENTRY_PATTERN}", button.custom_id)
            assert match is not None
            there = HistoryPageRef.from_text(match["page"])
            assert there.draft == spot.draft
            assert match["action"] == "page" or there == spot


@given(jobs(), spots)
def test_every_other_word(job: Job, spot: HistoryPageRef) -> None:
    link = history_cards.message_link(1, 2, 3)
    for card in (
        history_cards.resend_card(job, (FittedFile("fox.webp", b"", True, True),)),
        history_cards.parts_card(f"swarmbot-{job.id}-10.png", 9, 10, 100),
        history_cards.sent_directly_card(job, pictures=True),
        history_cards.sent_directly_card(job, pictures=False),
        history_cards.result_elsewhere_card(link),
        history_cards.undelivered_card(job),
        history_cards.reminder_card((job,)),
        history_cards.file_gone_card(job),
    ):
        takes(card)
    assert HistoryPageRef.from_text(str(spot)) == spot


@given(sizes, st.integers(1, 30 << 20))
def test_all_files_together_fit_and_the_share_is_the_most(
    files: tuple[int, ...], total: int
) -> None:
    share = fair_share(files, total)
    assert sum(min(size, share) for size in files) <= total
    if share < total:
        assert sum(min(size, share + 1) for size in files) > total


@given(sizes, st.integers(1, 100 << 20))
def test_every_try_is_smaller_than_what_was_sent_before(files: tuple[int, ...], limit: int) -> None:
    tries = shrinking_limits(limit, files)
    assert tries[0] <= limit
    assert sum(min(size, tries[0]) for size in files) <= REQUEST_LIMIT
    sent = [min(tries[0], max(files, default=tries[0])), *tries[1:]]
    assert all(later < earlier for earlier, later in pairwise(sent))
