"""What was changed, by whom: a page of the record, and one change in a line."""

from __future__ import annotations

from typing import Final

from bot.core.card import Card, Panel, Tone
from bot.core.prompt import echo
from bot.core.quota import EXEMPT
from bot.core.words import plural, when
from bot.flow.limit_words import fit
from bot.flow.ports import AuditRow

PAGE: Final = 15  # changes on a page of the log


def log(rows: tuple[AuditRow, ...], total: int, page: int, name: str) -> Card:
    """A page of changes, newest first. `name` is whom they are about, empty for all."""
    about = f" about {name}" if name else ""
    pages = max(1, -(-total // PAGE))
    if not total:
        return Card(f"Nothing was changed here{about} yet. Every change will stand here.")
    if not rows:
        return Card(f"There {'is' if pages == 1 else 'are'} {plural(pages, 'page')}{about}.")
    lines = [f"{when(row.at)} <@{row.actor}> · {change(row)}" for row in rows]
    footer = f"Page {page} of {pages}." + (" Older: the option page." if page < pages else "")
    title = f"{plural(total, 'change')}{about}"
    return Card("Who changed what.", Panel(title, fit(lines), Tone.CALM, footer=footer))


def change(row: AuditRow) -> str:
    kind, _, target = row.target.partition(":")
    whom = {"member": f"<@{target}>", "role": f"<@&{target}>"}.get(kind, "this server")
    family, _, what = row.action.partition(".")
    if family == "limits" and what == "grant":
        return f"{whom}: {row.new}"
    if family == "limits" and what == "reset":
        return f"{whom}: {row.old}, given back"
    if family == "block":
        return f"{whom}: {'unblocked' if what == 'lifted' else f'blocked {echo(row.new, 120)}'}"
    if family == "limits" and what == EXEMPT:
        return f"{whom}: {'exempt' if row.new else 'no longer exempt'}"
    name = what.replace("_", " ")
    return f"{whom}: {name} {row.old or 'not set'} → {row.new or 'not set'}"
