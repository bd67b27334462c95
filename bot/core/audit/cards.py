"""What was changed, by whom: a page of the record, a message of the log channel, one change in a
line. No line notifies anybody, and no word in it is live."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from bot.core.audit.model import AuditRow
from bot.core.limits.describe import fit
from bot.core.limits.quota import EXEMPT
from bot.core.text.escape import echo
from bot.core.text.format import plural, when
from bot.core.ui.card import Card, Panel, Tone

PAGE: Final = 15  # changes on a page of the log
WORDS_MAX: Final = 200
MESSAGE_MAX: Final = 1800  # of Discord's 2000: a last line may follow
LATE: Final = timedelta(minutes=2)
_MENTION: Final = re.compile(r"(<(?:@&|@|#)[0-9]{1,20}>)")


def log(rows: tuple[AuditRow, ...], total: int, page: int, name: str) -> Card:
    """A page of changes, newest first. `name` is whom they are about, empty for all."""
    about = f" about {name}" if name else ""
    pages = max(1, -(-total // PAGE))
    if not total:
        return Card(f"Nothing was changed here{about} yet. Every change will stand here.")
    if not rows:
        return Card(f"There {'is' if pages == 1 else 'are'} {plural(pages, 'page')}{about}.")
    lines = [f"{when(row.at)} {line(row)}" for row in rows]
    footer = f"Page {page} of {pages}." + (" Older: the option page." if page < pages else "")
    title = f"{plural(total, 'change')}{about}"
    return Card("Who changed what.", Panel(title, fit(lines), Tone.CALM, footer=footer))


def said(rows: tuple[AuditRow, ...], now: float) -> tuple[str, int]:
    """A message of the log channel, oldest change first, and how many changes fit into it.

    A change that is older than some minutes at `now` (seconds since 1970) says when it was.
    """
    lines: list[str] = []
    length = 0
    for row in rows:
        late = now - row.at.timestamp() > LATE.total_seconds()
        told = f"{when(row.at)} {line(row)}" if late else line(row)
        length += len(told) + 1
        if lines and length > MESSAGE_MAX:
            break
        lines.append(told)
    return "\n".join(lines), len(lines)


def said_again(rows: tuple[AuditRow, ...]) -> str:
    """The message of exactly these changes, which fitted into one when it was first meant."""
    return "\n".join(map(line, rows))


def line(row: AuditRow) -> str:
    """One change: who did it, to whom, and what it was."""
    by = f"<@{row.actor}>" if row.actor else "I"
    return f"{by} · {change(row)}"


def change(row: AuditRow) -> str:
    """What was changed, of whom, from what to what."""
    kind, _, target = row.target.partition(":")
    mention = {"member": f"<@{target}>", "role": f"<@&{target}>", "channel": f"<#{target}>"}
    whom = mention.get(kind, "this server")
    family, _, what = row.action.partition(".")
    # What a moderator typed is no mention, even where it reads like one.
    typed = family not in ("settings", "limits") or what.endswith("words")
    show = _kept if typed else shown
    old, new = show(row.old), show(row.new)
    match family, what:
        case "limits", "grant":
            return f"{whom}: {new}"
        case "limits", "reset":
            return f"{whom}: {old}, given back"
        case "limits", _ if what == EXEMPT:
            return f"{whom}: {'exempt' if row.new else 'no longer exempt'}"
        case "block", "lifted":
            return f"{whom}: unblocked"
        case "block", _:
            return f"{whom}: blocked {echo(row.new, WORDS_MAX)}"
        case "picture", _:
            return f"{whom}: a picture of theirs {what}"
        case "job", _:
            return f"{whom}: a job of theirs {what}"
        case "triggers", "add":
            return f"{whom}: trigger “{echo(row.new, WORDS_MAX)}” added"
        case "triggers", "remove":
            return f"{whom}: trigger “{echo(row.old, WORDS_MAX)}” removed"
        case "triggers", "enable":
            return f"{whom}: trigger phrases {new or old}"
        case (("settings" | "limits"), _):
            return f"{whom}: {what.replace('_', ' ')} {old or 'not set'} → {new or 'not set'}"
        case _:
            name = f"{family} {what}".replace("_", " ").strip()
            became = f"{old} → {new}" if old and new else old or new
            return f"{whom}: {name} {became}".rstrip()


def shown(text: str) -> str:
    """Stored words, shown: Discord's mentions stay, nothing else in them is live."""
    pieces = _MENTION.split(text[: 4 * WORDS_MAX])
    return "".join(
        piece if _MENTION.fullmatch(piece) else _kept(piece) for piece in pieces if piece
    )


def _kept(piece: str) -> str:
    """`echo` flattens spaces at the ends, which stand between two mentions here."""
    words = echo(piece, WORDS_MAX)
    left, right = " " * (piece[:1] == " "), " " * (piece[-1:] == " ")
    return f"{left}{words}{right}" if words else piece[:1]
