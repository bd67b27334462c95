"""Cards: what a message says, before it is a message. Sizes and order are decided here.

`bot/adapters/discord/render` turns a card into Discord's objects and adds nothing to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class CardTone(Enum):
    """The colour of a card's edge; the first line always says the same in words."""

    CALM = "calm"
    BUSY = "busy"
    GOOD = "good"
    BAD = "bad"


class ButtonStyle(Enum):
    """How a button looks."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SUCCESS = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class CardButton:
    """A button. `custom_id` is `action[:argument]:target`; the target is a job's or draft's id.

    `row` (0 to 4) is where it stands, None the first row with room for it.
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
        """The id that Discord gives back on a click; at most 100 characters."""
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
    """A whole message in values. `ring` is the one user id that may be mentioned, or None.

    `spoiler` says that every picture sent with it is hidden until somebody clicks it.
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
    """A card with its files, complete: an edit replaces content, panel, buttons and files."""

    card: MessageCard
    files: tuple[FileUpload, ...] = ()
