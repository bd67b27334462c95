"""Rules about words that are not drawn, judged by their meaning, not their spelling.

A text is folded first, then whole words are compared, so "Essex" holds no sex. One rule always
applies: nothing sexual with anybody who is or looks under age. It needs a word of each kind, or a
child and left-out clothing. Harmless expressions are removed before. Then come the guild's own
lists, less its allowed words, and the words for age-restricted channels.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from bot.core.moderation import vocabulary as v
from bot.core.moderation.folding import build_views, has_script_word
from bot.core.moderation.folding import split_name as split_name
from bot.core.moderation.wordlist import build_word_list
from bot.core.policy import DEFAULT_SETTINGS, AdultSetting, GuildSettings
from bot.core.text.folding import limit_marks

JUDGED_MAX: Final = 10_000
"""Letters of a text that are judged at most: twice the longest prompt, with the names beside it."""


@dataclass(frozen=True, slots=True)
class WordRule:
    """Broken rule. `name` is for the log. `may_reword` offers another try."""

    name: str
    sentence: str
    may_reword: bool = True


MINORS_RULE: Final = WordRule(
    "words.minors",
    "I don't draw anything sexual with children or anyone who looks like one, anywhere. "
    "Nothing was charged.",
    may_reword=False,
)
WORD_LIST_RULE: Final = WordRule(
    "words.list",
    "That uses a word that isn't allowed on this server. Nothing was charged. Change "
    "it and try again.",
)
_AGE_RESTRICTED_SENTENCE: Final = (
    "I only draw that in age-restricted channels. Nothing was charged. Change it, or ask there."
)
ADULT_RULE: Final = WordRule("words.adult", _AGE_RESTRICTED_SENTENCE)
AGE_LIST_RULE: Final = WordRule("words.age", _AGE_RESTRICTED_SENTENCE)
NEVER_RULE: Final = WordRule(
    "words.never",
    "I don't draw that anywhere on this server. Nothing was charged. Change it and try again.",
)


def find_broken_rule(
    text: str,
    policy: GuildSettings = DEFAULT_SETTINGS,
    *,
    negative: str | tuple[str, ...] = "",
    adult_ok: bool = True,
) -> WordRule | None:
    """Return the first rule that `text` breaks, or None.

    `negative` is what must not be in the image, so the built-in lists are not applied to it. Among
    several readings the worst counts. `adult_ok` tells whether the channel is age-restricted. A
    guild's allowed words override its own two lists only.
    """
    whole = build_views(text)
    read = _remove_harmless(whole)
    minor = any(v.MINOR.search(view) for view in read) or has_script_word(text, v.MINOR_SCRIPTS)
    sexual = any(v.SEXUAL.search(view) for view in read) or has_script_word(text, v.SEXUAL_SCRIPTS)
    if any(v.ALWAYS_FORBIDDEN.search(view) for view in read) or (minor and sexual):
        return MINORS_RULE
    if minor or sexual:
        readings = (negative,) if isinstance(negative, str) else negative
        if any(_is_unsafe_negative(one, minor=minor) for one in readings):
            return MINORS_RULE
    rest = _remove_allowed(whole, policy) if policy.words or policy.age_words else whole
    if _has_listed_word(rest, policy.words):
        return WORD_LIST_RULE
    never = policy.adult is AdultSetting.NEVER
    if adult_ok and not never:
        return None
    if any(v.EXPLICIT.search(view) for view in read):
        return NEVER_RULE if never else ADULT_RULE
    if _has_listed_word(rest, policy.age_words):
        return NEVER_RULE if never else AGE_LIST_RULE
    return None


def can_show(text: str, policy: GuildSettings = DEFAULT_SETTINGS, *, adult_ok: bool = True) -> bool:
    """Return True if a text may be shown publicly, by the same rules as for drawing.

    A text that is longer than any prompt may be is not shown, and not judged either.
    """
    if not is_judgeable(text):
        return False
    return not text or find_broken_rule(text, policy, adult_ok=adult_ok) is None


def is_judgeable(text: str) -> bool:
    """Return True if a text is short enough to be judged, also with all signs spelt out."""
    if len(text) > JUDGED_MAX:
        return False
    return text.isascii() or len(unicodedata.normalize("NFKC", limit_marks(text))) <= JUDGED_MAX


def can_show_negative(text: str, policy: GuildSettings) -> bool:
    """Return True if a negative prompt may be shown, which is without the guild's own words."""
    if not policy.words:
        return True
    return is_judgeable(text) and not _has_listed_word(
        _remove_allowed(build_views(text), policy), policy.words
    )


def _has_listed_word(read: tuple[str, ...], entries: tuple[str, ...]) -> bool:
    return bool(entries) and any(map(build_word_list(entries).has_match, read))


def _remove_allowed(read: tuple[str, ...], policy: GuildSettings) -> tuple[str, ...]:
    if not policy.allowed_words:
        return read
    return tuple(map(build_word_list(policy.allowed_words).remove_matches, read))


def _remove_harmless(read: tuple[str, ...]) -> tuple[str, ...]:
    """Replace harmless expressions with two spaces, so that neighbours never join."""
    return tuple(v.HARMLESS.sub(" ", view) for view in read)


def _is_unsafe_negative(negative: str, *, minor: bool) -> bool:
    """Return True if it leaves out a minor's clothes or the adults of a sexual image."""
    read = _remove_harmless(build_views(negative))
    if not minor:
        return any(map(v.GROWN_UP.search, read))
    return any(map(v.CLOTHING.search, read)) or has_script_word(negative, v.CLOTHING_SCRIPTS)
