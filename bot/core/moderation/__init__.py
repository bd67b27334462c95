"""Words that are not drawn. Judged on what the words mean to a reader, not on how they are spelt.

A text is folded first, then whole words are compared: "Essex" holds no sex. One rule cannot be
lifted: nothing sexual with anybody who is or looks under age. It takes a word of each kind, or a
child in the picture and clothing left out of it; harmless expressions that hold such a word are
set aside before. After it come the server's own lists, from which its allowed words are set aside,
and what belongs into age-restricted channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.moderation import vocabulary as v
from bot.core.moderation.folding import in_script, of_name, views
from bot.core.moderation.wordlist import ENTRY_MAX, trouble, word_list
from bot.core.policy import USUAL, Adult, Policy

__all__ = [
    "ADULT",
    "AGE_LIST",
    "ENTRY_MAX",
    "MINORS",
    "NEVER",
    "WORD_LIST",
    "Rule",
    "fits",
    "fits_left_out",
    "judge",
    "of_name",
    "trouble",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a text breaks. `name` is for the log; `may_reword` offers another try."""

    name: str
    sentence: str
    may_reword: bool = True


MINORS: Final = Rule(
    "words.minors",
    "I don't draw anything sexual with children or anyone who looks like one, anywhere. "
    "Nothing was charged.",
    may_reword=False,
)
WORD_LIST: Final = Rule(
    "words.list",
    "I can't draw that here (this server's word list). Nothing was charged. "
    "Reword it, or ask a moderator.",
)
_THERE: Final = (
    "I draw that only in age-restricted channels. Nothing was charged. Reword it, or ask there."
)
ADULT: Final = Rule("words.adult", _THERE)
AGE_LIST: Final = Rule("words.age", _THERE)
NEVER: Final = Rule(
    "words.never",
    "I don't draw that on this server, in no channel. Nothing was charged. Reword it.",
)


def judge(
    text: str,
    policy: Policy = USUAL,
    *,
    negative: str | tuple[str, ...] = "",
    adult_ok: bool = True,
) -> Rule | None:
    """The first rule that `text` breaks, or None.

    `negative` is what must not be in the picture: whoever wants adults out of a sexual picture asks
    for something else, and so does whoever wants the clothes off a child; the lists are not held
    against it. Where there are several readings of it, the worst one counts. `adult_ok` is whether
    the place is age-restricted. The server's allowed words lift nothing but its own two lists.
    """
    whole = views(text)
    read = _set_aside(whole)
    minor = any(v.MINOR.search(view) for view in read) or in_script(text, v.MINOR_SCRIPTS)
    sexual = any(v.SEXUAL.search(view) for view in read) or in_script(text, v.SEXUAL_SCRIPTS)
    if any(v.ALWAYS.search(view) for view in read) or (minor and sexual):
        return MINORS
    if minor or sexual:
        readings = (negative,) if isinstance(negative, str) else negative
        if any(_undoes(one, minor=minor) for one in readings):
            return MINORS
    rest = whole
    if policy.words or policy.age_words:
        rest = _without_allowed(whole, policy)
    if _listed(rest, policy.words):
        return WORD_LIST
    never = policy.adult is Adult.NEVER
    if adult_ok and not never:
        return None
    if any(v.EXPLICIT.search(view) for view in read):
        return NEVER if never else ADULT
    if _listed(rest, policy.age_words):
        return NEVER if never else AGE_LIST
    return None


def fits(text: str, policy: Policy = USUAL, *, adult_ok: bool = True) -> bool:
    """Whether a text may be shown where everybody reads it: the same rules as for drawing."""
    return not text or judge(text, policy, adult_ok=adult_ok) is None


def fits_left_out(text: str, policy: Policy) -> bool:
    """The same of what shall not be in a picture: it may name all but the server's own words.

    "child, nude" there is what careful people write.
    """
    return not policy.words or not _listed(_without_allowed(views(text), policy), policy.words)


def _listed(read: tuple[str, ...], entries: tuple[str, ...]) -> bool:
    return bool(entries) and any(map(word_list(entries).is_in, read))


def _without_allowed(read: tuple[str, ...], policy: Policy) -> tuple[str, ...]:
    if not policy.allowed_words:
        return read
    return tuple(map(word_list(policy.allowed_words).without, read))


def _set_aside(read: tuple[str, ...]) -> tuple[str, ...]:
    """Without harmless expressions: two blanks are where one was, so its neighbours never meet."""
    return tuple(v.HARMLESS.sub(" ", view) for view in read)


def _undoes(negative: str, *, minor: bool) -> bool:
    """Whether it leaves out a minor's clothes or, of what is sexual without one, the grown-ups."""
    read = _set_aside(views(negative))
    if not minor:
        return any(v.GROWN_UP.search(view) for view in read)
    return any(v.CLOTHING.search(view) for view in read) or in_script(negative, v.CLOTHING_SCRIPTS)
