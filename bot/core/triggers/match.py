"""Detection of messages that ask for a picture, and of their prompt.

Only a whole message counts. A phrase inside a sentence, a quotation, code or a spoiler is talk. A
mention must be typed; a reply's ping is none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from bot.core.text.escape import FILLER_CHARS, is_empty
from bot.core.text.folding import BLANK_CHARS, fold_text, limit_marks
from bot.core.triggers.index import TriggerIndex
from bot.core.triggers.phrase import IGNORED_PREFIXES, TriggerPhrase

_JOINING_CHARS: Final = f"{BLANK_CHARS},;:\u2013\u2014-\uff1a\uff0c\u3001\uff1b"
_LEADING_CHARS: Final = f"{_JOINING_CHARS}!?.\u2026\u3002\uff01\uff1f"
_LINK_PATTERN: Final = re.compile(r"<?https?://\S+", re.I)
_CODE_PATTERN: Final = re.compile(r"```.+?```|`[^`]+`", re.S)
_SPOILER_PATTERN: Final = re.compile(r"\|\|.+?\|\|", re.S)
_QUOTE_PATTERN: Final = re.compile(r">[ >]")
_MENTIONS_PATTERN: Final = re.compile(r"(?:<@[!&]?[0-9]+>[\s,;:]*)+")
_TALL_TEXT_MIN: Final = 200  # characters: a tower of less takes no time worth a look
_MENTION_PATTERN: Final = re.compile(r"<[@#][!&]?[0-9]+>")


class IgnoreReason(Enum):
    """Reason why a message asks for nothing. The value is a word for logs."""

    EMPTY_MESSAGE = "nothing"
    NO_PHRASE = "talk"  # no phrase, or not where it counts
    IGNORED_PREFIX = "sign"  # a quotation, code or something hidden
    BARE_MENTION = "call"  # our name, and nothing else
    NO_PROMPT = "empty"  # a phrase or a mention, and no words to draw
    ONLY_CODE = "code"
    ONLY_LINKS = "links"


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """Message with a prompt, its phrase, and whether it mentions the bot."""

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
    bot_role: int = 0,
) -> MessageResult:
    """Return what a message asks, or why it asks nothing.

    A phrase counts in any case, around the whole prompt, as whole words; one that ends with a colon
    needs it. With `mentions`, a leading literal mention of `bot_id` or of the bot's own role counts
    too, and a phrase after it is no part of the prompt. These phrases are `called`, or `index` if
    None.
    """
    text = content.strip()
    if not text.isascii():
        text = text.lstrip(BLANK_CHARS)
        short = text if len(text) < _TALL_TEXT_MIN else limit_marks(text)
        text = unicodedata.normalize("NFC", short)
    rest = (
        _strip_bot_mention(text, bot_id, bot_role) if mentions and text.startswith("<@") else None
    )
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


def _list_bot_mentions(bot_id: int, bot_role: int) -> tuple[str, ...]:
    """List the mentions of the bot. Discord offers its role, which has its name, beside it."""
    user = (f"<@{bot_id}>", f"<@!{bot_id}>")
    return (*user, f"<@&{bot_role}>") if bot_role else user


def _strip_bot_mention(text: str, bot_id: int, bot_role: int) -> str | None:
    calls, rest = _list_bot_mentions(bot_id, bot_role), text
    while rest.startswith(calls):
        rest = rest[rest.index(">") + 1 :].lstrip(_LEADING_CHARS)
    return None if rest is text else rest


def _extract_prompt(said: str) -> tuple[str, IgnoreReason | None]:
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
    same_line, *lines = said.split("\n")
    below = [line.lstrip() for line in lines if line.strip()]
    return not same_line.strip() and bool(below) and all(map(_QUOTE_PATTERN.match, below))


def _strip_mentions(said: str) -> str:
    """Remove mentions of the addressee, as in "draw me @Ada as a cat"."""
    said = said.lstrip(_LEADING_CHARS)
    while found := _MENTIONS_PATTERN.match(said):
        said = said[found.end() :].lstrip(_LEADING_CHARS)
    return said


def _is_drawable(char: str) -> bool:
    kind = unicodedata.category(char)
    return char not in FILLER_CHARS and (kind[0] in "LN" or kind == "So")


# --- saying why ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Parts of a trigger that a message without one has."""

    prefix: str = ""
    inner_phrase: TriggerPhrase | None = None
    has_inner_mention: bool = False
    has_other_mention: bool = False


def find_near_miss(content: str, index: TriggerIndex, bot_id: int, bot_role: int = 0) -> NearMiss:
    """Explain why a message is no request, slower than `read_message`."""
    text = content.strip(BLANK_CHARS)
    sign = next((sign for sign in IGNORED_PREFIXES if text.startswith(sign)), "")
    calls = _list_bot_mentions(bot_id, bot_role)
    said = f" {fold_text(text)} "
    inside = next((one for one in index.phrases if one.head in said and one.tail in said), None)
    leads = text.startswith(calls)
    mentioned, other = any(call in text for call in calls), text.startswith("<@")
    return NearMiss(sign, inside, mentioned and not leads, other and not leads)
