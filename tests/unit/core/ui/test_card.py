"""Cards: ids that come back from a press, and pictures that no log shows."""

from __future__ import annotations

import pytest

from bot.core.ui.card import CardButton, FileUpload, MessageCard, MessageContent


@pytest.mark.parametrize(
    ("button", "custom_id"),
    [
        (CardButton("cancel", "Cancel", "abc"), "cancel:abc"),
        (CardButton("draw", "Draw 2", "abc", "2"), "draw:2:abc"),
        (CardButton("", "Next", "models:page:m:1:"), "models:page:m:1:"),
        (CardButton("help", "Help", ""), "help"),
    ],
)
def test_the_id_of_a_button_is_its_action_argument_and_target(
    button: CardButton, custom_id: str
) -> None:
    assert button.custom_id == custom_id


def test_the_bytes_of_a_file_are_not_in_its_repr() -> None:
    file = FileUpload("fox.png", b"a-picture", "a fox")
    assert "a-picture" not in repr(MessageContent(MessageCard("hello"), (file,)))
    assert "fox.png" in repr(file)


def test_a_card_mentions_nobody_unless_it_is_told_whom() -> None:
    assert MessageCard("hello").ping_user is None
    assert MessageCard("hello") == MessageCard("hello", None, (), None, False)
