"""Whether a plain message asks for a picture, and with which words.

Only the whole of a message counts: a phrase in the middle of a sentence is talk, and so is one in a
quotation, in code or behind a spoiler, which all begin with a sign of their own. What is called a
mention is written out; a reply that pings is none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from bot.core.text.escape import is_empty
from bot.core.text.folding import BLANK, cut_towers, folded
from bot.core.triggers.index import Index
from bot.core.triggers.phrase import NO_TALK, Phrase

_LEAD: Final = f"{BLANK},;:!?.\u2026\u2013\u2014-\uff1a\uff0c\u3001\u3002\uff01\uff1f\uff1b"
_JOINT: Final = f"{BLANK},;:\u2013\u2014-\uff1a\uff0c\u3001\uff1b"
_LINK: Final = re.compile(r"<?https?://\S+", re.I)
_CODE: Final = re.compile(r"```.+?```|`[^`]+`", re.S)
_HIDDEN: Final = re.compile(r"\|\|.+?\|\|", re.S)
_QUOTE: Final = re.compile(r">[ >]")
_CALLS: Final = re.compile(r"(?:<@[!&]?[0-9]+>[\s,;:]*)+")
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters that look like nothing
_TALL: Final = 200  # characters: a tower of less takes no time worth a look at each of them
_PLACES: Final = re.compile(r"<[@#][!&]?[0-9]+>")


class Silent(Enum):
    """Why a message asks for nothing; the value is a word for logs."""

    NOTHING = "nothing"
    TALK = "talk"  # no phrase, or not where it counts
    SIGN = "sign"  # a quotation, code or something hidden
    CALL = "call"  # our name, and nothing else
    EMPTY = "empty"  # a phrase or a mention, and no words to draw
    ONLY_CODE = "code"
    ONLY_LINKS = "links"


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that asks: its prompt, the phrase that it has, and whether it mentioned us."""

    prompt: str
    phrase: Phrase | None = None
    mentioned: bool = False


Heeded: TypeAlias = Heard | Silent


def hear(
    content: str, index: Index, bot_id: int, mentions: bool, called: Index | None = None
) -> Heeded:
    """What a message asks, or why it asks nothing.

    A phrase counts in any case, around its prompt from end to end, as whole words; one that ends
    with a colon needs the colon. With `mentions`, a leading literal mention of `bot_id` counts
    too, and a phrase after it is not part of the prompt: one of `called`, which may hold phrases
    that do not count alone here (`index` if it is None).
    """
    text = content.strip()
    if not text.isascii():
        text = text.lstrip(BLANK)
        text = unicodedata.normalize("NFC", text if len(text) < _TALL else cut_towers(text))
    rest = _after_mention(text, bot_id) if mentions and text.startswith("<@") else None
    said = text if rest is None else rest
    found = (index if rest is None or called is None else called).find(said)
    if rest is None and found is None:
        # Nearly everything that people say ends here.
        return Silent.TALK if text else Silent.NOTHING
    if text.startswith(NO_TALK):
        return Silent.SIGN
    if not said.strip():
        return Silent.CALL
    if found is not None:
        said = said[found.begin : found.end]
        if found.phrase.tail:
            said = said.rstrip(_JOINT)
    prompt, why = _asked(said)
    if why is not None:
        return why
    return Heard(prompt, None if found is None else found.phrase, rest is not None)


def find(content: str, index: Index, bot_id: int, mentions: bool) -> str | None:
    """The prompt in a message, or None if it does not ask."""
    heard = hear(content, index, bot_id, mentions)
    return heard.prompt if isinstance(heard, Heard) else None


def _after_mention(text: str, bot_id: int) -> str | None:
    calls = (f"<@{bot_id}>", f"<@!{bot_id}>")
    rest = text
    while rest.startswith(calls):
        rest = rest[rest.index(">") + 1 :].lstrip(_LEAD)
    return None if rest is text else rest


def _asked(said: str) -> tuple[str, Silent | None]:
    """The prompt in what stands where a prompt stands, or why there is none."""
    if _is_quoted(said):
        return "", Silent.ONLY_CODE
    said = _uncalled(said)
    if "`" in said and not _CODE.sub("", said).strip():
        return "", Silent.ONLY_CODE
    words = said.split()
    if words and all(map(_LINK.fullmatch, words)):
        return "", Silent.ONLY_LINKS
    if "||" in said:
        # What somebody hid is not for the card that everybody reads.
        said = _uncalled(_HIDDEN.sub(" ", said))
    prompt = said.lstrip(BLANK).rstrip()
    named = _PLACES.sub("", prompt)
    if is_empty(named) or not any(_draws(char) for char in named):
        return "", Silent.EMPTY
    return prompt, None


def _is_quoted(said: str) -> bool:
    """Whether all of it is a quotation on lines of its own."""
    same_line, *lines = said.split("\n")
    below = [line.lstrip() for line in lines if line.strip()]
    return not same_line.strip() and bool(below) and all(map(_QUOTE.match, below))


def _uncalled(said: str) -> str:
    """Whom it is said to is not what is drawn: "draw me @Ada as a cat"."""
    said = said.lstrip(_LEAD)
    while found := _CALLS.match(said):
        said = said[found.end() :].lstrip(_LEAD)
    return said


def _draws(char: str) -> bool:
    """Whether a character says something to draw: a letter, a digit, an emoji."""
    kind = unicodedata.category(char)
    if char in _FILLERS:
        return False
    return kind[0] in "LN" or kind == "So"


# --- saying why ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Near:
    """What a message that asks for nothing has of what would ask."""

    sign: str = ""
    inside: Phrase | None = None
    mention_inside: bool = False
    other_mention: bool = False


def near(content: str, index: Index, bot_id: int) -> Near:
    """Why a message is talk, for somebody who wonders; slower than `hear`, and only for them."""
    text = content.strip(BLANK)
    sign = next((sign for sign in NO_TALK if text.startswith(sign)), "")
    calls = (f"<@{bot_id}>", f"<@!{bot_id}>")
    said = f" {folded(text)} "
    inside = next(
        (
            phrase
            for phrase in index.phrases
            if all(part in said for part in (phrase.head, phrase.tail))
        ),
        None,
    )
    return Near(
        sign,
        inside,
        any(call in text for call in calls) and not text.startswith(calls),
        text.startswith("<@") and not text.startswith(calls),
    )
