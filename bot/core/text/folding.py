"""Folding of letters, to compare messages with phrases.

Case, width and composition do not count, nor do overlaid marks, vowel points and invisible
characters. A typed text may leave out an accent, but another accent is another letter. Folding
changes lengths, so everything here works per letter, which is a character with its marks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_FIRST_BEYOND: Final = 0x3001
INVISIBLE_CHARS: Final = frozenset(
    char
    for code in (*range(_FIRST_BEYOND), *range(0xFE00, 0xFF00), *range(0xFFF0, 0xFFFC))
    if unicodedata.category(char := chr(code)) == "Cf" or 0xFE00 <= code <= 0xFE0F or code == 0x34F
)
"""Directions, joiners, soft hyphens, variation selectors: they part no words and change none."""
BLANK_CHARS: Final = "".join(
    sorted(INVISIBLE_CHARS | {char for char in map(chr, range(_FIRST_BEYOND)) if char.isspace()})
)
"""What may stand before anything without being something, for `str.strip`."""
_OVERLAY_MARKS: Final = frozenset(
    chr(code)
    for block in (
        range(0x0300, 0x0370),
        range(0x0591, 0x05C8),  # Hebrew points
        range(0x0610, 0x061B),  # Arabic signs and vowels
        range(0x064B, 0x0660),
        (0x0670,),
        range(0x06D6, 0x06EE),
        range(0x1AB0, 0x1B00),
        range(0x1DC0, 0x1E00),
        range(0x20D0, 0x2100),
        range(0xFE20, 0xFE30),
    )
    for code in block
    if unicodedata.category(chr(code))[0] == "M"
)
_MARKS_MAX: Final = 16
_SOUND_MARKS: Final = "\uff9e\uff9f"  # of half-width katakana: letters that decompose to marks
_ACCENTS: Final = frozenset(map(chr, range(0x0300, 0x0370)))
_TURKISH_LETTERS: Final = {ord("\u0131"): "i"}  # capitals cannot tell Turkish's two letters apart


@lru_cache(maxsize=4096)
def fold_letter(letter: str) -> str:
    """Fold a letter with its marks. The result may be several characters.

    A full-width "D" is "d", "ß" is "ss", "É" stays "é". Marks that make no letter are dropped.
    """
    text = unicodedata.normalize("NFKC", letter).casefold()
    text = unicodedata.normalize("NFKC", text).translate(_TURKISH_LETTERS)
    text = "".join(char for char in text if char not in _OVERLAY_MARKS)
    # A lone accent folds to a blank with the accent on it; it is no blank to people.
    return letter if text.isspace() else text.strip()


@lru_cache(maxsize=4096)
def _strip_accent(char: str) -> str:
    parts = unicodedata.normalize("NFD", char)
    kept = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _ACCENTS))
    return kept if len(kept) == 1 else char


def strip_accents(folded: str) -> str:
    """Folded text without its accents, character for character."""
    return folded if folded.isascii() else "".join(map(_strip_accent, folded))


def fold_text(text: str) -> str:
    """Fold a whole text. Each run of blanks becomes one space."""
    return "".join(letter for letter, _ in iter_forward(text.strip(BLANK_CHARS)))


def iter_forward(text: str) -> Iterator[tuple[str, int]]:
    """Yield folded letters, each with the start of the next one."""
    i, size = 0, len(text)
    while i < size:
        char = text[i]
        j = i + 1
        if char.isspace():
            while j < size and (text[j].isspace() or text[j] in INVISIBLE_CHARS):
                j += 1
            yield " ", j
        elif char not in INVISIBLE_CHARS:
            while j < size and _is_combining(text[j]):
                j += 1
            yield fold_letter(_strip_invisible(text[i:j])), j
        i = j


def iter_backward(text: str, end: int) -> Iterator[tuple[str, int]]:
    """Yield the letters of `text[:end]` from the last to the first, each with its start."""
    j = end
    while j > 0:
        i = j - 1
        while i > 0 and _is_combining(text[i]):
            i -= 1
        if text[i].isspace():
            while i > 0 and (text[i - 1].isspace() or text[i - 1] in INVISIBLE_CHARS):
                i -= 1
            yield " ", i
        elif letter := _strip_invisible(text[i:j]):
            yield fold_letter(letter), i
        j = i


def limit_marks(text: str) -> str:
    """Keep at most sixteen marks per letter.

    Normalising a tower of marks takes the square of its height, so this runs before any
    `unicodedata.normalize` of foreign text.
    """
    if text.isascii():
        return text
    kept: list[str] = []
    height = 0
    for char in text:
        kind = unicodedata.category(char)[0]
        if kind == "M" or char in _SOUND_MARKS:
            height += 1
            if height > _MARKS_MAX:
                continue
        elif kind != "C":
            height = 0
        kept.append(char)
    return "".join(kept)


def _is_combining(char: str) -> bool:
    marks = char in INVISIBLE_CHARS or char in _OVERLAY_MARKS
    return char > "\u007f" and (marks or unicodedata.combining(char) != 0)


def _strip_invisible(letter: str) -> str:
    if len(letter) == 1:
        return "" if letter in INVISIBLE_CHARS else letter
    # A tower of a thousand marks is cut: what is folded is remembered.
    return "".join(char for char in letter[:_MARKS_MAX] if char not in INVISIBLE_CHARS)
