"""The panel of /settings and its forms against Discord's own description of a request."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest

from bot.adapters.discord.render.layout import render_layout, render_modal
from bot.core.drawing.request import DrawingBounds
from bot.core.policy import GuildSettings, RoleBounds
from bot.core.settings import forms as settings_forms
from bot.core.settings import panel as settings_cards
from bot.core.settings.view import SAFETY_VIEW, WHERE_VIEW, WHO_VIEW, PanelState, SettingsView
from bot.sandbox.discord.model import EPHEMERAL, V2
from tests.support.shared import OPENAPI, VALIDATOR, needs

pytestmark = needs(OPENAPI, VALIDATOR)

CALLBACK = "/interactions/1/token/callback"
FLAKE = 123456789012345678
ROLE = SettingsView("role", FLAKE)
SEEN = PanelState(
    GuildSettings(
        channels=(FLAKE,),
        model="n1",
        models=("n1", "gone"),
        roles=(RoleBounds(FLAKE, steps_max=3, loras=("l1",)),),
        words=("orc",),
        log_channel=FLAKE,
    ),
    DrawingBounds(),
    models=tuple((f"n{number}", f"Model {number}") for number in range(40)),
    loras=(("l1", "One"), ("l2", "Two")),
    notice="This was wrong.",
    retry_form=f"words.{'a' * 20}",
)
VIEWS = (
    WHERE_VIEW,
    WHO_VIEW,
    SAFETY_VIEW,
    ROLE,
    SettingsView("models"),
    SettingsView("loras", FLAKE),
)


@pytest.fixture(scope="module")
def spec() -> Any:
    """Discord's description, ready to judge."""
    found = importlib.util.spec_from_file_location("discord_spec_validator", VALIDATOR)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["discord_spec_validator"] = module
    found.loader.exec_module(module)
    return module.SpecValidator(OPENAPI)


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_every_view_is_a_message_and_an_update(spec: Any, view: SettingsView) -> None:
    made: Any = render_layout(settings_cards.build_panel(SEEN, view)).view
    data = {"components": made.to_components(), "allowed_mentions": {"parse": []}}
    new = {"type": 4, "data": {**data, "flags": V2 | EPHEMERAL}}
    assert spec.request("POST", CALLBACK, new) == []
    assert spec.request("POST", CALLBACK, {"type": 7, "data": data}) == []


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize("kind", ["zone", "search", "bounds", "words"])
def test_every_form_is_one(spec: Any, view: SettingsView, kind: str) -> None:
    form = render_modal(settings_forms.build_form(SEEN, view, kind))
    assert spec.request("POST", CALLBACK, {"type": 9, "data": form.to_dict()}) == []
