"""Layouts and forms, before they become Components V2."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from bot.core.ui.card import CardButton, CardTone

OPTIONS_MAX: Final = 25
FIELD_LENGTH_MAX: Final = 4000
"""Discord's limits of a menu, and of what a form's field takes."""


class SelectKind(Enum):
    """Kind of choices in a menu."""

    OPTIONS = "options"
    ROLES = "roles"
    CHANNELS = "channels"  # wherever there are messages: forums and threads as well
    WRITABLE = "writable"  # where a message can be sent to


@dataclass(frozen=True, slots=True)
class MenuOption:
    """Line of a menu. `value` comes back when it is chosen."""

    value: str
    label: str
    description: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class SelectMenu:
    """Menu. `chosen` are the ids that a menu of roles or channels begins with."""

    custom_id: str
    placeholder: str
    kind: SelectKind = SelectKind.OPTIONS
    options: tuple[MenuOption, ...] = ()
    chosen: tuple[int, ...] = ()
    min_values: int = 1
    max_values: int = 1


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Paragraph in markdown, with an optional button beside it."""

    content: str
    button: CardButton | None = None


@dataclass(frozen=True, slots=True)
class ButtonRow:
    """Buttons side by side, five at most."""

    buttons: tuple[CardButton, ...]


@dataclass(frozen=True, slots=True)
class Separator:
    """A line across."""


LayoutPart: TypeAlias = TextBlock | SelectMenu | ButtonRow | Separator


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole panel. Discord takes 40 components and 4,000 characters of text."""

    parts: tuple[LayoutPart, ...]
    tone: CardTone = CardTone.CALM


@dataclass(frozen=True, slots=True)
class FormField:
    """Field of a form with its initial `value`. Empty fields come back empty."""

    custom_id: str
    label: str
    value: str = ""
    description: str = ""
    placeholder: str = ""
    max_length: int = FIELD_LENGTH_MAX
    multiline: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class ModalForm:
    """Form of one to five fields. It must be the first answer to an interaction."""

    title: str
    custom_id: str
    fields: tuple[FormField, ...]
