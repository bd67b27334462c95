"""The record, the rules and the use of this month as tables that a spreadsheet opens.

People's words are in them (names, reasons): a cell that a spreadsheet would take for a formula
begins with an apostrophe. Ids are written as Discord's mentions: as bare numbers a spreadsheet
rounds them, and pasted into Discord they show who it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeAlias

from bot.core.audit.model import AuditRow
from bot.core.limits.model import LimitRow, MemberUsage
from bot.core.limits.quota import EXEMPT, LIMIT_NAMES, LimitScope, Window
from bot.core.text.format import format_count
from bot.core.ui.card import FileUpload, MessageCard, MessageContent

ROWS_MAX: Final = 10_000
CsvCell: TypeAlias = str | int | None
_FORMULA_PREFIXES: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)


def build_csv_files(
    changes: tuple[AuditRow, ...],
    total: int,
    rules: tuple[LimitRow, ...],
    use: tuple[MemberUsage, ...],
    at: Window,
) -> MessageContent:
    """Build the three CSV files with a line on their content."""
    content = (
        f"{format_count(len(changes), 'change')} (newest first), "
        f"{format_count(len(rules), 'rule')}, and the "
        f"use of {format_count(len(use), 'member')} in {at.month}. Times are UTC."
    )
    if total > len(changes):
        content += f" These are the newest of {total:,} changes."
    if len(use) == ROWS_MAX:
        content += f" The use covers the {ROWS_MAX:,} members who drew most."
    return MessageContent(
        MessageCard(content),
        (
            FileUpload(f"changes-{at.day}.csv", _changes_table(changes), "Change log"),
            FileUpload(f"rules-{at.day}.csv", _rules_table(rules), "The limits of this server"),
            FileUpload(
                f"use-{at.month}.csv", _usage_table(use), "How much members drew this month"
            ),
        ),
    )


def _changes_table(rows: Iterable[AuditRow]) -> bytes:
    head = ("time", "by", "action", "about", "from", "to")
    return format_csv(
        head,
        (
            (
                _format_time(row.at),
                _format_actor(row.actor),
                row.action,
                _format_target(row.target),
                row.old,
                row.new,
            )
            for row in rows
        ),
    )


def _rules_table(rows: Iterable[LimitRow]) -> bytes:
    head = ("for", "who", *LIMIT_NAMES, EXEMPT, "set_by", "set_at")
    return format_csv(
        head,
        (
            (
                "server" if row.scope is LimitScope.GUILD else row.scope.value,
                ""
                if row.scope is LimitScope.GUILD
                else _format_target(f"{row.scope.value}:{row.target}"),
                *(_format_limit(row, name) for name in LIMIT_NAMES),
                "yes" if row.limits.get(EXEMPT) else "",
                _format_actor(row.set_by),
                _format_time(row.set_at),
            )
            for row in rows
        ),
    )


def _usage_table(rows: Iterable[MemberUsage]) -> bytes:
    head = (
        "member",
        "name",
        "used_today",
        "used_this_month",
        "given_back_this_month",
        "granted_today",
    )
    return format_csv(
        head,
        (
            (f"<@{row.user}>", row.name, row.day, row.month, row.refunded, row.granted)
            for row in rows
        ),
    )


def format_csv(head: tuple[str, ...], rows: Iterable[tuple[CsvCell, ...]]) -> bytes:
    """Build a CSV file in UTF-8 with the byte order mark that spreadsheets expect."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(tuple(map(_escape_formula, row)) for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def _escape_formula(cell: CsvCell) -> CsvCell:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA_PREFIXES):
        return f"'{cell}"
    return cell


def _format_limit(row: LimitRow, name: str) -> CsvCell:
    if name not in row.limits:
        return ""
    value = row.limits[name]
    return "unlimited" if value is None else value


def _format_actor(user: int) -> str:
    return f"<@{user}>" if user else "the bot"


def _format_target(target: str) -> str:
    kind, _, number = target.partition(":")
    mention = {"member": f"<@{number}>", "role": f"<@&{number}>", "channel": f"<#{number}>"}
    return mention.get(kind, "server" if kind == "guild" else target)


def _format_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
