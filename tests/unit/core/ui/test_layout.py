"""Panels: what of them is read, pressed and chosen from, in the order in which it stands."""

from __future__ import annotations

from bot.core.ui.card import CardButton
from bot.core.ui.layout import (
    ButtonRow,
    Layout,
    MenuOption,
    SelectMenu,
    Separator,
    TextBlock,
)

A, B, C = (CardButton(name, name, "x") for name in "abc")
FIRST = SelectMenu("one", "Choose", options=(MenuOption("v", "V"),))
SECOND = SelectMenu("two", "Choose")
PANEL = Layout(
    (
        TextBlock("first", A),
        FIRST,
        Separator(),
        TextBlock("second"),
        ButtonRow((B, C)),
        SECOND,
    )
)


def test_the_text_is_its_paragraphs_one_below_the_other() -> None:
    assert PANEL.text == "first\nsecond"


def test_buttons_beside_a_text_and_in_a_row_come_from_top_to_bottom() -> None:
    assert list(PANEL.iter_buttons()) == [A, B, C]


def test_menus_come_from_top_to_bottom() -> None:
    assert list(PANEL.iter_menus()) == [FIRST, SECOND]


def test_an_empty_panel_has_nothing() -> None:
    empty = Layout(())
    assert (empty.text, list(empty.iter_buttons()), list(empty.iter_menus())) == ("", [], [])
