"""Views of a text as a reader may take it.

Compatibility forms, case, accents, invisible characters, look-alikes, digits for letters, spaced
and repeated letters are resolved. Everything here is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from string import ascii_lowercase
from typing import Final

from bot.core.text.folding import limit_marks

# Cyrillic and Greek letters, small capitals and a few others that are read as Latin ones; then the
# letters of flags, squares and discs, which no compatibility form knows.
_LOOKALIKES: Final = (
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u0432\u043d"
    "\u043a\u043c\u0442\u03b1\u03b5\u03bf\u03c1\u03bd\u03b9\u03ba\u03c5\u03c7\u0131\u0142\u00f8"
    "\u0251\u0261\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d"
    "\u0274\u1d0f\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22"
)
_LATIN_LETTERS: Final = "aeopcyxijsdhqbhkmtaeopvikuxilo" + "agabcdefghijklmnoprstuvwyz"
_FIRST_OF_ROW: Final = (0x1F1E6, 0x1F130, 0x1F150, 0x1F170)
_LOOKALIKE_MAP: Final[dict[int, str]] = {
    **dict(zip(map(ord, _LOOKALIKES), _LATIN_LETTERS, strict=True)),
    **{row + n: letter for row in _FIRST_OF_ROW for n, letter in enumerate(ascii_lowercase)},
}
_LEET: Final = str.maketrans("013457@$", "oieastas")
_LEET_INSIDE: Final = re.compile(r"(?<=\w)[!|](?=\w)")
_SPACED: Final = re.compile(r"(?<![^\W_])(?:[^\W_][\W_]{1,3}){2,}[^\W_](?![^\W_])")
_WIDE_GAP: Final = re.compile(r"[\W_]{2,}")
# Where letters were spaced apart, nobody knows where a word ends: these are looked for inside.
_EMBEDDED_WORDS: Final = re.compile(
    r"(nude|naked|nsfw|sexy?|porn|child|kid|teen|toddler|loli|adult"
    r"|cloth(?:es|ed|ing)?|(?<!un)dress(?:ed)?|swim(?:suit|wear)|bikini|underwear)"
)
# What is put between angle signs, to cut a word in two.
_ANGLE_INSERT: Final = re.compile(
    "[<\u2039\u2329\u27e8\u3008][^<>\u2039\u203a\u2329\u232a\u27e8\u27e9\u3008\u3009]*"
    "[>\u203a\u232a\u27e9\u3009]|[<>]"
)
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_GAPS: Final = re.compile(r"[\W_]+")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_INVISIBLE_CATEGORIES: Final = ("Mn", "Me", "Cf")
_ROUNDS_MAX: Final = 4
_CACHE_SIZE: Final = 16  # one wish has six texts at most, and the names of its LoRAs with them


@lru_cache(maxsize=_CACHE_SIZE)
def build_views(text: str) -> tuple[str, ...]:
    """Return readings of a text, each as words with single spaces."""
    folded = fold_lookalikes(text)
    found: dict[str, None] = {}
    whole = dict.fromkeys((folded, _ANGLE_INSERT.sub("", folded)))
    for view in dict.fromkeys(reading for one in whole for reading in _build_readings(one)):
        for stretched in (view, _STRETCHED.sub(r"\1", view), _STRETCHED.sub(r"\1\1", view)):
            found[join_words(stretched)] = None
    return tuple(found)


def join_words(folded: str) -> str:
    """Words alone, with single blanks between."""
    return " ".join(_GAPS.sub(" ", folded).split())


def fold_lookalikes(text: str) -> str:
    """Case, accents, unseen characters and look-alikes away. Bare once more, it is the same."""
    text = limit_marks(text)
    for _ in range(_ROUNDS_MAX):
        again = _fold_once(text)
        if again == text:
            break
        text = again
    return text


def _fold_once(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    if not folded.isascii():
        seen = (char for char in folded if unicodedata.category(char) not in _INVISIBLE_CATEGORIES)
        folded = "".join(seen).translate(_LOOKALIKE_MAP)
    return "".join(" " if char < " " else char for char in folded)


def _build_readings(folded: str) -> tuple[str, ...]:
    tight = _SPACED.sub(lambda found: _join_spaced(found[0]), folded)
    plain = folded, tight, _replace_leet(folded), _replace_leet(tight)
    if "1" not in folded:
        return plain
    # A one is an i in "k1ss", and an l in "he11".
    return *plain, _replace_leet(folded.replace("1", "l")), _replace_leet(tight.replace("1", "l"))


def _replace_leet(text: str) -> str:
    return _LEET_INSIDE.sub("i", text).translate(_LEET)


def _join_spaced(run: str) -> str:
    """Join a run of single letters, whole and in the pieces between wider gaps."""
    joined = _GAPS.sub("", run)
    read = [joined, joined[1:], joined[:-1], joined[1:-1]]
    for parted in (_WIDE_GAP.split(run), run.split()):
        pieces = [_GAPS.sub("", piece) for piece in parted]
        if any(len(piece) > 1 for piece in pieces):
            read.append(" ".join(pieces))
    return " ".join(dict.fromkeys(read)) + " " + _EMBEDDED_WORDS.sub(r" \1 ", joined)


def has_script_word(text: str, wanted: Iterable[str]) -> bool:
    """Return True if a word occurs in a script without spaces between words."""
    if text.isascii():
        return False
    folded = _compose_text(text)
    return any(word in folded for word in wanted)


@lru_cache(maxsize=_CACHE_SIZE)
def _compose_text(text: str) -> str:
    return unicodedata.normalize("NFKC", limit_marks(text)).casefold()


def split_name(name: str) -> str:
    """Split a file name or title into words. "NightPortraits_v2" is "Night Portraits v2"."""
    return _HUMP.sub(" ", name).replace("_", " ")
