"""Sheets and forms as Discord's newer components: every part of them, and the ids of a press."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.adapters.discord.render.layout import render_layout, render_modal
from bot.adapters.discord.render.message import COLOURS
from bot.core.ui.card import CardButton, CardTone
from bot.core.ui.layout import (
    ButtonRow,
    FormField,
    Layout,
    LayoutPart,
    MenuOption,
    ModalForm,
    SelectKind,
    SelectMenu,
    Separator,
    TextBlock,
)

BUTTON = CardButton("", "Go", "settings:go:where:")
TEXT, BUTTONS, SECTION, DIVIDER = 10, 1, 9, 14


def rendered(part: LayoutPart) -> dict[str, Any]:
    """The one component that the part of a sheet becomes."""
    (container,) = render_layout(Layout((part,))).view.to_components()
    (component,) = container["components"]
    return dict(component)


@pytest.mark.parametrize("tone", CardTone)
async def test_a_sheet_is_one_container_in_its_colour(tone: CardTone) -> None:
    view = render_layout(Layout((TextBlock("one"), Separator(), TextBlock("two")), tone)).view
    (container,) = view.to_components()
    assert container["accent_color"] == COLOURS[tone]
    assert [one["type"] for one in container["components"]] == [TEXT, DIVIDER, TEXT]


async def test_words_stand_alone_or_beside_a_button() -> None:
    alone = rendered(TextBlock("hello"))
    assert (alone["type"], alone["content"]) == (TEXT, "hello")
    beside = rendered(TextBlock("hello", BUTTON))
    assert beside["type"] == SECTION
    assert beside["accessory"]["custom_id"] == BUTTON.custom_id


async def test_a_row_has_its_buttons_in_their_order() -> None:
    names = [f"b{number}" for number in range(5)]
    row = rendered(ButtonRow(tuple(CardButton("", name, name) for name in names)))
    assert row["type"] == BUTTONS
    assert [one["label"] for one in row["components"]] == names


async def test_a_menu_of_options_shows_what_is_chosen() -> None:
    menu = SelectMenu(
        "id",
        "Choose",
        options=(MenuOption("a", "A", "the first", chosen=True), MenuOption("b", "B")),
        min_values=0,
        max_values=2,
    )
    (select,) = rendered(menu)["components"]
    assert (select["min_values"], select["max_values"]) == (0, 2)
    assert [(one["value"], one["default"]) for one in select["options"]] == [
        ("a", True),
        ("b", False),
    ]
    assert select["options"][0]["description"] == "the first"
    assert "description" not in select["options"][1]


@pytest.mark.parametrize("kind", [SelectKind.ROLES, SelectKind.CHANNELS, SelectKind.WRITABLE])
async def test_a_menu_of_ids_begins_with_those_that_were_chosen(kind: SelectKind) -> None:
    menu = SelectMenu("id", "Choose", kind, chosen=(7, 8), max_values=25)
    (select,) = rendered(menu)["components"]
    assert [str(one["id"]) for one in select["default_values"]] == ["7", "8"]


async def test_only_where_messages_can_be_sent_a_log_may_go() -> None:
    """A forum has threads alone: people may draw in it, no log can be written to it."""

    def types(kind: SelectKind) -> set[int]:
        (select,) = rendered(SelectMenu("id", "Choose", kind))["components"]
        return set(select["channel_types"])

    forum = discord.ChannelType.forum.value
    assert types(SelectKind.CHANNELS) - types(SelectKind.WRITABLE) == {forum}
    assert discord.ChannelType.text.value in types(SelectKind.WRITABLE)


async def test_a_form_has_its_fields_filled_in() -> None:
    fields = (
        FormField("a", "First", "words", "what it is for", "such as", 50, required=True),
        FormField("b", "Second", multiline=True),
    )
    sent: Any = render_modal(ModalForm("Title", "settings:send:where:a", fields)).to_dict()
    assert (sent["title"], sent["custom_id"]) == ("Title", "settings:send:where:a")
    first, second = (label["component"] for label in sent["components"])
    assert (first["value"], first["max_length"], first["required"]) == ("words", 50, True)
    assert (first["style"], second["style"]) == (1, 2)
    assert "value" not in second
    assert second["required"] is False


async def test_sheets_and_forms_are_finished_before_they_are_sent() -> None:
    """The library would otherwise keep each of them for ever."""
    assert render_layout(Layout((TextBlock("x"),))).view.is_finished()
    assert render_modal(ModalForm("x", "x", (FormField("a", "A"),))).is_finished()
