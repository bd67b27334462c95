"""Text from members, made safe for SwarmUI and Discord.

SwarmUI reads `<name[x]:data>` as a command and has no escape character, so no angle bracket leaves
towards it. Discord reads mentions, markdown and links. Everything here is linear in time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

ZWSP: Final = "\u200b"  # breaks a mention or a link for Discord, unseen by people
ELLIPSIS: Final = "…"
_ZWJ: Final = "\u200d"
# Seen as nothing, but neither control nor format characters to Unicode.
FILLER_CHARS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters that look like nothing
_INVISIBLE_CHARS: Final = frozenset("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")


def is_empty(text: str) -> bool:
    """Return True if nothing of `text` is visible. Lone combining marks are no prompt."""
    return all(char.isspace() or unicodedata.category(char)[0] in "CMZ" for char in text)


def strip_invisible(text: str) -> str:
    """Remove control and invisible characters. Blanks of all kinds become spaces."""
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    last = len(text) - 1
    for i, char in enumerate(text):
        if char in "\n\u2028\u2029\x85":
            out.append("\n")
        elif char.isspace() or char in FILLER_CHARS:
            out.append(" ")
        elif char == _ZWJ:
            # An astronaut is a woman joined to a rocket: joiners inside emoji stay.
            if 0 < i < last and _is_emoji_part(text[i - 1]) and _is_emoji_part(text[i + 1]):
                out.append(char)
        elif char in _INVISIBLE_CHARS or "\U000e0000" <= char <= "\U000e0fff":
            continue
        elif unicodedata.category(char)[0] != "C" or unicodedata.category(char) == "Cn":
            out.append(char)
    return "".join(out)


def _is_emoji_part(char: str) -> bool:
    return char == "\ufe0f" or unicodedata.category(char) in ("So", "Sk")


# --- showing -------------------------------------------------------------------------------------

_MARKDOWN: Final = re.compile(r"[\\*_~`|\[\]]")
_LINE_START: Final = re.compile(r"^(?:[>#-]|\d+\.)")
_INVITE: Final = re.compile(r"(discord(?:app)?\.(?:gg|com/invite|me|io))/", re.I)
_MARKS: Final = ("Mn", "Me", "Mc", "Sk")
_CLUSTER_MAX: Final = 12
_SCAN_FACTOR: Final = 8  # of a text far over the limit no more than this often the limit is read


def escape_text(text: str, limit: int) -> str:
    """Escape a member's text, so that no mention, markdown or link in it is live.

    The result is one line of at most `limit` units. Right-to-left text is isolated.
    """
    flat = _flatten_text(text, limit).replace("@", "@" + ZWSP)
    flat = flat.replace("<", "<" + ZWSP).replace("://", f":{ZWSP}//")
    flat = _INVITE.sub(rf"\1{ZWSP}/", flat)
    if _LINE_START.match(flat):
        flat = ZWSP + flat
    isolate = any(unicodedata.bidirectional(char) in ("R", "AL") for char in flat)
    room = limit - 2 if isolate else limit
    shown = _fit_pieces((_MARKDOWN.sub(r"\\\g<0>", piece) for piece in _iter_clusters(flat)), room)
    return f"\u2068{shown}\u2069" if isolate and shown else shown


def format_plain(text: str, limit: int) -> str:
    """Return one line of plain text, for places without markup such as alt text and labels."""
    return _fit_pieces(_iter_clusters(_flatten_text(text, limit)), limit)


def _flatten_text(text: str, limit: int) -> str:
    return " ".join(strip_invisible(text[: limit * _SCAN_FACTOR]).split())


def format_code_block(text: str, limit: int) -> str:
    """Build a block to copy, of at most `limit` units, that no text can break out of."""
    body = strip_invisible(text).replace("``", f"`{ZWSP}`").replace("``", f"`{ZWSP}`")
    body = body.replace("@", "@" + ZWSP).replace("<", "<" + ZWSP)
    shown = _fit_pieces(_iter_clusters(body), limit - 8).strip("\n")
    return f"```\n{shown}\n```" if shown else ""


def _iter_clusters(text: str) -> Iterator[str]:
    """Yield visible letters. Marks, joiners and flags stay with their base."""
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


def count_units(text: str) -> int:
    """Count UTF-16 units, the strictest way to apply a limit."""
    return len(text) + sum(char > "\uffff" for char in text)


def _fit_pieces(pieces: Iterator[str], limit: int) -> str:
    out: list[str] = []
    size = 0
    for piece in pieces:
        if size + count_units(piece) > limit:
            while out and size + 1 > limit:
                size -= count_units(out.pop())
            return "".join(out).rstrip() + ELLIPSIS if limit > 0 else ""
        out.append(piece)
        size += count_units(piece)
    return "".join(out)
