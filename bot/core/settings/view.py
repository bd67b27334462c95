"""What of the /settings panel is seen, and the ids by which its parts come back.

`settings:<verb>:<view>:<argument>:<pass>`: they work after a restart, and two panels side by side
each change only what was pressed. What the pass is, the adapter knows: it says under which right
the panel was opened.

    go     to another view          set    one field to the argument     pick   from a menu
    form   opens a form             send   brings it back
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.core.drawing.request import DrawingBounds
from bot.core.policy import GuildSettings
from bot.core.ui.card import ButtonStyle, CardButton


@dataclass(frozen=True, slots=True)
class SettingsView:
    """What of the panel is seen: a page, or a part of Who, perhaps of one role (0: everybody)."""

    name: str
    role: int = 0

    def __str__(self) -> str:
        return f"{self.name}.{self.role}" if self.role else self.name

    @classmethod
    def from_text(cls, text: str) -> SettingsView:
        """What `str` made; the first page for what it cannot have made."""
        name, _, role = text.partition(".")
        if name not in VIEW_NAMES or (role and not role.isdecimal()):
            return WHERE_VIEW
        return cls(name, int(role or 0))


WHERE_VIEW: Final = SettingsView("where")
WHO_VIEW: Final = SettingsView("who")
SAFETY_VIEW: Final = SettingsView("safety")
VIEW_NAMES: Final = ("where", "who", "safety", "role", "models", "loras")


@dataclass(frozen=True, slots=True)
class PanelState:
    """What a panel is made of. `stamp` is its pass; `told` is what just happened, said first.

    `models` and `loras` are (name, title) as the server lists them now. `waiting` are this
    server's pictures in line, `list_role_names` its roles. `log_lost`: its log channel could not be
    written the last time. `near` are time zones or names that a search
    found; `correct` is the form, with the draft that keeps what was typed, that a refused one can
    be opened as again.
    """

    policy: GuildSettings
    host: DrawingBounds
    pass_token: str
    host_zone: str = "UTC"
    ring_after_s: float = 60.0
    models: tuple[tuple[str, str], ...] = ()
    loras: tuple[tuple[str, str], ...] = ()
    waiting: int = 0
    notice: str = ""
    is_error: bool = False
    search_results: tuple[str, ...] = ()
    retry_form: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    role_names: Mapping[int, str] = field(default_factory=dict)
    log_channel_lost: bool = False


def action_button(
    label: str,
    verb: str,
    view: SettingsView,
    argument: str,
    seen: PanelState,
    style: ButtonStyle = ButtonStyle.SECONDARY,
) -> CardButton:
    """A button that does `verb` with the argument."""
    return CardButton("", label, build_part_id(verb, view, argument, seen), style=style)


def build_part_id(verb: str, view: SettingsView, argument: str, seen: PanelState) -> str:
    """The id of a button or menu; at most 100 characters."""
    return f"settings:{verb}:{view}:{argument}:{seen.pass_token}"
