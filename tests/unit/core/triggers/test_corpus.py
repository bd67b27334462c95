"""Hundreds of sentences in many scripts: what is meant draws, with its words; the rest does not."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.triggers.index import TriggerIndex, build_index
from tests.support.triggers import find_prompt

ROOT = Path(__file__).resolve().parents[4]
BOT = 5
CORPUS: dict[str, Any] = tomllib.loads(
    (ROOT / "tests" / "data" / "triggers.toml").read_text(encoding="utf-8")
)
SECTIONS = CORPUS["section"]


def sentences() -> Iterator[Any]:
    for section in SECTIONS:
        for number, (text, prompt, why) in enumerate(section["sentences"]):
            yield pytest.param(
                tuple(section["phrases"]),
                text,
                prompt or None,
                id=f"{section['name']} {number}: {why}".encode("ascii", "replace").decode(),
            )


@pytest.mark.parametrize(("phrases", "text", "prompt"), list(sentences()))
def test_a_sentence(phrases: tuple[str, ...], text: str, prompt: str | None) -> None:
    assert find_prompt(text, build_index(phrases), BOT, True) == prompt


def test_among_a_thousand_phrases_the_same_is_heard() -> None:
    """A crowd of phrases that nobody says changes nothing, wherever they stand on the shelves."""
    crowd = tuple(f"{word} number {n}" for n in range(125) for word in ("dr", "im", "pl", "\u753b"))
    crowd += tuple(
        f"{{prompt}} {word} {n}w" for n in range(125) for word in ("for", "me", "x", "z")
    )
    for section in SECTIONS:
        index = build_index((*crowd, *section["phrases"]))
        assert len(index.phrases) == len(crowd) + len(section["phrases"])
        for text, prompt, why in section["sentences"]:
            if section["phrases"]:
                assert find_prompt(text, index, BOT, True) == (prompt or None), why


def test_the_corpus_is_large_honest_and_of_both_kinds() -> None:
    every = [(text, prompt) for one in SECTIONS for text, prompt, _ in one["sentences"]]
    wanted = [text for text, prompt in every if prompt]
    unwanted = [text for text, prompt in every if not prompt]
    assert len(every) >= 300
    assert min(len(wanted), len(unwanted)) >= 150
    for one in SECTIONS:
        texts = [text for text, _, _ in one["sentences"]]
        assert len(set(texts)) == len(texts), one["name"]
    # Each phrase is heard at least once, so none passes by hearing nothing.
    for phrase in {phrase for one in SECTIONS for phrase in one["phrases"]}:
        alone = build_index((phrase,))
        assert any(find_prompt(text, alone, BOT, False) for text in wanted), phrase
    # Nearly all that must stay silent would fool somebody who only looks for the words.
    fooled = 0
    for one in SECTIONS:
        for text, prompt, _ in one["sentences"]:
            words = " ".join(one["phrases"]).replace("{prompt}", "").casefold().split()
            fooled += not prompt and any(word[:3] in text.casefold() for word in words)
    assert fooled >= 150


def test_no_phrases_hear_nothing() -> None:
    assert find_prompt("draw me a fox", TriggerIndex(()), BOT, False) is None
