"""Changes, limit rules and the use of a month as tables for a spreadsheet.

Ids are written as mentions, because a spreadsheet rounds bare numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeAlias

from bot.core.audit.model import AuditRow
from bot.core.limits.model import LimitRow, MemberUsage
from bot.core.limits.quota import EXEMPT, LIMIT_NAMES, Window
from bot.core.text.format import format_count
from bot.core.ui.card import FileUpload, MessageCard, MessageContent

ROWS_MAX: Final = 10_000
CsvCell: TypeAlias = str | int | None
_FORMULA_PREFIXES: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


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
    files = (
        (f"changes-{at.day}.csv", _changes_table(changes), "Change log"),
        (f"rules-{at.day}.csv", _rules_table(rules), "The limits of this server"),
        (f"use-{at.month}.csv", _usage_table(use), "How much members drew this month"),
    )
    return MessageContent(MessageCard(content), tuple(FileUpload(*file) for file in files))


def _changes_table(rows: Iterable[AuditRow]) -> bytes:
    head = ("time", "by", "action", "about", "from", "to")
    return format_csv(head, map(_change_cells, rows))


def _change_cells(row: AuditRow) -> tuple[CsvCell, ...]:
    actor, target = _format_actor(row.actor), _format_target(row.target)
    return _format_time(row.at), actor, row.action, target, row.old, row.new


def _rules_table(rows: Iterable[LimitRow]) -> bytes:
    head = ("for", "who", *LIMIT_NAMES, EXEMPT, "set_by", "set_at")
    return format_csv(head, map(_rule_cells, rows))


def _rule_cells(row: LimitRow) -> tuple[CsvCell, ...]:
    scope = row.scope.value
    of = ("server", "") if scope == "guild" else (scope, _format_target(f"{scope}:{row.target}"))
    numbers = (_format_limit(row, name) for name in LIMIT_NAMES)
    exempt = "yes" if row.limits.get(EXEMPT) else ""
    return (*of, *numbers, exempt, _format_actor(row.set_by), _format_time(row.set_at))


def _usage_table(rows: Iterable[MemberUsage]) -> bytes:
    head = ("member", "name", "used_today", "used_this_month")
    cells = ((f"<@{r.user}>", r.name, r.day, r.month, r.refunded, r.granted) for r in rows)
    return format_csv((*head, "given_back_this_month", "granted_today"), cells)


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
