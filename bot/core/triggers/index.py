"""Search of one trigger phrase among a thousand in a message.

A message is looked up by its first two letters, and by its last two for phrases with nothing before
the prompt. Most messages end there, whatever the number of phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.core.text.folding import iter_backward, iter_forward, strip_accents
from bot.core.triggers.phrase import TRAILING_CHARS, TriggerPhrase, parse_valid

# Scripts that write words without blanks between them.
_UNSPACED_SCRIPTS: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1980-\u19df\u2e80-\u312f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """Phrase found in a text. The prompt is `text[begin:end]`."""

    phrase: TriggerPhrase
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class _PhraseBucket:
    """Phrases that begin (or end) with the same two letters, by their words without accents."""

    lengths: tuple[int, ...]
    words: int
    phrases: dict[str, tuple[TriggerPhrase, ...]]


class TriggerIndex:
    """Set of phrases prepared for lookup, independent of their order."""

    __slots__ = ("_heads", "_singles", "_tails", "phrases")

    def __init__(self, phrases: Iterable[TriggerPhrase]) -> None:
        by_key = {phrase.lookup_key: phrase for phrase in phrases if phrase.head or phrase.tail}
        self.phrases = tuple(by_key.values())
        self._heads = _build_buckets([p for p in self.phrases if p.head], backwards=False)
        self._tails = _build_buckets([p for p in self.phrases if not p.head], backwards=True)
        self._singles = any(len(key) == 1 for key in self._heads)

    def find_match(self, text: str) -> PhraseMatch | None:
        """Return the longest phrase that matches the whole stripped `text`."""
        key = text[:2].lower()
        shelf = self._heads.get(key)
        if shelf is None and (self._singles or not key.isascii()):
            key = key if key.isascii() else strip_accents("".join(_take_letters(text, 2)))[:2]
            shelf = _get_bucket(self._heads, key)
        if shelf is not None and (found := _find_head_match(text, shelf)) is not None:
            return found
        return self._find_tail_match(text) if self._tails else None

    def _find_tail_match(self, text: str) -> PhraseMatch | None:
        said = text.rstrip(TRAILING_CHARS)
        key = said[-2:].lower()
        if not key.isascii():
            key = strip_accents("".join(_take_letters(said, 2, backwards=True)))[-2:]
        shelf = _get_bucket(self._tails, key, backwards=True)
        if shelf is None:
            return None
        letters = strip_accents("".join(_take_letters(said, shelf.lengths[0], backwards=True)))
        for length in shelf.lengths:
            for phrase in shelf.phrases.get(letters[-length:], ()):
                begin = _match_suffix(phrase.tail, said, len(said))
                if begin is not None:
                    return PhraseMatch(phrase, 0, begin)
        return None


def _find_head_match(text: str, shelf: _PhraseBucket) -> PhraseMatch | None:
    letters = " ".join(text.lower().split(None, shelf.words)[: shelf.words])
    if not letters[: shelf.lengths[0]].isascii():
        letters = strip_accents("".join(_take_letters(text, shelf.lengths[0])))
    for length in shelf.lengths:
        for phrase in shelf.phrases.get(letters[:length], ()):
            if (begin := _match_prefix(phrase.head, text)) is None:
                continue
            if not phrase.tail:
                return PhraseMatch(phrase, begin, len(text))
            said = text.rstrip(TRAILING_CHARS)
            end = _match_suffix(phrase.tail, said, len(said))
            if end is not None and end >= begin:
                return PhraseMatch(phrase, begin, end)
    return None


def _build_buckets(among: Sequence[TriggerPhrase], *, backwards: bool) -> dict[str, _PhraseBucket]:
    sorted_in: dict[str, list[tuple[str, TriggerPhrase]]] = {}
    for phrase in among:
        words = strip_accents(phrase.tail if backwards else phrase.head)
        edge = words[-2:] if backwards else words[:2]
        # A word of one letter is looked up by that letter: any blank may follow it.
        key = edge.strip()
        sorted_in.setdefault(key, []).append((words, phrase))
    return {key: _build_bucket(entries) for key, entries in sorted_in.items()}


def _build_bucket(entries: list[tuple[str, TriggerPhrase]]) -> _PhraseBucket:
    by_words: dict[str, list[TriggerPhrase]] = {}
    for words, phrase in entries:
        by_words.setdefault(words, []).append(phrase)
    return _PhraseBucket(
        tuple(sorted({len(words) for words in by_words}, reverse=True)),
        max(words.count(" ") for words in by_words) + 1,
        # With the same head, the phrase that asks for more goes first.
        {w: tuple(sorted(ps, key=lambda p: -len(p.tail))) for w, ps in by_words.items()},
    )


def _get_bucket(
    shelves: dict[str, _PhraseBucket], key: str, *, backwards: bool = False
) -> _PhraseBucket | None:
    return shelves.get(key) or shelves.get(key[-1:] if backwards else key[:1])


def _take_letters(text: str, least: int, *, backwards: bool = False) -> list[str]:
    """Folded letters from one end, until they have at least so many characters."""
    letters: list[str] = []
    size = 0
    for letter, _ in iter_backward(text, len(text)) if backwards else iter_forward(text):
        letters.append(letter)
        size += len(letter)
        if size >= least:
            break
    return letters[::-1] if backwards else letters


def _match_prefix(words: str, text: str) -> int | None:
    """Return where folded `words` end at the start of `text`, or None."""
    accented = not words.isascii()
    plain = strip_accents(words)
    at = 0
    for letter, end in iter_forward(text):
        if not (words.startswith(letter, at) or (accented and plain.startswith(letter, at))):
            return None
        at += len(letter)
        if at >= len(words):
            return end if _is_boundary(words[-1], text[end : end + 2]) else None
    return None


def _match_suffix(words: str, text: str, end: int) -> int | None:
    """Return where folded `words` begin at the end of `text[:end]`, or None."""
    accented = not words.isascii()
    plain = strip_accents(words)
    at = len(words)
    for letter, begin in iter_backward(text, end):
        if not (words.endswith(letter, 0, at) or (accented and plain.endswith(letter, 0, at))):
            return None
        at -= len(letter)
        if at <= 0:
            before = text[max(0, begin - 2) : begin][::-1]
            return begin if _is_boundary(words[0], before) else None
    return None


def _is_boundary(edge: str, beyond: str) -> bool:
    if not edge.isalnum():
        return True
    near = beyond[:1]
    if near.isalnum() or near == "_":
        return bool(_UNSPACED_SCRIPTS.match(edge) or _UNSPACED_SCRIPTS.match(near))
    # "draw me's" and "draw-me-not" go on: a hyphen or apostrophe inside a word ends none.
    inside = near in ("'", "\u2019", "-")
    return not (inside and beyond[1:2].isalnum())


@lru_cache(maxsize=256)
def build_index(texts: tuple[str, ...]) -> TriggerIndex:
    """Build the index. Unreadable phrases are left out."""
    return TriggerIndex(parse_valid(texts))
