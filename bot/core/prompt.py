"""People's words: made safe for SwarmUI, and safe to show again.

SwarmUI reads `<name[x]:data>` in a prompt as a command, without an escape character: a prompt
may set any parameter, load any LoRA or repeat a word a thousand million times. So no `<` and no
`>` ever leaves this file towards SwarmUI, nor a character that folds to one.

Discord reads mentions, markdown and links in what we show: `echo` and `code_block` take their
life out. Everything here is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.core.folding import cut_towers

MENTION: Final = "mention"  # what `removed` calls <@1>, <#2>, <t:0:R>: Discord's own tags
ZWSP: Final = "\u200b"  # breaks a mention or a link for Discord, unseen by people
ELLIPSIS: Final = "…"

# The signs, and what Unicode folds to them under NFKC or NFKD: none of these ever remains.
OPEN: Final = frozenset("<\uff1c\ufe64\u226e")
CLOSE: Final = frozenset(">\uff1e\ufe65\u226f")
# What only looks like them is a quotation mark in several languages, so it stays unless it
# encloses a tag: single guillemets, CJK, mathematical and ornamental brackets, and others.
OPEN_ALIKE: Final = frozenset("\u2039\u3008\u300a\u27e8\u27ea\u276c\u276e\u2770\u02c2\u1438")
CLOSE_ALIKE: Final = frozenset("\u203a\u3009\u300b\u27e9\u27eb\u276d\u276f\u2771\u02c3\u1433")
_OPENS: Final = OPEN | OPEN_ALIKE
_CLOSES: Final = CLOSE | CLOSE_ALIKE
_ANGLES: Final = _OPENS | _CLOSES
_BLANKED: Final = str.maketrans(dict.fromkeys(_ANGLES, " "))
_ROUNDS: Final = 3  # nests of half tags are worth no more

_ZWJ: Final = "\u200d"
# Seen as nothing, but neither control nor format characters to Unicode.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_UNSEEN: Final = frozenset("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")

# What may follow an opening sign and makes a tag of it, read in its NFKC-folded form.
_HEAD: Final = re.compile(
    rf"\s*([a-z_][a-z0-9_ -]{{0,23}}?)\s*(?:[:\[]|(?P<bare>[{''.join(sorted(_CLOSES))}]))", re.A
)
_BARE_TAGS: Final = frozenset(
    ("trigger", "break", "base", "refiner", "video", "videoswap", "pixeldecoder", "clear")
)
_MENTION: Final = re.compile(r"(@[!&]?|#|t:|id:)-?[0-9a-z]|/[\w -]{1,80}:[0-9]")
_EMOJI: Final = re.compile(r"a?:(\w{1,32}):[0-9]{1,20}[>\uff1e]", re.A)

Keep: TypeAlias = Callable[[str, str], str]

_SPACES: Final = re.compile(r"[^\S\n]+")
_LOST_COMMA: Final = re.compile(r",(?: ?,)+")
_SPACE_BEFORE: Final = re.compile(r" ([,.;!?])")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A prompt fit for SwarmUI. `removed` names the kinds of tags taken out, each once."""

    text: str
    removed: tuple[str, ...] = ()


def clean(text: str, keep: Keep | None = None) -> Cleaned:
    """Normalise to NFC, strip what cannot be seen, and take out every SwarmUI tag.

    Of a tower of marks on a letter sixteen stay.

    Tags go with their contents ("lora", "param", any name before a colon or bracket); other angle
    signs go alone, so "a < b" keeps both letters. Right-to-left text and emoji stay as they are.

    `keep` is asked for each whole tag, outermost ones only, with its name and its text. What it
    returns stands in the tag's place: a blank, or a private-use character, which no text of a
    person's holds at that point; "" lets the tag go like any other.
    """
    # Composed forms can come apart into several marks, so towers are cut again after it.
    composed = cut_towers(unicodedata.normalize("NFC", cut_towers(text)))
    made, removed = _once(_visible(composed), keep)
    rounds = 0
    # What a tag leaves behind can look like another: taken out twice, it is the same as once.
    while not _ANGLES.isdisjoint(made) and (again := _once(made))[0] != made:
        made, removed = again[0], tuple(dict.fromkeys(removed + again[1]))
        rounds += 1
        if rounds == _ROUNDS:
            made = _once(made.translate(_BLANKED))[0]
    return Cleaned(made, removed)


def _once(seen: str, keep: Keep | None = None) -> tuple[str, tuple[str, ...]]:
    bare, removed = _without_tags(seen, keep)
    lines = (_SPACES.sub(" ", line).strip() for line in bare.split("\n"))
    tidy = "\n".join(line for line in lines if line)
    if removed or (keep is not None and bare != seen):
        tidy = _SPACE_BEFORE.sub(r"\1", _LOST_COMMA.sub(",", tidy)).strip(" ,\n")
    return unicodedata.normalize("NFC", tidy), removed


def is_empty(text: str) -> bool:
    """Whether nothing of `text` can be seen: blanks and lone combining marks are no prompt."""
    return all(char.isspace() or unicodedata.category(char)[0] in "CMZ" for char in text)


def _visible(text: str) -> str:
    """Drop control, format and other unseen characters; blanks of all kinds become spaces."""
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    last = len(text) - 1
    for i, char in enumerate(text):
        if char in "\n\u2028\u2029\x85":
            out.append("\n")
        elif char.isspace() or char in _BLANK:
            out.append(" ")
        elif char == _ZWJ:
            # An astronaut is a woman joined to a rocket: joiners inside emoji stay.
            if 0 < i < last and _in_emoji(text[i - 1]) and _in_emoji(text[i + 1]):
                out.append(char)
        elif char in _UNSEEN or "\U000e0000" <= char <= "\U000e0fff":
            continue
        elif unicodedata.category(char)[0] != "C" or unicodedata.category(char) == "Cn":
            out.append(char)
    return "".join(out)


def _in_emoji(char: str) -> bool:
    return char == "\ufe0f" or unicodedata.category(char) in ("So", "Sk")


def _without_tags(text: str, keep: Keep | None = None) -> tuple[str, tuple[str, ...]]:
    """Take out tags; returns the rest and the names of what went."""
    if _ANGLES.isdisjoint(text):
        return text, ()
    partner = _pairs(text)
    removed: dict[str, None] = {}
    out: list[str] = []
    i = 0
    while i < len(text):
        char = text[i]
        if char in _OPENS:
            name, end = _tag(text, i, partner.get(i))
            if name:
                whole = keep is not None and char == "<" and partner.get(i) == end - 1
                stays = keep(name, text[i:end]) if keep is not None and whole else ""
                if not stays:
                    removed[name] = None
                out.append(stays or " ")
                i = end
                continue
            emoji = _EMOJI.match(text, i + 1) if char in OPEN else None
            if emoji:
                out.append(f" {emoji[1]} ")
                i = emoji.end()
                continue
        out.append(" " if char in OPEN or char in CLOSE else char)
        i += 1
    return "".join(out), tuple(removed)


def _pairs(text: str) -> dict[int, int]:
    """Match opening signs with closing ones of any shape, as brackets nest."""
    pairs: dict[int, int] = {}
    open_at: list[int] = []
    for i, char in enumerate(text):
        if char in _OPENS:
            open_at.append(i)
        elif char in _CLOSES and open_at:
            pairs[open_at.pop()] = i
    return pairs


def _tag(text: str, start: int, close: int | None) -> tuple[str, int]:
    """The name of the tag that opens at `start` and where it ends; "" if it is none."""
    head = unicodedata.normalize("NFKC", text[start + 1 : start + 40]).casefold()
    if text[start] in OPEN and _EMOJI.match(text, start + 1):
        return "", start
    if text[start] in OPEN and close is not None and _MENTION.match(head):
        return MENTION, close + 1
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


# --- showing -------------------------------------------------------------------------------------

_MARKDOWN: Final = re.compile(r"[\\*_~`|\[\]]")
_LINE_START: Final = re.compile(r"^(?:[>#-]|\d+\.)")
_INVITE: Final = re.compile(r"(discord(?:app)?\.(?:gg|com/invite|me|io))/", re.I)
_MARKS: Final = ("Mn", "Me", "Mc", "Sk")
_CLUSTER_MAX: Final = 12
_LOOKED_AT: Final = 8  # of a text far over the limit no more than this often the limit is read


def echo(text: str, limit: int) -> str:
    """Show a person's words in a message: no mention, markdown or link in them is live.

    One line of at most `limit` units (see `units`), cut with "…" between letters as people see
    them. Right-to-left words are isolated, so that what stands beside them keeps its place.
    """
    flat = " ".join(_visible(text[: limit * _LOOKED_AT]).split())
    flat = flat.replace("@", "@" + ZWSP).replace("<", "<" + ZWSP).replace("://", f":{ZWSP}//")
    flat = _INVITE.sub(rf"\1{ZWSP}/", flat)
    start = _LINE_START.match(flat)
    if start:
        flat = ZWSP + flat
    isolate = any(unicodedata.bidirectional(char) in ("R", "AL") for char in flat)
    room = limit - 2 if isolate else limit
    shown = _fitted((_MARKDOWN.sub(r"\\\g<0>", piece) for piece in _clusters(flat)), room)
    return f"\u2068{shown}\u2069" if isolate and shown else shown


def plain(text: str, limit: int) -> str:
    """One line of plain text, for places where Discord reads no markup (alt text, labels)."""
    return _fitted(_clusters(" ".join(_visible(text[: limit * _LOOKED_AT]).split())), limit)


def code_block(text: str, limit: int) -> str:
    """A block that people can copy, of at most `limit` units, that nothing can break out of.

    Zero-width spaces break backticks and mentions apart; `clean` takes them out on the way back.
    Returns "" if the limit leaves no room.
    """
    body = _visible(text).replace("``", f"`{ZWSP}`").replace("``", f"`{ZWSP}`")
    body = body.replace("@", "@" + ZWSP).replace("<", "<" + ZWSP)
    shown = _fitted(_clusters(body), limit - 8).strip("\n")
    return f"```\n{shown}\n```" if shown else ""


def _clusters(text: str) -> Iterator[str]:
    """Letters as people see them, nearly: marks, joiners and flags stay with their base."""
    cluster = ""
    for char in text:
        joined = (
            char == _ZWJ
            or cluster.endswith(_ZWJ)
            or unicodedata.category(char) in _MARKS
            or (_is_flag(char) and len(cluster) == 1 and _is_flag(cluster))
        )
        if cluster and (not joined or len(cluster) >= _CLUSTER_MAX):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def units(text: str) -> int:
    """The length of a text in UTF-16 units, the strictest way in which a limit can be counted."""
    return len(text) + sum(char > "\uffff" for char in text)


def _fitted(pieces: Iterator[str], limit: int) -> str:
    """As many pieces as fit whole, with "…" where some did not."""
    out: list[str] = []
    size = 0
    for piece in pieces:
        if size + units(piece) > limit:
            while out and size + 1 > limit:
                size -= units(out.pop())
            return "".join(out).rstrip() + ELLIPSIS if limit > 0 else ""
        out.append(piece)
        size += units(piece)
    return "".join(out)
