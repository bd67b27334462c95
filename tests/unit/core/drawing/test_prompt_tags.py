"""Tags: open to chosen roles, bounded, built anew; and no way past the one that writes them."""

from __future__ import annotations

import pytest

from bot.core.drawing import prompt_tags
from bot.core.drawing.prompt_markup import fill_template, flatten_markup, render_prompt
from bot.core.errors import Refused
from tests.support.shelf import ARTIST, TRUSTED, ordered
from tests.unit.core.make import MIA

ALL = frozenset(prompt_tags.TAG_NAMES)


def sent(text: str, allowed: frozenset[str] = ALL) -> str:
    return render_prompt(
        prompt_tags.parse_tags(text, allowed, ("animals", "places/Cities"), 50).markup
    )


@pytest.mark.parametrize(
    ("typed", "built"),
    [
        ("a <random:red|blue> fox", "a <random:red|blue> fox"),
        ("a <RANDOM: red , blue > fox", "a <random:red|blue> fox"),
        ("a <random[3]:red||blue> fox", "a <random[3]:red|blue> fox"),
        ("a <random[999999999]:red|blue>", "a <random:red|blue>"),
        ("a <random[99]:red|blue>", "a <random[5]:red|blue>"),
        ("a <alt:cat|dog>", "a <alternate:cat|dog>"),
        ("a <fromto[0.5]:cat|dog>", "a <fromto[0.5]:cat|dog>"),
        ("a <wc:ANIMALS>", "a <wildcard:animals>"),
        ("a <wildcard[2]:places/cities,not=rome>", "a <wildcard[2]:places/Cities>"),
        ("a fox <segment:face,0.6,0.5> green eyes", "a fox <segment:face,0.6,0.5> green eyes"),
        ("<random:a <random:b|c>|d> fox", "<random:a <random:b|c>|d> fox"),
        ("<random:a[1]|b> x", "<random:a 1|b> x"),
    ],
)
def test_an_open_tag_is_built_anew(typed: str, built: str) -> None:
    assert sent(typed) == built
    assert sent(built) == built


@pytest.mark.parametrize(
    ("typed", "left", "why"),
    [
        ("a <wildcard:../secret> fox", "a fox", "wildcard with that name"),
        ("a <segment:yolo-face.pt> fox", "a fox", "name something"),
        ("a <segment:face,9> fox", "a fox", "between 0 and 1"),
        ("a <random:one> fox", "a fox", "two choices"),
        ("a <fromto:a|b> fox", "a fox", "step at which"),
        ("a <fromto[51]:a|b> fox", "a fox", "step at which"),
        ("a <fromto[1]:a|b|c> fox", "a fox", "two choices"),
        (f"a <random:{'|'.join('abcdefghijklmnopqrstuvw')}> fox", "a fox", "20 choices"),
        ("<random:<random:<random:a|b>|c>|d> fox", "fox", "two choices"),
        ("<segment:a> <segment:b> <segment:c> fox", "<segment:a> <segment:b> fox", "2 segments"),
    ],
)
def test_what_does_not_fit_is_left_out_with_a_reason(typed: str, left: str, why: str) -> None:
    read = prompt_tags.parse_tags(typed, ALL, ("animals",), 50)
    assert render_prompt(read.markup) == left
    assert why in " ".join(read.notes)
    assert read.removed


def test_the_number_of_tags_is_bounded() -> None:
    read = prompt_tags.parse_tags("<random:a|b> " * 100, ALL, (), 50)
    assert render_prompt(read.markup).count("<") == prompt_tags.TAGS_MAX


@pytest.mark.parametrize("name", prompt_tags.TAG_NAMES)
def test_a_tag_that_is_not_open_goes(name: str) -> None:
    read = prompt_tags.parse_tags(f"a fox <{name}:red|blue>", ALL - {name}, (), 50)
    assert render_prompt(read.markup) == "a fox"
    assert read.removed == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "fox <param[steps]:500>",
        "fox <random:<param[steps]:500>|<repeat[9]:x>>",
        "fox \uff1crandom:a|b\uff1e",
        "fox <segment:<param[steps]:5>>",
        "fox <wildcard:animals,<param[steps]:5>>",
        "fox <random[<lora:x>]:a|b>",
        "fox <<random:a|b>",
        "fox <setmacro[a,false]:<macro:a>>",
    ],
)
def test_no_other_tag_rides_in_an_open_one(text: str) -> None:
    made = sent(text)
    for name in ("param", "repeat", "macro", "lora"):
        assert f"<{name}" not in made
    assert made.count("<") == made.count(">") <= 1


def test_whatever_is_in_a_markup_only_five_tags_are_written() -> None:
    """A damaged row of the books is no way past either."""
    assert render_prompt((("param", "steps", (("500",),)),)) == ""
    assert render_prompt((("lora", "", (("x",),)), "fox <lora:x>")) == "fox \u2039lora:x\u203a"
    assert render_prompt((("random", "9]:<param", (("a|b>",), ("c",))),)) == "<random:a b\u203a|c>"
    deep: tuple[object, ...] = ("a",)
    for _ in range(50):
        deep = (("random", "", (deep, ("b",))),)
    assert render_prompt(deep).count("<") <= 6  # type: ignore[arg-type]  # built in a loop


def test_a_tag_never_makes_a_word_with_its_neighbours() -> None:
    assert sent("ch<random:il|ol>d") == "ch <random:il|ol> d"
    assert flatten_markup((("random", "", (("nude",), ("b",))), " child")) == "nude/b child"


@pytest.mark.parametrize("prompt", ["<random:nude|x> child", "<random:a|<random:nude|b>> child"])
def test_words_in_a_choice_are_judged(prompt: str) -> None:
    with pytest.raises(Refused) as caught:
        ordered(prompt, asker=ARTIST, bounds=TRUSTED)
    assert caught.value.rule == "words.minors"


def test_roles_decide() -> None:
    made = ordered("a <random:red|blue> fox", asker=ARTIST, bounds=TRUSTED)
    assert render_prompt(made.sent) == made.typed == "a <random:red|blue> fox"
    assert (made.prompt, made.notes) == ("a red/blue fox", ())
    other = ordered("a <random:red|blue> fox", asker=MIA, bounds=TRUSTED)
    assert (other.prompt, other.sent, other.typed) == ("a fox", (), "")
    assert other.notes == ("I ignored the random tag: SwarmUI's tags don't work in prompts here.",)


def test_a_trusted_person_is_told_what_is_not_open() -> None:
    made = ordered("a fox <param[steps]:5>", asker=ARTIST, bounds=TRUSTED)
    assert made.notes == ("I ignored the param tag: it is not allowed here.",)
    made = ordered("a fox <wildcard:x>", asker=ARTIST, bounds=TRUSTED)
    assert made.notes == ("I ignored the wildcard tag: there's no wildcard with that name.",)


def test_a_lora_tag_becomes_a_parameter_and_a_preset_tag_a_style() -> None:
    made = ordered("a fox <lora:add_detail:0.5:1><preset:oil>", asker=ARTIST, bounds=TRUSTED)
    assert made.loras == (("detail/add_detail", 0.5),)
    assert (made.style, made.prompt, made.typed) == ("Oil", "a fox", "")
    assert render_prompt(made.sent).startswith("oil painting of a fox, ")
    with pytest.raises(Refused, match="Did you mean Add Detail"):
        ordered("a fox <lora:add_detial>", asker=ARTIST, bounds=TRUSTED)


def test_a_template_takes_the_words_once_for_each_place() -> None:
    assert fill_template(("a {value} b {value}",), ("{value}!",)) == (
        "a ",
        "{value}!",
        " b ",
        "{value}!",
    )
    assert render_prompt(fill_template(("line art",), ("a fox",))) == "a fox, line art"
    assert fill_template((), ("a fox",)) == ("a fox",)
    nested = ((("random", "", (("x {value}",), ("y",))),), ("fox",))
    assert render_prompt(fill_template(*nested)) == "<random:x fox|y>"
