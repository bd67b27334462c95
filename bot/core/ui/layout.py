"""Sheets and forms: what a settings panel says, before it is Discord's newer kind of message.

A sheet is one column, read from top to bottom. It has no pictures of its own, so nothing of it is
lost where an edit replaces it. `bot/adapters/discord/sheets` turns it into components.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from bot.core.ui.card import Button, Tone

OPTIONS_MAX: Final = 25
ENTRY_MAX: Final = 4000
"""Discord's limits of a menu, and of what a form's field takes."""


class Among(Enum):
    """What a menu lets people choose from."""

    OPTIONS = "options"
    ROLES = "roles"
    CHANNELS = "channels"  # wherever there are messages: forums and threads as well
    WRITABLE = "writable"  # where a message can be sent to


@dataclass(frozen=True, slots=True)
class Option:
    """A line of a menu; `value` comes back when it is chosen."""

    value: str
    label: str
    about: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu. `chosen` are the ids that a menu of roles or channels begins with.

    `least` to `most` may be chosen; 0 lets people choose nothing.
    """

    custom_id: str
    hint: str
    among: Among = Among.OPTIONS
    options: tuple[Option, ...] = ()
    chosen: tuple[int, ...] = ()
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph in markdown; with a button, that stands beside it."""

    words: str
    button: Button | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Buttons side by side, five at most."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Part: TypeAlias = Text | Menu | Row | Rule


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole panel. Discord takes 40 components and 4,000 characters of text."""

    parts: tuple[Part, ...]
    tone: Tone = Tone.CALM

    @property
    def said(self) -> str:
        """All its paragraphs, one below the other."""
        return "\n".join(part.words for part in self.parts if isinstance(part, Text))

    def buttons(self) -> Iterator[Button]:
        """All its buttons, from top to bottom."""
        for part in self.parts:
            if isinstance(part, Row):
                yield from part.buttons
            elif isinstance(part, Text) and part.button is not None:
                yield part.button

    def menus(self) -> Iterator[Menu]:
        """All its menus, from top to bottom."""
        for part in self.parts:
            if isinstance(part, Menu):
                yield part


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a form. `value` is what it begins with; empty fields come back empty."""

    custom_id: str
    label: str
    value: str = ""
    about: str = ""
    hint: str = ""
    most: int = ENTRY_MAX
    tall: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form of one to five fields; it opens as the first answer to a press, or never."""

    title: str
    custom_id: str
    entries: tuple[Entry, ...]
