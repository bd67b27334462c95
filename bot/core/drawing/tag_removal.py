"""Removal of SwarmUI tags and unsafe signs from prompts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from bot.core.text.escape import strip_invisible
from bot.core.text.folding import limit_marks

MENTION_TAG: Final = "mention"  # what `removed` calls <@1>, <#2>, <t:0:R>: Discord's own tags
# The signs, and what Unicode folds to them under NFKC or NFKD: none of these ever remains.
OPEN_SIGNS: Final = frozenset("<\uff1c\ufe64\u226e")
CLOSE_SIGNS: Final = frozenset(">\uff1e\ufe65\u226f")
# What only looks like them is a quotation mark in several languages, so it stays unless it
# encloses a tag: single guillemets, CJK, mathematical and ornamental brackets, and others.
OPEN_ALIKE: Final = frozenset("\u2039\u3008\u300a\u27e8\u27ea\u276c\u276e\u2770\u02c2\u1438")
CLOSE_ALIKE: Final = frozenset("\u203a\u3009\u300b\u27e9\u27eb\u276d\u276f\u2771\u02c3\u1433")
_OPENS: Final = OPEN_SIGNS | OPEN_ALIKE
_CLOSES: Final = CLOSE_SIGNS | CLOSE_ALIKE
_ANGLES: Final = _OPENS | _CLOSES
_BLANKED: Final = str.maketrans(dict.fromkeys(_ANGLES, " "))
_ROUNDS_MAX: Final = 3  # nests of half tags are worth no more
# What may follow an opening sign and makes a tag of it, read in its NFKC-folded form.
_HEAD: Final = re.compile(
    rf"\s*([a-z_][a-z0-9_ -]{{0,23}}?)\s*(?:[:\[]|(?P<bare>[{''.join(sorted(_CLOSES))}]))", re.A
)
_BARE_TAGS: Final = frozenset(
    ("trigger", "break", "base", "refiner", "video", "videoswap", "pixeldecoder", "clear")
)
_MENTION: Final = re.compile(r"(@[!&]?|#|t:|id:)-?[0-9a-z]|/[\w -]{1,80}:[0-9]")
_EMOJI: Final = re.compile(r"a?:(\w{1,32}):[0-9]{1,20}[>\uff1e]", re.A)
_LINK: Final = re.compile(r"<(https?://[^\s<>\uff1c\uff1e]+)>")
TagHandler: TypeAlias = Callable[[str, str], str]
_SPACES: Final = re.compile(r"[^\S\n]+")
_LOST_COMMA: Final = re.compile(r",(?: ?,)+")
_SPACE_BEFORE: Final = re.compile(r" ([,.;!?])")


@dataclass(frozen=True, slots=True)
class CleanedText:
    """A prompt fit for SwarmUI. `removed` names the kinds of tags taken out, each once.

    `lost_signs` tells that angle signs went which belong to no tag, as in ">_<" or "<3".
    """

    text: str
    removed: tuple[str, ...] = ()
    lost_signs: bool = field(default=False, compare=False)


def clean_prompt(text: str, keep: TagHandler | None = None) -> CleanedText:
    """Normalise to NFC, strip what cannot be seen, and take out every SwarmUI tag.

    Tags go with their contents ("lora", "param", any name before a colon or bracket); other angle
    signs go alone, so "a < b" keeps both letters.

    `keep` is asked for each whole tag, outermost ones only, with its name and its text. What it
    returns stands in the tag's place: a blank, or a private-use character, which no text of a
    person's holds at that point; "" lets the tag go like any other.
    """
    # Composed forms can come apart into several marks, so towers are cut again after it.
    composed = limit_marks(unicodedata.normalize("NFC", limit_marks(text)))
    made, removed, lost = _clean_once(strip_invisible(composed), keep)
    rounds = 0
    # What a tag leaves behind can look like another: taken out twice, it is the same as once.
    while not _ANGLES.isdisjoint(made) and (again := _clean_once(made))[0] != made:
        made, removed = again[0], tuple(dict.fromkeys(removed + again[1]))
        rounds += 1
        if rounds == _ROUNDS_MAX:
            made = _clean_once(made.translate(_BLANKED))[0]
    return CleanedText(made, removed, lost)


def _clean_once(seen: str, keep: TagHandler | None = None) -> tuple[str, tuple[str, ...], bool]:
    bare, removed, lost = _remove_tags(seen, keep)
    lines = (_SPACES.sub(" ", line).strip() for line in bare.split("\n"))
    tidy = "\n".join(line for line in lines if line)
    if removed or (keep is not None and bare != seen):
        tidy = _SPACE_BEFORE.sub(r"\1", _LOST_COMMA.sub(",", tidy)).strip(" ,\n")
    return unicodedata.normalize("NFC", tidy), removed, lost


def _remove_tags(text: str, keep: TagHandler | None = None) -> tuple[str, tuple[str, ...], bool]:
    if _ANGLES.isdisjoint(text):
        return text, (), False
    partner = _match_angles(text)
    removed: dict[str, None] = {}
    out: list[str] = []
    i, lost = 0, False
    while i < len(text):
        char = text[i]
        if char in _OPENS:
            name, end = _find_tag(text, i, partner.get(i))
            if name:
                whole = char == "<" and partner.get(i) == end - 1
                stays = keep(name, text[i:end]) if keep is not None and whole else ""
                if not stays:
                    removed[name] = None
                out.append(stays or " ")
                i = end
                continue
            emoji = _EMOJI.match(text, i + 1) if char in OPEN_SIGNS else None
            if emoji:
                out.append(f" {emoji[1]} ")
                i = emoji.end()
                continue
        if link := _LINK.match(text, i):  # Discord's way to write a link without its preview
            out.append(f" {link[1]} ")
            i = link.end()
            continue
        is_sign = char in OPEN_SIGNS or char in CLOSE_SIGNS
        lost = lost or is_sign
        out.append(" " if is_sign else char)
        i += 1
    return "".join(out), tuple(removed), lost


def _match_angles(text: str) -> dict[int, int]:
    pairs: dict[int, int] = {}
    open_at: list[int] = []
    for i, char in enumerate(text):
        if char in _OPENS:
            open_at.append(i)
        elif char in _CLOSES and open_at:
            pairs[open_at.pop()] = i
    return pairs


def _find_tag(text: str, start: int, close: int | None) -> tuple[str, int]:
    head = unicodedata.normalize("NFKC", text[start + 1 : start + 40]).casefold()
    if text[start] in OPEN_SIGNS and _EMOJI.match(text, start + 1):
        return "", start
    if text[start] in OPEN_SIGNS and close is not None and _MENTION.match(head):
        return MENTION_TAG, close + 1
    found = _HEAD.match(head)
    if found is None or head.startswith("//", found.end()):
        return "", start
    name = found[1]
    if found["bare"] and name not in _BARE_TAGS:
        return "", start
    if close is not None:
        return name, close + 1
    # Never closed: only its own word goes, or the whole prompt would be lost.
    end = start + 1
    while end < len(text) and not text[end].isspace() and text[end] not in _ANGLES:
        end += 1
    return name, end
