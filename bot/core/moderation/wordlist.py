"""A server's own list of words and phrases, folded like the texts that it is held against.

An entry is a word or a phrase, taken whole: "cock" is not in "peacock". A `*` at its beginning or
at its end stands for any letters there: "nazi*" has "nazis" too, "*berry" has "strawberry". There
is no other pattern, so a list of any shape costs about the same, and no text is slow.
Words of scripts without blanks between words are found anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.core.moderation.folding import bare, words

ENTRY_MAX: Final = 100
STARRED_MIN: Final = 2  # letters beside a `*`: less of them would be in nearly every word

# Chinese, Japanese, Thai, Lao, Burmese and Khmer put no blanks between words.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003134f]"
)


@dataclass(frozen=True, slots=True)
class WordList:
    """Needles to look for in " words with blanks around "; their lengths by their beginnings.

    A whole word has a blank at both ends, a starred one has none on that side.
    """

    needles: frozenset[str]
    lengths: Mapping[str, tuple[int, ...]]

    def is_in(self, view: str) -> bool:
        """Whether any of them is in a folded view."""
        return next(self._found(f" {view} "), None) is not None

    def without(self, view: str) -> str:
        """A view with every word gone that one of them touches; two blanks are where it was."""
        padded, out, end = f" {view} ", [], 0
        for begin, length in self._found(padded):
            first, last = begin, begin + length
            if not _UNSPACED.search(padded, first, last):
                first = padded.rfind(" ", 0, begin + 1) + 1
                last = padded.index(" ", last - 1)
            if last <= end:
                continue
            out.append(padded[end : max(first, end)])
            end = last
        return ("".join(out) + padded[end:])[1:-1] if out else view

    def _found(self, padded: str) -> Iterator[tuple[int, int]]:
        for begin in range(len(padded) - 1):
            pair = padded[begin : begin + 2]
            for length in (*self.lengths.get(pair, ()), *self.lengths.get(pair[0], ())):
                if padded[begin : begin + length] in self.needles:
                    yield begin, length
                    break


@lru_cache(maxsize=64)
def word_list(entries: tuple[str, ...]) -> WordList:
    """The list of these entries; one that means nothing is left out."""
    needles = frozenset(needle for entry in entries if (needle := _needle(entry)))
    lengths: dict[str, set[int]] = {}
    for needle in needles:
        lengths.setdefault(needle[:2], set()).add(len(needle))
    longest_first = {key: tuple(sorted(found, reverse=True)) for key, found in lengths.items()}
    return WordList(needles, longest_first)


def trouble(entry: str) -> str:
    """Why an entry cannot be taken, as the end of a sentence about it; "" if it can."""
    if len(entry) > ENTRY_MAX:
        return f"is longer than {ENTRY_MAX} characters"
    if "*" in entry.strip().strip("*"):
        return "has a * in its middle; it works at the beginning or at the end"
    if not words(bare(entry)):
        return "has no letters in it"
    if not _needle(entry):
        return f"needs at least {STARRED_MIN} letters beside its *"
    return ""


def _needle(entry: str) -> str:
    typed = entry.strip()
    folded = words(bare(typed))
    if _UNSPACED.search(folded):
        return folded
    open_left, open_right = typed.startswith("*"), typed.endswith("*")
    if not folded or ((open_left or open_right) and len(folded) < STARRED_MIN):
        return ""
    return ("" if open_left else " ") + folded + ("" if open_right else " ")
