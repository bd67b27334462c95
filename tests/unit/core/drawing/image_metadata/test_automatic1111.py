"""A prompt, a negative prompt and a line of settings, in all their forms."""

from __future__ import annotations

import pytest

from bot.core.drawing.image_metadata.automatic1111 import parse_text
from tests.support.picture_files import LINES


@pytest.mark.parametrize("name", LINES)
def test_each_form_is_read(name: str) -> None:
    words = LINES[name]
    found = parse_text(words.text)
    assert found is not None
    assert (found.prompt, found.negative) == (words.prompt, words.negative)
    assert ("Seed", words.seed) in found.facts


def test_templates_behind_the_settings_are_no_words_of_the_picture() -> None:
    found = parse_text(LINES["forge-templates"].text)
    assert found is not None
    assert found.facts[-1] == ("Version", "f2.0.1v1.10.1")
    assert "neon" not in found.prompt + found.negative


def test_of_civitais_list_the_names_are_shown() -> None:
    found = parse_text(LINES["civitai"].text)
    assert found is not None
    assert found.facts[-1] == ("Civitai resources", "Illustrious-XL")


def test_quoted_settings_may_hold_commas_and_quotes() -> None:
    found = parse_text(LINES["quoted-settings"].text)
    assert found is not None
    assert found.facts[-2:] == (("Lora hashes", "ink: 1a, line: 2b"), ("TI", 'a "b", c: d'))


def test_hashes_are_left_out() -> None:
    found = parse_text(LINES["hashes-as-json"].text)
    assert found is not None
    assert "Hashes" not in dict(found.facts)


def test_settings_in_another_order_and_texts_without_settings_are_read() -> None:
    found = parse_text("a fox\nSampler: Euler, Seed: 5, Steps: 20")
    assert found is not None
    assert found.prompt == "a fox"
    assert dict(found.facts)["Steps"] == "20"
    bare = parse_text("a fox\nNegative prompt: blurry")
    assert bare is not None
    assert (bare.prompt, bare.negative, bare.facts) == ("a fox", "blurry", ())


@pytest.mark.parametrize("text", ["", "a holiday", "a fox\nin the snow: red", '{"Steps": 3}'])
def test_another_text_is_none(text: str) -> None:
    assert parse_text(text) is None


@pytest.mark.parametrize("part", ["a: [", "a: {", 'a: "', "a: [[[[", 'a: "\\', "a:"])
def test_settings_that_never_close_are_read_in_time(part: str) -> None:
    found = parse_text("a fox\nSteps: 20, " + part * 4_000)
    assert found is not None
    assert found.facts[0] == ("Steps", "20")
