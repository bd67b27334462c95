"""Parts of a layout, from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.core.ui.card import CardButton
from bot.core.ui.layout import ButtonRow, LayoutPart, SelectMenu, TextBlock


def join_text(parts: Iterable[LayoutPart]) -> str:
    """Join the paragraphs, one below the other."""
    return "\n".join(part.content for part in parts if isinstance(part, TextBlock))


def iter_buttons(parts: Iterable[LayoutPart]) -> Iterator[CardButton]:
    """Yield the buttons in rows and beside paragraphs."""
    for part in parts:
        if isinstance(part, ButtonRow):
            yield from part.buttons
        elif isinstance(part, TextBlock) and part.button is not None:
            yield part.button


def find_menus(parts: Iterable[LayoutPart]) -> list[SelectMenu]:
    """Return the menus."""
    return [part for part in parts if isinstance(part, SelectMenu)]
