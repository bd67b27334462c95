"""What of the /settings panel is seen, and the ids by which its parts come back."""

from __future__ import annotations

import pytest

from bot.core.drawing.request import DrawingBounds
from bot.core.policy import DEFAULT_SETTINGS
from bot.core.settings.view import (
    VIEW_NAMES,
    WHERE_VIEW,
    PanelState,
    SettingsView,
)

SEEN = PanelState(DEFAULT_SETTINGS, DrawingBounds())


@pytest.mark.parametrize("role", [0, 1, 2**63 - 1])
@pytest.mark.parametrize("name", VIEW_NAMES)
def test_a_view_comes_back_as_it_was_written(name: str, role: int) -> None:
    view = SettingsView(name, role)
    assert SettingsView.from_text(str(view)) == view
    assert ":" not in str(view)


@pytest.mark.parametrize("text", ["", "nowhere", "role.x", "role.-1", "WHO", "where.1.5"])
def test_what_no_view_has_written_is_the_first_page(text: str) -> None:
    assert SettingsView.from_text(text) == WHERE_VIEW


def test_a_part_knows_what_it_does_and_where() -> None:
    made = SEEN.part_id("pick", SettingsView("models", 2**63 - 1), "remove")
    assert made.split(":") == ["settings", "pick", f"models.{2**63 - 1}", "remove"]
    assert len(made) <= 100


def test_a_button_has_the_id_of_its_part() -> None:
    button = SEEN.button("Change", "form", WHERE_VIEW, "zone")
    assert button.custom_id == SEEN.part_id("form", WHERE_VIEW, "zone")
    assert button.label == "Change"
