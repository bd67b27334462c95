"""What moderators read about a sentence that was only tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.errors import Refused
from bot.core.triggers.cards import CONTENT_DISABLED, quote_phrase
from bot.core.triggers.dry_run_cards import TriggerTrial, trial_card
from bot.core.triggers.index import build_index
from bot.core.triggers.match import find_near_miss, read_message

BOT = 5
PHRASES = ("draw me", "{prompt}, please", "paint {prompt} now")
REFUSED = Refused("quota.day", "You have none left.")


def tried(sentence: str, phrases: tuple[str, ...] = PHRASES, **more: object) -> TriggerTrial:
    """What a sentence meets, read by the code that reads messages."""
    index = build_index(phrases)
    met = TriggerTrial(
        sentence,
        read_message(sentence, index, BOT, True),
        find_near_miss(sentence, index, BOT),
        len(index.phrases),
        left=19,
    )
    return replace(met, **more)  # type: ignore[arg-type]


def steps(met: TriggerTrial) -> list[str]:
    card = trial_card(met)
    assert card.embed is not None
    return card.embed.body.splitlines()


def marks(met: TriggerTrial) -> str:
    return "".join(line[0] for line in steps(met)[1:])


@pytest.mark.parametrize(
    ("more", "passed"),
    [
        ({}, "\u2713\u2713\u2713\u2713"),
        ({"on_cooldown": True}, "\u2713\u2713\u2717\u2713"),
        ({"refusal": REFUSED}, "\u2713\u2713\u2713\u2717"),
        ({"content_disabled": True}, "\u2717\u2713\u2713\u2713"),
    ],
)
def test_each_step_of_a_sentence_that_asks_is_passed_or_failed(
    more: dict[str, object], passed: str
) -> None:
    assert marks(tried("draw me a fox", **more)) == passed


def test_the_first_line_says_what_would_happen_each_time_in_other_words() -> None:
    outcomes = [
        trial_card(tried("draw me a fox", **more)).content
        for more in (
            {},
            {"on_cooldown": True},
            {"refusal": REFUSED},
            {"refusal": REFUSED, "silent_refusal": True},
            {"content_disabled": True},
        )
    ]
    outcomes += [trial_card(tried(one)).content for one in ("hello", f"<@{BOT}>")]
    assert len(set(outcomes)) == len(outcomes)
    assert "*a fox*" in outcomes[0]


def test_a_mention_is_read_even_where_messages_are_hidden() -> None:
    met = tried(f"<@{BOT}> a fox", content_disabled=True)
    assert "*a fox*" in trial_card(met).content
    assert CONTENT_DISABLED in steps(met)[1]


@pytest.mark.parametrize(("left", "said"), [(0, "0"), (19, "19"), (None, "no limit")])
def test_what_would_be_left_is_said(left: int | None, said: str) -> None:
    assert said in steps(tried("draw me a fox", left=left))[-1]


def test_a_refusal_is_told_in_its_own_words() -> None:
    assert REFUSED.sentence in steps(tried("draw me a fox", refusal=REFUSED))[-1]


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        f"<@{BOT}>",
        "draw me",
        "draw me `x`",
        "draw me https://example.org",
        "> draw me a fox",
        "`draw me a fox`",
        "||draw me a fox||",
        "please draw me a fox",
        f"hey <@{BOT}> a fox",
        "<@6> a fox",
        "hello",
    ],
)
def test_a_sentence_that_asks_nothing_fails_at_its_second_step(sentence: str) -> None:
    met = tried(sentence)
    assert marks(met) == "\u2713\u2717"
    assert "*" not in trial_card(met).content


def test_each_reason_for_silence_is_told_in_its_own_words() -> None:
    reasons = {
        sentence: steps(tried(sentence))[2]
        for sentence in ("", "draw me", "draw me `x`", "please draw me", "<@6> x", "hello", "> x")
    }
    assert len(set(reasons.values())) == len(reasons)
    inside = steps(tried("so draw me a fox"))[2]
    assert quote_phrase("draw me") in inside


def test_a_channel_without_phrases_and_one_with_a_single_one_say_so() -> None:
    none, one, many = (steps(tried("hello", PHRASES[:n]))[1:] for n in (0, 1, 3))
    assert none[0].startswith("\u2717")
    assert one[0].startswith("\u2713 1 ")
    assert many[0].startswith("\u2713 3 ")
    assert len({none[1], one[1], many[1]}) == 3
    silent = steps(tried("hello", (), mentions=False))[1]
    assert len(silent) < len(none[0])


def test_nothing_of_a_sentence_is_live() -> None:
    met = tried("draw me <@123> **x** @everyone")
    said = str(trial_card(met))
    assert "<@123>" not in said
    assert "@everyone" not in said
