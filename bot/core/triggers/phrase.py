"""Trigger phrases around `{prompt}`, as in "draw me {prompt}". Without it the prompt comes last."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from bot.core.errors import Refused
from bot.core.text.folding import BLANK_CHARS, fold_text

PROMPT_SLOT: Final = "{prompt}"
PHRASE_LENGTH_MAX: Final = 80
PHRASES_MAX: Final = 1000
IGNORED_PREFIXES: Final = (">", "`", "||")
"""How a message begins that quotes somebody, shows code, or hides itself: none of it asks."""
TRAILING_CHARS: Final = f"{BLANK_CHARS}.!?\u2026~\u3002\uff01\uff1f\uff0e"
"""What may follow the last words of a phrase without being one of them."""
_WEAK_CHARS: Final = f"{TRAILING_CHARS},;:-\u2013\u2014'\"()"
_SLOT_PATTERN: Final = re.compile(r"\{\s*prompt\s*\}", re.I)
_SHORT_WORD_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class TriggerPhrase:
    """A phrase as people read it, and the folded words before and after its prompt."""

    text: str
    head: str
    tail: str

    @property
    def lookup_key(self) -> str:
        """Return a key that is equal for equivalent phrases."""
        return f"{self.head}{PROMPT_SLOT}{self.tail}"


def parse_phrase(text: str) -> TriggerPhrase:
    """Parse a typed phrase. Raise Refused with a sentence for its author."""
    text = text.encode("utf-8", "replace").decode("utf-8")  # JSON may carry half a letter
    said = " ".join(_SLOT_PATTERN.sub(PROMPT_SLOT, text).split()).strip(BLANK_CHARS)
    head, slot, tail = said.partition(PROMPT_SLOT)
    _check_phrase(said, head, tail)
    shown = said if slot and tail.rstrip(TRAILING_CHARS) else head.rstrip()
    return TriggerPhrase(shown, fold_text(head), fold_text(tail.rstrip(TRAILING_CHARS)))


def _check_phrase(said: str, head: str, tail: str) -> None:
    if len(said) > PHRASE_LENGTH_MAX:
        raise Refused("phrase.long", f"A phrase can have at most {PHRASE_LENGTH_MAX} characters.")
    if PROMPT_SLOT in tail:
        raise Refused("phrase.slots", f"A phrase can have only one `{PROMPT_SLOT}`.")
    words = head + tail
    if "{" in words or "}" in words:
        raise Refused(
            "phrase.braces",
            f"Braces are only allowed in `{PROMPT_SLOT}`, which marks the prompt, as "
            f"in `draw me {PROMPT_SLOT}`.",
        )
    if not any(char.isalnum() for char in words) and not head.strip(_WEAK_CHARS):
        hint = f"Put some words before or after `{PROMPT_SLOT}`, or every message would draw."
        raise Refused("phrase.empty", hint)
    if len(only := "".join(words.split())) < 2 and only.isascii():
        raise Refused("phrase.short", "A phrase needs at least two characters.")
    if "<@" in words:
        hint = "Leave out the mention. A message that starts by mentioning me draws anyway."
        raise Refused("phrase.mention", hint)
    if any(ping in words.casefold() for ping in ("@everyone", "@here")):
        raise Refused("phrase.ping", "Leave out the ping, or every request would ping everyone.")
    if said.startswith((*IGNORED_PREFIXES, "/")):
        raise Refused(
            "phrase.sign",
            "A message that starts with that sign is a quotation, code, a spoiler or "
            "a command, so it never draws. Start the phrase with a word.",
        )


def phrase_limit_refusal(most: int) -> Refused:
    """Refuse one phrase more than a guild may have."""
    return Refused("phrase.many", f"A server can have at most {most:,} phrases. Remove one first.")


def is_greedy(phrase: TriggerPhrase) -> bool:
    """Return True for one short word without a sign, as in "draw the curtains"."""
    words = f"{phrase.head} {phrase.tail}".split()
    return len(words) == 1 and words[0].isalnum() and len(words[0]) <= _SHORT_WORD_MAX


def parse_valid(texts: Iterable[str]) -> tuple[TriggerPhrase, ...]:
    """Those of these texts that are phrases."""
    phrases: list[TriggerPhrase] = []
    for text in texts:
        with contextlib.suppress(Refused):
            phrases.append(parse_phrase(text))
    return tuple(phrases)


@dataclass(frozen=True, slots=True)
class ChannelPhrase:
    """Phrase and its channel. 0 is every channel that listens."""

    text: str
    channel: int = 0


@dataclass(frozen=True, slots=True)
class GuildTriggers:
    """Trigger settings of a guild. `phrases` None uses the host's.

    `channels` turns listening on or off; the host's list decides about others.
    """

    phrases: tuple[ChannelPhrase, ...] | None = None
    channels: Mapping[int, bool] = field(default_factory=lambda: MappingProxyType({}))
