"""Cards, which are messages before rendering, with their sizes and order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

CONTENT_MAX: Final = 2000  # Discord's bounds in characters of a message and of an embed's text
EMBED_TEXT_MAX: Final = 4096


class CardTone(Enum):
    """Colour of a card's edge. The first line says the same in words."""

    CALM = "calm"
    BUSY = "busy"
    GOOD = "good"
    BAD = "bad"


class ButtonStyle(Enum):
    """Style of a button."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SUCCESS = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class CardButton:
    """Button with `custom_id` as `action[:argument]:target`, where target is a job or draft.

    `row` (0 to 4) is its row, None the first row with room.
    """

    action: str
    label: str
    target: str
    argument: str = ""
    style: ButtonStyle = ButtonStyle.SECONDARY
    disabled: bool = False
    row: int | None = None

    @property
    def custom_id(self) -> str:
        """Return the id that Discord sends back on a click, at most 100 characters."""
        return ":".join(part for part in (self.action, self.argument, self.target) if part)


@dataclass(frozen=True, slots=True)
class Embed:
    """The one embed of a card. `image` is the file name of a picture sent along, or empty."""

    title: str
    body: str = ""
    tone: CardTone = CardTone.CALM
    image: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class MessageCard:
    """Whole message as values. `ping_user` is the one user who may be mentioned, or None.

    `spoiler` hides every picture sent with it until a click.
    """

    content: str = ""
    embed: Embed | None = None
    buttons: tuple[CardButton, ...] = ()
    ping_user: int | None = None
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class FileUpload:
    """A file of a message. `alt` is its description for those who cannot see it."""

    name: str
    data: bytes = field(repr=False)
    alt_text: str = ""
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class MessageContent:
    """Card with its files. An edit replaces text, embed, buttons and files."""

    card: MessageCard
    files: tuple[FileUpload, ...] = ()
