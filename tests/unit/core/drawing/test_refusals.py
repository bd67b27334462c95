"""Refusals by a server's own choices: their rules, and what they name."""

from __future__ import annotations

import pytest

from bot.core.drawing import refusals
from bot.core.drawing.refusals import CHANNELS_SHOWN
from bot.core.drawing.request import Model

MORE = CHANNELS_SHOWN + 1


@pytest.mark.parametrize("count", [1, 2, CHANNELS_SHOWN, MORE, CHANNELS_SHOWN + 9])
def test_the_first_channels_are_shown_and_the_others_counted(count: int) -> None:
    said = refusals.format_channels(tuple(range(100, 100 + count)))
    shown = [number for number in range(100, 100 + count) if f"<#{number}>" in said]
    assert shown == list(range(100, 100 + min(count, CHANNELS_SHOWN)))
    assert (str(count - CHANNELS_SHOWN) in said.split()) is (count > CHANNELS_SHOWN)


def test_a_refusal_gives_the_prompt_back_and_has_its_rule() -> None:
    off, elsewhere = (
        refusals.switched_off_refusal("a fox"),
        refusals.wrong_channel_refusal((7,), "a fox"),
    )
    assert (off.rule, off.prompt) == (refusals.OFF_RULE, "a fox")
    assert off.sentence.startswith(refusals.SWITCHED_OFF_SENTENCE)
    assert (elsewhere.rule, elsewhere.prompt) == (refusals.CHANNEL_RULE, "a fox")
    assert "<#7>" in elsewhere.sentence
    assert "`/settings`" in refusals.no_models_refusal().sentence


@pytest.mark.parametrize("name", ["Attach Files", "attach_files", " ATTACH FILES "])
def test_a_missing_right_is_named_with_its_channel(name: str) -> None:
    refused = refusals.missing_permission_refusal(name, "art", "a fox")
    assert (refused.rule, refused.prompt) == ("permission", "a fox")
    assert "attach files in #art" in refused.sentence
    assert "*Attach Files*" in refused.sentence
    assert "moderator" in refused.sentence


def test_other_missing_rights_have_a_sentence_too() -> None:
    said = {
        name: refusals.missing_permission_refusal(name, "").sentence
        for name in ("view_channel", "send_messages", "embed_links", "read_message_history")
    }
    assert len(set(said.values())) == len(said)
    assert "*Use Magic*" in refusals.missing_permission_refusal("use_magic", "").sentence


def test_a_channels_name_is_never_live() -> None:
    assert "@everyone" not in refusals.missing_permission_refusal("x", "@everyone").sentence


MODELS = (
    Model("flux/dev.safetensors", "Flux Dev"),
    Model("a/dream.safetensors", "Dream"),
    Model("b/dream.safetensors", "Dream"),
)


def test_an_ambiguous_title_is_explained_with_the_full_names() -> None:
    why = refusals.describe_mismatch("model", "dream", MODELS, "Pick one.")
    assert why == (
        "There is more than one model named dream. "
        "Which one? Choose a/dream.safetensors or b/dream.safetensors."
    )
    many = tuple(Model(f"{n}/dream.safetensors", "Dream") for n in range(100))
    assert "4/dream" in refusals.describe_mismatch("model", "dream", many, "Pick one.")
    assert "5/dream" not in refusals.describe_mismatch("model", "dream", many, "Pick one.")


def test_an_unknown_name_is_explained_with_similar_titles_or_the_other_sentence() -> None:
    why = refusals.describe_mismatch("model", "flx dev", MODELS, "Pick one.")
    assert why == "There's no model called “flx dev”. Did you mean Flux Dev?"
    why = refusals.describe_mismatch("model", "zzzz", MODELS, "Pick one.")
    assert why == "There's no model called “zzzz”. Pick one."


def test_a_reserved_model_names_its_roles_and_a_closed_one_names_the_others() -> None:
    reserved = refusals.reserved_refusal("model", MODELS[0], (5, 6))
    assert reserved.rule == "model.role"
    assert reserved.sentence == (
        "Only <@&5> or <@&6> can use the model Flux Dev here. Choose another one."
    )
    closed = refusals.closed_refusal("LoRA", MODELS[1], MODELS[:1])
    assert closed.rule == "lora.closed"
    assert closed.sentence == (
        "This server doesn't allow the LoRA Dream. Nothing was charged. Choose Flux Dev."
    )
