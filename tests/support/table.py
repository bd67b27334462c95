"""Tables in the test report: a test hands in a row, the end of the run prints them.

Rows travel as properties of the test's report, so they come home from xdist's workers, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias

PROPERTY: Final = "table"

Row: TypeAlias = tuple[str, dict[str, str]]
AddRow: TypeAlias = Callable[..., None]
"""`row("Title", fault="hang", over="HTTP", ended="returned")`: one line of the table "Title"."""


def adder(record_property: Callable[[str, object], None]) -> AddRow:
    """What the fixture `row` hands out."""

    def add(title: str, **cells: object) -> None:
        record_property(PROPERTY, [title, {name: str(cell) for name, cell in cells.items()}])

    return add


def rows_of(reports: Iterable[Any]) -> Iterator[Row]:
    """The rows that passed tests handed in."""
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                title, cells = value
                yield str(title), {str(k): str(v) for k, v in cells.items()}


def drawn(rows: Iterable[Row]) -> Iterator[str]:
    """All tables as lines of text, each under its title, sorted by their first columns."""
    tables: dict[str, list[dict[str, str]]] = {}
    for title, cells in rows:
        tables.setdefault(title, []).append(cells)
    for title, lines in sorted(tables.items()):
        heads = list(dict.fromkeys(name for cells in lines for name in cells))
        widths = [max(len(h), *(len(cells.get(h, "")) for cells in lines)) for h in heads]
        yield ""
        yield f"{title} ({len(lines)})"
        yield "  ".join(h.ljust(w) for h, w in zip(heads, widths, strict=True)).rstrip()
        for line in sorted([cells.get(h, "") for h in heads] for cells in lines):
            yield "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()
