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
from bot.core.text.folding import BLANK_CHARS, fold_text, limit_marks
from bot.core.triggers.index import TriggerIndex
from bot.core.triggers.phrase import IGNORED_PREFIXES, TriggerPhrase

_LEADING_CHARS: Final = (
    f"{BLANK_CHARS},;:!?.\u2026\u2013\u2014-\uff1a\uff0c\u3001\u3002\uff01\uff1f\uff1b"
)
_JOINING_CHARS: Final = f"{BLANK_CHARS},;:\u2013\u2014-\uff1a\uff0c\u3001\uff1b"
_LINK_PATTERN: Final = re.compile(r"<?https?://\S+", re.I)
_CODE_PATTERN: Final = re.compile(r"```.+?```|`[^`]+`", re.S)
_SPOILER_PATTERN: Final = re.compile(r"\|\|.+?\|\|", re.S)
_QUOTE_PATTERN: Final = re.compile(r">[ >]")
_MENTIONS_PATTERN: Final = re.compile(r"(?:<@[!&]?[0-9]+>[\s,;:]*)+")
_FILLER_CHARS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters that look like nothing
_TALL_TEXT_MIN: Final = (
    200  # characters: a tower of less takes no time worth a look at each of them
)
_MENTION_PATTERN: Final = re.compile(r"<[@#][!&]?[0-9]+>")


class IgnoreReason(Enum):
    """Why a message asks for nothing; the value is a word for logs."""

    EMPTY_MESSAGE = "nothing"
    NO_PHRASE = "talk"  # no phrase, or not where it counts
    IGNORED_PREFIX = "sign"  # a quotation, code or something hidden
    BARE_MENTION = "call"  # our name, and nothing else
    NO_PROMPT = "empty"  # a phrase or a mention, and no words to draw
    ONLY_CODE = "code"
    ONLY_LINKS = "links"


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """A message that asks: its prompt, the phrase that it has, and whether it mentioned us."""

    prompt: str
    phrase: TriggerPhrase | None = None
    mentioned: bool = False


MessageResult: TypeAlias = PromptMessage | IgnoreReason


def read_message(
    content: str,
    index: TriggerIndex,
    bot_id: int,
    mentions: bool,
    called: TriggerIndex | None = None,
) -> MessageResult:
    """What a message asks, or why it asks nothing.

    A phrase counts in any case, around its prompt from end to end, as whole words; one that ends
    with a colon needs the colon. With `mentions`, a leading literal mention of `bot_id` counts
    too, and a phrase after it is not part of the prompt: one of `called`, which may hold phrases
    that do not count alone here (`index` if it is None).
    """
    text = content.strip()
    if not text.isascii():
        text = text.lstrip(BLANK_CHARS)
        text = unicodedata.normalize(
            "NFC", text if len(text) < _TALL_TEXT_MIN else limit_marks(text)
        )
    rest = _strip_bot_mention(text, bot_id) if mentions and text.startswith("<@") else None
    said = text if rest is None else rest
    found = (index if rest is None or called is None else called).find_match(said)
    if rest is None and found is None:
        # Nearly everything that people say ends here.
        return IgnoreReason.NO_PHRASE if text else IgnoreReason.EMPTY_MESSAGE
    if text.startswith(IGNORED_PREFIXES):
        return IgnoreReason.IGNORED_PREFIX
    if not said.strip():
        return IgnoreReason.BARE_MENTION
    if found is not None:
        said = said[found.begin : found.end]
        if found.phrase.tail:
            said = said.rstrip(_JOINING_CHARS)
    prompt, why = _extract_prompt(said)
    if why is not None:
        return why
    return PromptMessage(prompt, None if found is None else found.phrase, rest is not None)


def find_prompt(content: str, index: TriggerIndex, bot_id: int, mentions: bool) -> str | None:
    """The prompt in a message, or None if it does not ask."""
    heard = read_message(content, index, bot_id, mentions)
    return heard.prompt if isinstance(heard, PromptMessage) else None


def _strip_bot_mention(text: str, bot_id: int) -> str | None:
    calls = (f"<@{bot_id}>", f"<@!{bot_id}>")
    rest = text
    while rest.startswith(calls):
        rest = rest[rest.index(">") + 1 :].lstrip(_LEADING_CHARS)
    return None if rest is text else rest


def _extract_prompt(said: str) -> tuple[str, IgnoreReason | None]:
    """The prompt in what stands where a prompt stands, or why there is none."""
    if _is_quoted(said):
        return "", IgnoreReason.ONLY_CODE
    said = _strip_mentions(said)
    if "`" in said and not _CODE_PATTERN.sub("", said).strip():
        return "", IgnoreReason.ONLY_CODE
    words = said.split()
    if words and all(map(_LINK_PATTERN.fullmatch, words)):
        return "", IgnoreReason.ONLY_LINKS
    if "||" in said:
        # What somebody hid is not for the card that everybody reads.
        said = _strip_mentions(_SPOILER_PATTERN.sub(" ", said))
    prompt = said.lstrip(BLANK_CHARS).rstrip()
    named = _MENTION_PATTERN.sub("", prompt)
    if is_empty(named) or not any(_is_drawable(char) for char in named):
        return "", IgnoreReason.NO_PROMPT
    return prompt, None


def _is_quoted(said: str) -> bool:
    """Whether all of it is a quotation on lines of its own."""
    same_line, *lines = said.split("\n")
    below = [line.lstrip() for line in lines if line.strip()]
    return not same_line.strip() and bool(below) and all(map(_QUOTE_PATTERN.match, below))


def _strip_mentions(said: str) -> str:
    """Whom it is said to is not what is drawn: "draw me @Ada as a cat"."""
    said = said.lstrip(_LEADING_CHARS)
    while found := _MENTIONS_PATTERN.match(said):
        said = said[found.end() :].lstrip(_LEADING_CHARS)
    return said


def _is_drawable(char: str) -> bool:
    """Whether a character says something to draw: a letter, a digit, an emoji."""
    kind = unicodedata.category(char)
    if char in _FILLER_CHARS:
        return False
    return kind[0] in "LN" or kind == "So"


# --- saying why ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NearMiss:
    """What a message that asks for nothing has of what would ask."""

    prefix: str = ""
    inner_phrase: TriggerPhrase | None = None
    has_inner_mention: bool = False
    has_other_mention: bool = False


def find_near_miss(content: str, index: TriggerIndex, bot_id: int) -> NearMiss:
    """Why a message is talk, for somebody who wonders; slower than `hear`, and only for them."""
    text = content.strip(BLANK_CHARS)
    sign = next((sign for sign in IGNORED_PREFIXES if text.startswith(sign)), "")
    calls = (f"<@{bot_id}>", f"<@!{bot_id}>")
    said = f" {fold_text(text)} "
    inside = next(
        (
            phrase
            for phrase in index.phrases
            if all(part in said for part in (phrase.head, phrase.tail))
        ),
        None,
    )
    return NearMiss(
        sign,
        inside,
        any(call in text for call in calls) and not text.startswith(calls),
        text.startswith("<@") and not text.startswith(calls),
    )
