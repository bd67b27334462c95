"""What a person reads when they ask what is kept of them, or want it gone."""

from __future__ import annotations

import pytest

from bot.core.privacy import cards
from bot.core.privacy.cards import FILES_SHOWN, ErasureOutcome
from bot.core.ui.card import ButtonStyle, CardTone, MessageCard


def body(card: MessageCard) -> str:
    assert card.embed is not None
    return card.embed.body


def test_what_is_kept_is_counted_in_the_order_of_the_labels() -> None:
    counts = {"audit": 2, "jobs": 1, "posts": 1200}
    lines = body(cards.export_card(counts, everywhere=False, files=1)).splitlines()
    assert [line.split()[1] for line in lines] == ["1", "1,200", "2"]


def test_a_table_without_a_label_is_counted_by_its_name() -> None:
    card = cards.export_card({"strange": 1, "jobs": 3}, everywhere=False, files=1)
    assert "strange" in body(card).splitlines()[-1]


@pytest.mark.parametrize(("files", "told"), [(1, False), (2, True)])
def test_several_files_are_told_of(files: int, told: bool) -> None:
    card = cards.export_card({"jobs": 1}, everywhere=True, files=files)
    assert (f"{files} files" in card.content) is told


def test_one_server_and_all_of_them_have_words_of_their_own() -> None:
    for make in (
        lambda everywhere: cards.nothing_kept_card(everywhere=everywhere),
        lambda everywhere: cards.export_card({"jobs": 1}, everywhere=everywhere, files=1),
        lambda everywhere: cards.confirm_card({"jobs": 1}, 101, everywhere=everywhere),
    ):
        assert make(True).content != make(False).content


@pytest.mark.parametrize(
    ("everywhere", "reach"), [(True, cards.ALL_GUILDS), (False, cards.THIS_GUILD)]
)
def test_the_question_has_three_buttons_that_know_whose_it_is(everywhere: bool, reach: str) -> None:
    card = cards.confirm_card({"jobs": 2, "posts": 1}, 101, everywhere=everywhere)
    assert [one.custom_id for one in card.buttons] == [
        f"{verb}:privacy:{reach}:101" for verb in ("erase", "purge", "keep")
    ]
    assert [one.style is ButtonStyle.DANGER for one in card.buttons] == [True, True, False]
    assert "2 requests" in body(card)
    assert "1 message" in body(card)


@pytest.mark.parametrize("counts", [{}, {"blocks": 1, "limits": 2}, {"jobs": 0}])
def test_where_nothing_would_go_there_is_nothing_to_press(counts: dict[str, int]) -> None:
    card = cards.confirm_card(counts, 101, everywhere=False)
    assert (card.buttons, card.embed) == ((), None)


def test_numbers_of_earlier_months_alone_are_a_reason_to_ask() -> None:
    assert cards.confirm_card({"charges": 1}, 101, everywhere=False).buttons
    assert cards.confirm_card({"grants": 1}, 101, everywhere=False).buttons


def test_an_outcome_names_what_went_and_leaves_out_what_did_not() -> None:
    whole = cards.erased_card(ErasureOutcome(jobs=3, drafts=1, files=2, messages=1)).content
    for part in ("3 requests", "1 draft", "2 files", "1 message"):
        assert part in whole
    bare = cards.erased_card(ErasureOutcome()).content
    assert not any(char.isdigit() for char in bare)


@pytest.mark.parametrize("field", ["backend_away", "has_more"])
def test_what_is_still_to_come_is_said(field: str) -> None:
    plain = cards.erased_card(ErasureOutcome(jobs=1)).content
    later = cards.erased_card(ErasureOutcome(jobs=1, **{field: True})).content  # type: ignore[arg-type]
    assert later.startswith(plain)
    assert len(later) > len(plain)


@pytest.mark.parametrize("count", [1, FILES_SHOWN, FILES_SHOWN + 1])
def test_folders_that_stay_are_listed_for_the_host(count: int) -> None:
    folders = tuple(f"day/job-{number:03}" for number in range(count))
    card = cards.erased_card(ErasureOutcome(jobs=1, undeleted_files=folders))
    assert card.embed is not None
    assert card.embed.tone is CardTone.BAD
    assert sum(folder in card.embed.body for folder in folders) == min(count, FILES_SHOWN)
    assert ("1 more" in card.embed.body) is (count > FILES_SHOWN)


def test_cancelled_jobs_are_told_first_with_what_came_back() -> None:
    outcome = ErasureOutcome(jobs=1, cancelled=2, returned_pictures=5, pictures_left=17)
    for card in (cards.erased_card(outcome), cards.erasure_pending_card(outcome)):
        first = card.content.split(".")[0]
        assert "2 jobs" in first
        assert "5 pictures returned, 17 left" in card.content


def test_small_answers_are_told_apart() -> None:
    small = (
        cards.EXPORT_RUNNING_CARD,
        cards.EXPORT_FAILED_CARD,
        cards.ERASURE_DECLINED_CARD,
        cards.WRONG_MEMBER_CARD,
    )
    assert len({card.content for card in small}) == len(small)
    assert all(card.buttons == () for card in small)
