"""What people read when the host's own classifier says no, or says nothing."""

from __future__ import annotations

from bot.core.moderation import classifier_refusals as refusals


def test_a_no_can_be_edited_and_a_silence_can_be_tried_again() -> None:
    no, silent = refusals.rejected_words_refusal("a fox"), refusals.unchecked_words_refusal("a fox")
    assert [action for action, _ in no.offers] == ["edit"]
    assert [action for action, _ in silent.offers] == ["retry"]
    assert no.rule != silent.rule
    assert (no.prompt, silent.prompt) == ("a fox", "a fox")


def test_the_words_are_never_repeated_in_the_sentence() -> None:
    for make in (refusals.rejected_words_refusal, refusals.unchecked_words_refusal):
        assert "zebra" not in make("zebra").sentence


def test_a_picture_that_was_refused_is_told_from_one_that_was_not_checked() -> None:
    assert refusals.PICTURE_REJECTED_REASON != refusals.PICTURE_UNCHECKED_REASON
