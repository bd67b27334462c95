"""Texts of the audit log, for /limits log and the log channel, without live mentions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from bot.core.audit.model import AuditRow
from bot.core.limits.describe import truncate_lines
from bot.core.limits.quota import EXEMPT
from bot.core.text.escape import escape_text
from bot.core.text.format import format_count, format_timestamp
from bot.core.ui.card import Embed, MessageCard

PAGE_SIZE: Final = 15  # changes on a page of the log
TEXT_MAX: Final = 200
MESSAGE_MAX: Final = 1800  # of Discord's 2000: a last line may follow
TIMESTAMP_AFTER: Final = timedelta(minutes=2)
_MENTION_PATTERN: Final = re.compile(r"(<(?:@&|@|#)[0-9]{1,20}>)")


def audit_log_card(rows: tuple[AuditRow, ...], total: int, page: int, name: str) -> MessageCard:
    """Show a page of changes, newest first. `name` is the member, empty for all."""
    about = f" about {name}" if name else ""
    pages = max(1, -(-total // PAGE_SIZE))
    if not total:
        return MessageCard(f"No changes{about} yet. Every change will be listed here.")
    if not rows:
        are = "is" if pages == 1 else "are"
        return MessageCard(f"There {are} only {format_count(pages, 'page')}{about}.")
    lines = [f"{format_timestamp(row.at)} {format_change(row)}" for row in rows]
    footer = f"Page {page} of {pages}." + (
        " For older changes, use the page option." if page < pages else ""
    )
    title = f"{format_count(total, 'change')}{about}"
    return MessageCard("Change log", Embed(title, truncate_lines(lines), footer=footer))


def format_message(rows: tuple[AuditRow, ...], now: float) -> tuple[str, int]:
    """Return a log channel message, oldest change first, and how many changes fit.

    Old changes at `now` (seconds since 1970) have their time added.
    """
    lines: list[str] = []
    length = 0
    for row in rows:
        late = now - row.at.timestamp() > TIMESTAMP_AFTER.total_seconds()
        told = f"{format_timestamp(row.at)} {format_change(row)}" if late else format_change(row)
        length += len(told) + 1
        if lines and length > MESSAGE_MAX:
            break
        lines.append(told)
    return "\n".join(lines), len(lines)


def format_change(row: AuditRow) -> str:
    """Describe one change with its author, target and content."""
    by = f"<@{row.actor}>" if row.actor else "I"
    return f"{by} · {describe_change(row)}"


def describe_change(row: AuditRow) -> str:
    """Describe what was changed, from what to what."""
    kind, _, target = row.target.partition(":")
    mention = {"member": f"<@{target}>", "role": f"<@&{target}>", "channel": f"<#{target}>"}
    whom = mention.get(kind, "this server")
    family, _, what = row.action.partition(".")
    # What a moderator typed is no mention, even where it reads like one.
    typed = family not in ("settings", "limits") or what.endswith("words")
    show = _escape_piece if typed else escape_except_mentions
    old, new = show(row.old), show(row.new)
    match family, what:
        case "limits", "grant":
            return f"{whom}: {new}"
        case "limits", "reset":
            return f"{whom}: {old}, returned"
        case "limits", _ if what == EXEMPT:
            return f"{whom}: {'exempt' if row.new else 'no longer exempt'}"
        case "block", "lifted":
            return f"{whom}: unblocked"
        case "block", _:
            return f"{whom}: blocked {escape_text(row.new, TEXT_MAX)}"
        case "pause", "lifted":
            return f"{whom}: drawing continues, it was paused {old}"
        case "pause", _:
            return f"{whom}: drawing is paused {new}"
        case "picture", _:
            return f"{whom}: one of their pictures was {what}"
        case "job", _:
            return f"{whom}: one of their jobs was {what}"
        case "triggers", "add":
            return f"{whom}: trigger “{escape_text(row.new, TEXT_MAX)}” added"
        case "triggers", "remove":
            return f"{whom}: trigger “{escape_text(row.old, TEXT_MAX)}” removed"
        case "triggers", "enable":
            return f"{whom}: trigger phrases {new or old}"
        case (("settings" | "limits"), _):
            return f"{whom}: {what.replace('_', ' ')} {old or 'not set'} → {new or 'not set'}"
        case _:
            name = f"{family} {what}".replace("_", " ").strip()
            became = f"{old} → {new}" if old and new else old or new
            return f"{whom}: {name} {became}".rstrip()


def escape_except_mentions(text: str) -> str:
    """Escape stored text but keep Discord's mentions."""
    pieces = filter(None, _MENTION_PATTERN.split(text[: 4 * TEXT_MAX]))
    return "".join(p if _MENTION_PATTERN.fullmatch(p) else _escape_piece(p) for p in pieces)


def _escape_piece(piece: str) -> str:
    """`echo` flattens spaces at the ends, which stand between two mentions here."""
    words = escape_text(piece, TEXT_MAX)
    left, right = " " * (piece[:1] == " "), " " * (piece[-1:] == " ")
    return f"{left}{words}{right}" if words else piece[:1]
