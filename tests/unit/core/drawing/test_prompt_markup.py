"""Prompts that hold tags: what is sent, what people read, and how a style takes words in."""

from __future__ import annotations

import pytest

from bot.core.drawing.prompt_markup import (
    DEPTH_MAX,
    RENDERED_TAGS,
    Markup,
    escape_angles,
    fill_template,
    flatten_markup,
    has_tags,
    render_prompt,
)

CHOICE: Markup = (("random", "2", (("red",), ("blue",))),)


def test_angle_signs_in_words_never_make_a_tag() -> None:
    assert not set("<>") & set(escape_angles("a <lora:x> b"))
    assert not set("<>") & set(render_prompt(("a <lora:x> b",)))


@pytest.mark.parametrize(
    ("number", "sent"),
    [("2", "<random[2]:red|blue>"), ("0.5", "<random[0.5]:red|blue>"), ("", "<random:red|blue>")],
)
def test_a_tag_is_written_in_swarmuis_form(number: str, sent: str) -> None:
    assert render_prompt((("random", number, (("red",), ("blue",))),)) == sent


@pytest.mark.parametrize("number", ["1234", "2,3", "steps", "<x>"])
def test_a_number_that_is_none_is_left_out(number: str) -> None:
    assert render_prompt((("random", number, (("red",), ("blue",))),)) == "<random:red|blue>"


@pytest.mark.parametrize("name", ["lora", "preset", "param", "", "RANDOM"])
def test_no_other_tag_is_written(name: str) -> None:
    assert name not in RENDERED_TAGS
    assert render_prompt(("a ", (name, "", (("x",),)), " b")).split() == ["a", "b"]


def test_signs_that_part_options_are_taken_out_of_words() -> None:
    assert render_prompt((("random", "", (("a|b",), ("[c]",))),)) == "<random:a b|c>"
    assert render_prompt((("wildcard", "", (("a,b",),)),)) == "<wildcard:a b>"


def test_people_read_the_words_of_all_parts_and_of_a_segment_the_first() -> None:
    assert flatten_markup(("a ", *CHOICE, " fox")) == "a red/blue fox"
    assert flatten_markup((("segment", "", (("face",), ("0.5",))),)) == "face"


def test_tags_below_the_deepest_level_are_dropped() -> None:
    nested: Markup = ("a",)
    for _ in range(DEPTH_MAX + 5):
        nested = (("random", "", (nested, ("b",))),)
    assert render_prompt(nested).count("<") == DEPTH_MAX


@pytest.mark.parametrize(
    ("template", "value", "filled"),
    [
        (("oil of {value}, dark",), ("a fox",), "oil of a fox, dark"),
        (("{value} and {value}",), ("a",), "a and a"),
        (("dark",), ("a fox",), "a fox, dark"),
        (("dark",), (), "dark"),
        ((), ("a fox",), "a fox"),
        ((), (), ""),
    ],
)
def test_words_go_where_the_template_says_else_before_it(
    template: Markup, value: Markup, filled: str
) -> None:
    assert render_prompt(fill_template(template, value)) == filled


def test_words_go_into_the_options_of_a_tag_too() -> None:
    template: Markup = (("random", "", (("a {value}",), ("b",))),)
    assert render_prompt(fill_template(template, ("fox",))) == "<random:a fox|b>"


def test_only_a_tag_makes_a_markup_with_tags() -> None:
    assert has_tags(("a ", *CHOICE))
    assert not has_tags(("a <random:x>",))
    assert not has_tags(())
