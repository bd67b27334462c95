"""Guild's own list of words and phrases, folded like the texts.

An entry is a whole word or phrase, so "cock" is not in "peacock". A `*` at the start or end stands
for any letters: "nazi*" matches "nazis", "*berry" matches "strawberry". There is no other pattern,
so every list costs about the same. Words of scripts without spaces are found anywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.core.moderation.folding import fold_lookalikes, join_words

ENTRY_LENGTH_MAX: Final = 100
_NEEDLE_LENGTH_MAX: Final = 20 * ENTRY_LENGTH_MAX  # folded, one sign may be eighteen letters
STARRED_MIN: Final = 2  # letters beside a `*`: less of them would be in nearly every word

# Chinese, Japanese, Thai, Lao, Burmese and Khmer put no blanks between words.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003134f]"
)


@dataclass(frozen=True, slots=True)
class WordList:
    """Entries to find in text with spaces around it, in sorted order.

    A whole word has a space at both ends, a starred one has none on that side. `shorter` is, per
    entry, the position of the longest entry that is its prefix, or -1. `begins` are the first two
    letters of all entries.
    """

    needles: tuple[str, ...]
    shorter: tuple[int, ...]
    begins: frozenset[str]

    def has_match(self, view: str) -> bool:
        """Return True if any entry occurs in a folded view."""
        return next(self._iter_matches(f" {view} "), None) is not None

    def remove_matches(self, view: str) -> str:
        """Replace every word that an entry touches with two spaces."""
        padded, out, end = f" {view} ", [], 0
        for begin, length in self._iter_matches(padded):
            first, last = begin, begin + length
            if not _UNSPACED.search(padded, first, last):
                first = padded.rfind(" ", 0, begin + 1) + 1
                last = padded.index(" ", last - 1)
            if last <= end:
                continue
            out.append(padded[end : max(first, end)])
            end = last
        return ("".join(out) + padded[end:])[1:-1] if out else view

    def _iter_matches(self, padded: str) -> Iterator[tuple[int, int]]:
        """Yield the start and length of the longest entry at each place.

        Entries are sorted, so prefixes of a text stand before it, and all entries between share
        that prefix. Only the entry right before the text and its own prefixes are compared.
        """
        for begin in range(len(padded) - 1):
            pair = padded[begin : begin + 2]
            if pair not in self.begins and pair[0] not in self.begins:
                continue
            rest = padded[begin : begin + _NEEDLE_LENGTH_MAX]
            at = bisect_right(self.needles, rest) - 1
            while at >= 0 and not rest.startswith(self.needles[at]):
                at = self.shorter[at]
            if at >= 0:
                yield begin, len(self.needles[at])


@lru_cache(maxsize=64)
def build_word_list(entries: tuple[str, ...]) -> WordList:
    """Build the list. Empty entries are left out."""
    needles = tuple(sorted({needle for entry in entries if (needle := _build_needle(entry))}))
    shorter: list[int] = []
    for at, needle in enumerate(needles):
        before = at - 1
        while before >= 0 and not needle.startswith(needles[before]):
            before = shorter[before]
        shorter.append(before)
    return WordList(needles, tuple(shorter), frozenset(needle[:2] for needle in needles))


def describe_entry_error(entry: str) -> str:
    """Return why an entry is invalid, as the end of a sentence, or "" if valid."""
    if len(entry) > ENTRY_LENGTH_MAX:
        return f"is longer than {ENTRY_LENGTH_MAX} characters"
    if "*" in entry.strip().strip("*"):
        return "has a * in the middle. It only works at the start or end"
    if not join_words(fold_lookalikes(entry)):
        return "needs at least one letter"
    if not _build_needle(entry):
        return f"needs at least {STARRED_MIN} letters besides the *"
    return ""


def _build_needle(entry: str) -> str:
    typed = entry.strip()
    folded = join_words(fold_lookalikes(typed))
    if _UNSPACED.search(folded):
        return folded
    open_left, open_right = typed.startswith("*"), typed.endswith("*")
    if not folded or ((open_left or open_right) and len(folded) < STARRED_MIN):
        return ""
    return ("" if open_left else " ") + folded + ("" if open_right else " ")
