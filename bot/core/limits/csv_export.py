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
from bot.core.limits.model import LimitRow, Use
from bot.core.limits.quota import EXEMPT, NUMBERS, Scope, Window
from bot.core.text.format import plural
from bot.core.ui.card import Card, Shown, Upload

ROWS_MAX: Final = 10_000
Cell: TypeAlias = str | int | None
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def files(
    changes: tuple[AuditRow, ...],
    total: int,
    rules: tuple[LimitRow, ...],
    use: tuple[Use, ...],
    at: Window,
) -> Shown:
    """The three files with a line on what is in them."""
    content = (
        f"{plural(len(changes), 'change')} (newest first), {plural(len(rules), 'rule')}, and the "
        f"use of {plural(len(use), 'member')} in {at.month}. Times are UTC."
    )
    if total > len(changes):
        content += f" Of {total:,} changes these are the newest."
    if len(use) == ROWS_MAX:
        content += f" Of the use, those {ROWS_MAX:,} who drew most."
    return Shown(
        Card(content),
        (
            Upload(f"changes-{at.day}.csv", _changes(changes), "Who changed what"),
            Upload(f"rules-{at.day}.csv", _rules(rules), "The limits that were set"),
            Upload(f"use-{at.month}.csv", _use(use), "How much members drew this month"),
        ),
    )


def _changes(rows: Iterable[AuditRow]) -> bytes:
    head = ("time", "by", "action", "about", "from", "to")
    return table(
        head,
        (
            (_time(row.at), _by(row.actor), row.action, _about(row.target), row.old, row.new)
            for row in rows
        ),
    )


def _rules(rows: Iterable[LimitRow]) -> bytes:
    head = ("for", "who", *NUMBERS, EXEMPT, "set_by", "set_at")
    return table(
        head,
        (
            (
                "server" if row.scope is Scope.GUILD else row.scope.value,
                "" if row.scope is Scope.GUILD else _about(f"{row.scope.value}:{row.target}"),
                *(_number(row, name) for name in NUMBERS),
                "yes" if row.numbers.get(EXEMPT) else "",
                _by(row.set_by),
                _time(row.set_at),
            )
            for row in rows
        ),
    )


def _use(rows: Iterable[Use]) -> bytes:
    head = (
        "member",
        "name",
        "used_today",
        "used_this_month",
        "given_back_this_month",
        "granted_today",
    )
    return table(
        head,
        (
            (f"<@{row.user}>", row.name, row.day, row.month, row.given_back, row.granted)
            for row in rows
        ),
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> bytes:
    """A CSV file in UTF-8 with the mark by which spreadsheets know it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(tuple(map(_cell, row)) for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return f"'{cell}"
    return cell


def _number(row: LimitRow, name: str) -> Cell:
    if name not in row.numbers:
        return ""
    value = row.numbers[name]
    return "unlimited" if value is None else value


def _by(user: int) -> str:
    return f"<@{user}>" if user else "the bot"


def _about(target: str) -> str:
    kind, _, number = target.partition(":")
    mention = {"member": f"<@{number}>", "role": f"<@&{number}>", "channel": f"<#{number}>"}
    return mention.get(kind, "server" if kind == "guild" else target)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
