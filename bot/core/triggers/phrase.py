"""Trigger phrases: how one is written, and what it may be.

A phrase is the words around `{prompt}`: "draw me {prompt}", "{prompt}, please draw", "please draw
{prompt} for me". Without `{prompt}` the prompt comes last.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from bot.core.errors import Refused
from bot.core.text.folding import BLANK, folded

SLOT: Final = "{prompt}"
LENGTH_MAX: Final = 80
PHRASES_MAX: Final = 1000
NO_TALK: Final = (">", "`", "||")
"""How a message begins that quotes somebody, shows code, or hides itself: none of it asks."""
END: Final = f"{BLANK}.!?\u2026~\u3002\uff01\uff1f\uff0e"
"""What may follow the last words of a phrase without being one of them."""
_WEAK: Final = f"{END},;:-\u2013\u2014'\"()"
_SLOT: Final = re.compile(r"\{\s*prompt\s*\}", re.I)
_ONE_WORD_SHORT: Final = 12


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as people read it, and the folded words before and after its prompt."""

    text: str
    head: str
    tail: str

    @property
    def key(self) -> str:
        """The same for phrases that mean the same."""
        return f"{self.head}{SLOT}{self.tail}"


def parse(text: str) -> Phrase:
    """Read a phrase as somebody wrote it. Raises Refused with a sentence for who did."""
    text = text.encode("utf-8", "replace").decode("utf-8")  # JSON may carry half a letter
    said = " ".join(_SLOT.sub(SLOT, text).split()).strip(BLANK)
    head, slot, tail = said.partition(SLOT)
    _check(said, head, tail)
    shown = said if slot and tail.rstrip(END) else head.rstrip()
    return Phrase(shown, folded(head), folded(tail.rstrip(END)))


def _check(said: str, head: str, tail: str) -> None:
    if len(said) > LENGTH_MAX:
        raise Refused("phrase.long", f"A phrase has at most {LENGTH_MAX} characters.")
    if SLOT in tail:
        raise Refused("phrase.slots", f"A phrase has one `{SLOT}`, or none.")
    words = head + tail
    if "{" in words or "}" in words:
        raise Refused(
            "phrase.braces",
            f"The only braces in a phrase are those of `{SLOT}`, where the prompt stands: "
            f"such as `draw me {SLOT}`.",
        )
    if not any(char.isalnum() for char in words) and not head.strip(_WEAK):
        raise Refused(
            "phrase.empty",
            f"Put some words before or after `{SLOT}`, or every message would draw.",
        )
    if len(only := "".join(words.split())) < 2 and only.isascii():
        raise Refused("phrase.short", "A phrase has at least two characters.")
    if "<@" in words:
        raise Refused(
            "phrase.mention",
            "Leave the mention out: a message that begins by mentioning me draws anyway.",
        )
    if any(ping in words.casefold() for ping in ("@everyone", "@here")):
        raise Refused("phrase.ping", "Leave the ping out: whoever asks would call everybody.")
    if said.startswith((*NO_TALK, "/")):
        raise Refused(
            "phrase.sign",
            "A message that begins with that sign is a quotation, code, a spoiler or a command: "
            "it never draws. Begin the phrase with a word.",
        )


def too_many(most: int) -> Refused:
    """The refusal of one phrase more than a server may have."""
    return Refused("phrase.many", f"A server has at most {most:,} phrases. Remove one first.")


def greedy(phrase: Phrase) -> bool:
    """Whether ordinary talk is likely to begin (or end) with this phrase.

    It is so for one short word without a sign of its own: "draw the curtains".
    """
    words = f"{phrase.head} {phrase.tail}".split()
    if len(words) != 1:
        return False
    (word,) = words
    plain = all(char.isalnum() for char in word)
    return plain and len(word) <= _ONE_WORD_SHORT


def readable(texts: Iterable[str]) -> tuple[Phrase, ...]:
    """Those of these texts that are phrases."""
    phrases: list[Phrase] = []
    for text in texts:
        with contextlib.suppress(Refused):
            phrases.append(parse(text))
    return tuple(phrases)


@dataclass(frozen=True, slots=True)
class Placed:
    """A phrase and where it counts: `channel` 0 is every channel that listens."""

    text: str
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a server has chosen about its phrases.

    `phrases` None: it has none of its own, the host's count. `channels` says of a channel whether
    it listens; of those that are not in it, the host's list decides.
    """

    phrases: tuple[Placed, ...] | None = None
    channels: Mapping[int, bool] = field(default_factory=lambda: MappingProxyType({}))
