"""Cards become messages that Discord takes, look calm, and notify nobody."""

from __future__ import annotations

import json
from typing import Any

import discord
import pytest
from discord.http import handle_message_parameters

from bot.adapters.discord.interactions.forms import edit_modal
from bot.adapters.discord.render.message import COLOURS, render_card, render_content
from bot.core.drawing.request import DrawRequest
from bot.core.ui.card import (
    ButtonStyle,
    CardButton,
    CardTone,
    Embed,
    FileUpload,
    MessageCard,
    MessageContent,
)

JOB = "abcdefghijklmnopqrst"


def payload(shown: MessageContent) -> dict[str, Any]:
    """What would go to Discord, edit and send alike."""
    with (
        handle_message_parameters(**render_content(shown).to_edit()) as edit,
        handle_message_parameters(**render_content(shown).to_send()) as send,
    ):
        bodies = [
            params.payload or json.loads((params.multipart or [])[0]["value"])
            for params in (edit, send)
        ]
    assert bodies[0] == bodies[1]
    return dict(bodies[0])


def test_a_bare_card_takes_everything_else_away() -> None:
    """An edit with it leaves no panel, no button, no file and no words of before."""
    body = payload(MessageContent(MessageCard("hello")))
    assert body["content"] == "hello"
    assert (body["embeds"], body["components"], body["attachments"]) == ([], [], [])
    assert payload(MessageContent(MessageCard(embed=Embed("x"))))["content"] is None


@pytest.mark.parametrize("tone", CardTone)
def test_a_panel_becomes_an_embed(tone: CardTone) -> None:
    """Its words are Discord's title, description and footer; its tone the colour."""
    panel = Embed("Drawing", "step 3 of 20", tone, footer="SDXL")
    (embed,) = payload(MessageContent(MessageCard(embed=panel)))["embeds"]
    assert embed["title"] == "Drawing"
    assert embed["description"] == "step 3 of 20"
    assert embed["footer"] == {"text": "SDXL"}
    assert embed["color"] == COLOURS[tone]
    assert "image" not in embed


def luminance(colour: int) -> float:
    parts = [(colour >> shift & 255) / 255 for shift in (16, 8, 0)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", [0x2B2D31, 0xF2F3F5])
def test_colours_are_seen_on_dark_and_on_light(ground: int) -> None:
    """The contrast that accessibility asks of things that are not text, on Discord's own cards."""
    for tone, colour in COLOURS.items():
        dark, light = sorted((luminance(colour), luminance(ground)))
        assert (light + 0.05) / (dark + 0.05) >= 3, tone


def test_the_image_of_a_panel_is_the_file_sent_along() -> None:
    """By the name that Discord will know it under."""
    body = payload(
        MessageContent(MessageCard(embed=Embed("x", image="p.jpg")), (FileUpload("p.jpg", b"1"),))
    )
    assert body["embeds"][0]["image"]["url"] == "attachment://p.jpg"
    assert body["attachments"][0]["filename"] == "p.jpg"


def test_a_spoiler_is_hidden_below_the_panel_and_never_inside_it() -> None:
    """Discord hides attachments, but no picture of an embed."""
    shown = MessageContent(
        MessageCard(embed=Embed("x", image="p.jpg")),
        (FileUpload("p.jpg", b"1", "a fox", spoiler=True),),
    )
    body = payload(shown)
    assert "image" not in body["embeds"][0]
    assert body["attachments"][0]["filename"] == "SPOILER_p.jpg"
    assert body["attachments"][0]["description"] == "a fox"


def test_an_image_that_is_not_there_is_not_shown() -> None:
    """Discord would show a broken frame, or refuse."""
    assert (
        "image"
        not in payload(MessageContent(MessageCard(embed=Embed("x", image="p.jpg"))))["embeds"][0]
    )


def test_files_carry_their_alt_text() -> None:
    """For those who cannot see them; more than Discord takes would cost the whole picture."""
    shown = MessageContent(
        MessageCard("x"),
        (FileUpload("a.png", b"1", alt_text="a fox"), FileUpload("b.png", b"2", "é" * 2000)),
    )
    first, second = payload(shown)["attachments"]
    assert first["description"] == "a fox"
    assert second["description"] == "é" * 1024
    assert (
        "description"
        not in payload(MessageContent(MessageCard("x"), (FileUpload("c.png", b"3"),)))[
            "attachments"
        ][0]
    )


def test_buttons_stand_five_in_a_row() -> None:
    """With the custom_id of the card's own making."""
    buttons = tuple(
        CardButton(
            "draw", f"Draw {n}", JOB, argument=str(n), style=ButtonStyle.SUCCESS, disabled=n == 2
        )
        for n in range(1, 8)
    )
    rows = payload(MessageContent(MessageCard("x", buttons=buttons)))["components"]
    assert [len(row["components"]) for row in rows] == [5, 2]
    second = rows[0]["components"][1]
    assert second["custom_id"] == f"draw:2:{JOB}"
    assert second["label"] == "Draw 2"
    assert second["style"] == discord.ButtonStyle.success.value
    assert second["disabled"] is True


@pytest.mark.parametrize("style", ButtonStyle)
def test_each_style_is_discords_of_the_same_name(style: ButtonStyle) -> None:
    """The page and the phone show them alike."""
    rows = payload(
        MessageContent(MessageCard("x", buttons=(CardButton("edit", "Edit", JOB, style=style),)))
    )
    assert rows["components"][0]["components"][0]["style"] == discord.ButtonStyle[style.value].value


def test_nobody_is_mentioned_but_the_one_of_the_ring() -> None:
    """Always said, for an edit without it would be read anew with Discord's defaults."""
    assert payload(MessageContent(MessageCard("@everyone <@5>")))["allowed_mentions"] == {
        "parse": []
    }
    assert payload(MessageContent(MessageCard("<@5>", ping_user=5)))["allowed_mentions"] == {
        "parse": [],
        "users": [5],
    }


async def test_views_and_forms_are_finished_before_they_are_sent() -> None:
    """discord.py would keep every one of them, for ever, to wait for clicks we know anyway."""
    view = render_card(MessageCard("x", buttons=(CardButton("cancel", "Cancel", JOB),))).view
    assert view.is_finished()
    assert view.timeout is None
    assert edit_modal(JOB, DrawRequest("s", "a fox"), prompt_max=2000).is_finished()


def test_the_form_holds_what_was_wished() -> None:
    """Five fields at most, known by their ids, filled in, only the prompt required."""
    wish = DrawRequest("s", "a red fox", "blurry", seed=42, aspect="16:9", steps=30)
    form = edit_modal(JOB, wish, prompt_max=2000).to_dict()
    assert form["custom_id"] == f"edit:{JOB}"
    assert 1 <= len(form["title"]) <= 45
    fields = {label["component"]["custom_id"]: label for label in form["components"]}
    assert {name: label["component"].get("value") for name, label in fields.items()} == {
        "prompt": "a red fox",
        "negative": "blurry",
        "seed": "42",
        "aspect": "16:9",
        "steps": "30",
    }
    assert [n for n, f in fields.items() if f["component"]["required"]] == ["prompt"]
    assert fields["prompt"]["component"]["style"] == discord.TextStyle.paragraph.value
    assert all(len(label["label"]) <= 45 for label in fields.values())


def test_a_form_of_a_bare_or_huge_wish_is_one_that_discord_takes() -> None:
    """Nothing said is an empty field; more than fits is cut, never refused by Discord."""
    fields = edit_modal(JOB, DrawRequest("s", "x" * 6000), prompt_max=3000).to_dict()["components"]
    prompt, *others = [label["component"] for label in fields]
    assert prompt["value"] == "x" * 3000
    assert prompt["max_length"] == 3000
    assert all(other.get("value") is None for other in others)
