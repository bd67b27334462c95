"""The words of a wish with the names that go with them, by the server's own rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.drawing.catalog import Lora, Preset
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.prompt_text import LOST_SIGNS_NOTE, UNNAMED_MODEL, choose_public_title
from bot.core.drawing.request import DrawRequest
from bot.core.errors import Refused
from bot.core.policy import GuildSettings
from tests.support.cpu import loops_of
from tests.support.shelf import HOST, SHELF
from tests.unit.core.make import MIA, MODELS

LISTS = GuildSettings(
    words=tuple(f"word{n}" for n in range(500)),
    age_words=tuple(f"*age{n}" for n in range(500)),
    allowed_words=tuple(f"fine{n}" for n in range(500)),
)
RESTRICTED = replace(MIA, age_restricted=True)
NAMED = replace(
    SHELF,
    loras=(
        Lora("styles/NsfwPoses_v2", "Poses"),
        Lora("gun_pack", "Shotgun Pack"),
        Lora("cute", "ChildDrawing"),
    ),
    presets=(Preset("Western", parameters=(("loras", "gun_pack"), ("loraweights", "1"))),),
)


def rule(
    prompt: str,
    policy: GuildSettings = GuildSettings(),  # noqa: B008 -- frozen
    *,
    restricted: bool = False,
    **fields: str,
) -> str:
    """The rule that a wish breaks, or ""."""
    asker = RESTRICTED if restricted else MIA
    try:
        build_generation_params(DrawRequest("s", prompt, **fields), asker, NAMED, HOST, 7, policy)  # type: ignore[arg-type]  # only texts
    except Refused as refused:
        return refused.rule
    return ""


def test_the_names_of_loras_are_judged_with_the_words() -> None:
    assert rule("a fox", lora="cute") == ""
    assert rule("a fox", lora="styles/NsfwPoses_v2") == "words.adult"
    assert rule("a fox", lora="styles/NsfwPoses_v2", restricted=True) == ""
    assert rule("a nude woman", lora="cute") == "words.minors"
    assert rule("a child", lora="NsfwPoses_v2", restricted=True) == "words.minors"
    assert rule("a fox", GuildSettings(words=("shotgun",)), lora="gun_pack") == "words.list"
    assert rule("a fox", GuildSettings(words=("shotgun",)), style="Western") == "words.list"
    assert rule("a fox", style="Western") == ""


@pytest.mark.parametrize("field", ["prompt", "negative"])
@pytest.mark.parametrize("tags", [(), (("random", None),)])
@pytest.mark.parametrize(
    ("typed", "noted"),
    [
        ("1girl, >_<", True),
        ("i <3 cats", True),
        ("a <b>", True),
        ("a fox", False),
    ],
)
def test_lost_signs_are_said(
    field: str, tags: tuple[tuple[str, None], ...], typed: str, noted: bool
) -> None:
    wish = replace(DrawRequest("s", "a fox"), **{field: typed})
    order = build_generation_params(wish, MIA, SHELF, replace(HOST, tags=tags), 7)
    assert (LOST_SIGNS_NOTE in order.notes) is noted


def test_the_prompt_is_given_back_with_the_refusal_of_a_name() -> None:
    with pytest.raises(Refused) as caught:
        build_generation_params(
            DrawRequest("s", "a fox", lora="gun_pack"),
            MIA,
            NAMED,
            HOST,
            7,
            GuildSettings(words=("shotgun",)),
        )
    assert caught.value.prompt == "a fox"
    assert caught.value.offers == (("edit", "Edit"),)


def test_the_style_is_judged_by_the_servers_list_too() -> None:
    shelf = replace(SHELF, presets=(Preset("Old", parameters=(("prompt", "{value}, gore"),)),))
    policy = GuildSettings(age_words=("gore",))
    wish = DrawRequest("s", "a fox", style="Old")
    with pytest.raises(Refused) as caught:
        build_generation_params(wish, MIA, shelf, HOST, 7, policy)
    assert caught.value.rule == "words.age"
    assert build_generation_params(wish, RESTRICTED, shelf, HOST, 7, policy).age_restricted


def test_what_is_left_out_may_be_a_listed_word() -> None:
    assert rule("a fox", GuildSettings(words=("blood",)), negative="blood, nsfw") == ""


def test_a_models_title_is_read_as_words() -> None:
    model = replace(MODELS[0], title="PornMix_v3")
    assert choose_public_title(model, MIA, GuildSettings()) == UNNAMED_MODEL
    assert choose_public_title(model, RESTRICTED, GuildSettings()) == "PornMix_v3"


HOSTILE = {
    "one sign, eighteen letters": "\ufdfa",
    "the same between ones": "1\ufdfa",
    "a tower of marks": "a" + "\u0301\u0316" * 3000,
    "a tower of marks that come apart": "a" + "\u0f73" * 6000,
    "a tower of marks of sound": "\uff8a" + "\uff9e\u0301" * 3000,
    "squared words": "\u3300",
    "letters apart": "1 ",
    "tags": "<a>",
    "syllables": "\uac01",
}


@pytest.mark.parametrize("size", [6000, 3990, 2000])
@pytest.mark.parametrize("shape", HOSTILE)
def test_no_words_hold_everybody_up(shape: str, size: int) -> None:
    hidden = f"a fox <zz:{(HOSTILE[shape] * size)[: size - 20]}> nude"
    rule("a warm fox", LISTS)
    assert loops_of(lambda: rule(hidden, LISTS, negative=f"{hidden} cat")) < 60


def test_tags_may_be_as_long_again_as_the_words_and_no_longer() -> None:
    assert rule(f"a fox <zz:{'x' * 3980}>") == ""
    assert rule("a fox", negative=f"<zz:{'x' * 3980}>") == ""
    with pytest.raises(Refused) as caught:
        build_generation_params(DrawRequest("s", f"a fox <zz:{'x' * 4000}>"), MIA, NAMED, HOST, 7)
    assert caught.value.rule == "prompt.long"
    assert caught.value.sentence == "Your prompt is 4,011 characters long. The limit is 2,000."
    assert caught.value.offers == (("edit", "Edit"),)
    assert rule("a fox", negative=f"<zz:{'x' * 4000}>") == "prompt.long"


def test_a_sign_that_stands_for_several_letters_counts_as_them() -> None:
    assert rule("\ufdfa, in gold") == ""
    assert rule("\ufdfa" * 300) == "prompt.long"
    with pytest.raises(Refused) as caught:
        build_generation_params(DrawRequest("s", "\ufdfa" * 300), MIA, NAMED, HOST, 7)
    assert caught.value.sentence == (
        "Your prompt is 300 characters long, and far longer in letters, because some of its signs "
        "stand for several. The limit is 2,000."
    )


def test_a_refusal_tells_the_characters_that_were_typed() -> None:
    prompt = f"a fox <zz:{'x' * 500}> {'y' * 2100}"
    with pytest.raises(Refused) as caught:
        build_generation_params(DrawRequest("s", prompt), MIA, NAMED, HOST, 7)
    assert f"{len(prompt):,} characters" in caught.value.sentence
    assert rule("a fox", negative="\ufdfa" * 300) == "prompt.long"


def test_what_leaves_out_is_judged_in_each_reading() -> None:
    hidden = "cat <zz:clothes>"
    assert rule("a child", negative=hidden) == "words.minors"
    assert rule("a sexy elf", negative="cat <zz:adult>") == "words.minors"
    assert rule("a fox", negative=hidden) == ""
