"""Views of the /settings panel and the ids of its components.

Ids are `settings:<verb>:<view>:<argument>`. The verb `go` opens another view, `set` sets a field,
`pick` takes a menu's choice, `form` opens a form and `send` submits it.
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
    """Page of the panel, or a part of Who, possibly of one role (0 for everyone)."""

    name: str
    role: int = 0

    def __str__(self) -> str:
        return f"{self.name}.{self.role}" if self.role else self.name

    @classmethod
    def from_text(cls, text: str) -> SettingsView:
        """Parse the text of `str`, or return the first page."""
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
    """Data of a panel.

    `models` and `loras` are (name, title) on the server. `waiting` counts this guild's queued
    images. `retry_form` is the refused form with the draft of what was typed.
    """

    policy: GuildSettings
    host: DrawingBounds
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

    def button(
        self,
        label: str,
        verb: str,
        view: SettingsView,
        argument: str = "",
        style: ButtonStyle = ButtonStyle.SECONDARY,
    ) -> CardButton:
        """Build a button that does `verb` with the argument."""
        return CardButton("", label, self.part_id(verb, view, argument), style=style)

    def part_id(self, verb: str, view: SettingsView, argument: str) -> str:
        """Return the id of a button or menu, at most 100 characters."""
        return f"settings:{verb}:{view}:{argument}"
