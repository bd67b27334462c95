"""Whether a plain message asks for a picture, and with which words.

Only the beginning of a message counts: a phrase in the middle of a sentence is talk, and so is
one in a quotation, in code or behind a spoiler, which all begin with a sign of their own. What is
called a mention is written out; a reply that pings is none.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from bot.core.prompt import is_empty

_LEAD: Final = " \t\n\r\u3000,;:!?.\u2026\u2013\u2014-"
_ONLY_LINKS: Final = re.compile(r"(?:\s*<?https?://\S+>?)+\s*", re.I)


def find(content: str, phrases: tuple[str, ...], bot_id: int, mentions: bool) -> str | None:
    """The prompt in a message, or None if it does not ask.

    A phrase counts in any case, at the very beginning, as whole words, with something after it;
    one that ends with a colon needs the colon. With `mentions`, a leading literal mention of
    `bot_id` counts too, and a phrase after it is not part of the prompt.
    """
    text = content.lstrip()
    if not text:
        return None
    rest = _after_mention(text, bot_id) if mentions and text.startswith("<@") else None
    if rest is not None:
        after = _after_phrase(rest, phrases)
        return _asked(rest if after is None else after)
    after = _after_phrase(text, phrases)
    return None if after is None else _asked(after)


def _after_mention(text: str, bot_id: int) -> str | None:
    for mention in (f"<@{bot_id}>", f"<@!{bot_id}>"):
        if text.startswith(mention):
            return text[len(mention) :].lstrip(_LEAD)
    return None


def _after_phrase(text: str, phrases: tuple[str, ...]) -> str | None:
    """What follows the longest phrase that `text` begins with."""
    heads, longest = _heads(phrases)
    begin = text[: longest + 1]
    # Nearly everything that people say ends here, at the cost of one look.
    if begin.isascii() and not begin.lower().startswith(heads):
        return None
    plain_start = text[:2].isascii()
    for phrase in _folded(phrases):
        if plain_start and phrase[0] != text[:1].lower():
            continue
        end = _end_of(phrase, text)
        if end is not None:
            return text[end:]
    return None


@lru_cache(maxsize=1024)
def _folded(phrases: tuple[str, ...]) -> tuple[str, ...]:
    folded = {" ".join(_fold(phrase).split()) for phrase in phrases}
    return tuple(sorted(folded - {""}, key=len, reverse=True))


@lru_cache(maxsize=1024)
def _heads(phrases: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The first words of all phrases, and how long the longest is."""
    heads = {phrase.partition(" ")[0] for phrase in _folded(phrases)}
    return tuple(heads), max(map(len, heads), default=0)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _end_of(phrase: str, text: str) -> int | None:
    """Where `phrase` (folded) ends in `text`, at the end of a word; None if it does not begin it.

    Folding changes lengths, so it goes letter by letter: a letter with its combining marks.
    """
    at = i = 0
    while at < len(phrase):
        if i >= len(text):
            return None
        j = i + 1
        while j < len(text) and unicodedata.combining(text[j]):
            j += 1
        if text[i].isspace():
            while j < len(text) and text[j].isspace():
                j += 1
            letter = " "
        else:
            letter = _fold(text[i:j])
        if not phrase.startswith(letter, at):
            return None
        at += len(letter)
        i = j
    return i if _ends_word(phrase[-1], text[i : i + 2]) else None


def _ends_word(last: str, following: str) -> bool:
    if not last.isalnum():
        return True
    if following[:1].isalnum() or following[:1] == "_":
        return False
    # "draw me's" and "draw-me-not" go on: a hyphen or apostrophe inside a word ends none.
    inside = following[:1] in ("'", "\u2019", "-")
    return not (inside and following[1:2].isalnum())


def _asked(rest: str) -> str | None:
    prompt = rest.lstrip(_LEAD).rstrip()
    if is_empty(prompt) or _ONLY_LINKS.fullmatch(prompt):
        return None
    return prompt if any(unicodedata.category(char)[0] in "LNS" for char in prompt) else None
