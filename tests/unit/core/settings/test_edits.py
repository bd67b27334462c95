"""What a press in /settings does to a server's choices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.errors import Refused
from bot.core.policy import DEFAULT_SETTINGS, PingSetting, RoleBounds
from bot.core.settings import forms
from bot.core.settings.edits import (
    MENU_PARSERS,
    edit_names,
    guard_unchanged,
    remove_role,
    set_bounds,
    set_field,
)
from bot.core.settings.view import SAFETY_VIEW, WHERE_VIEW, SettingsView

ARTISTS = RoleBounds(5, images_max=4, models=("sdxl",))
OTHERS = RoleBounds(6, steps_max=9)
POLICY = replace(DEFAULT_SETTINGS, roles=(ARTISTS, OTHERS), models=("flux",), words=("shark",))


def test_one_field_is_set_and_the_others_stay() -> None:
    edited = set_field("ring", PingSetting.NEVER)(POLICY)
    assert edited == replace(POLICY, ring=PingSetting.NEVER)


def test_bounds_of_everybody_of_a_role_and_of_a_new_role() -> None:
    numbers = {"images_max": 2, "steps_max": None}
    assert set_bounds(0, numbers)(POLICY) == replace(POLICY, images_max=2, steps_max=None)
    role = set_bounds(5, numbers)(POLICY)
    assert role.roles == (replace(ARTISTS, images_max=2), OTHERS), "its place and models stay"
    assert set_bounds(7, numbers)(POLICY).roles[-1] == RoleBounds(7, images_max=2)


def test_names_are_added_to_everybodys_list_or_to_a_roles() -> None:
    def add(chosen: tuple[str, ...]) -> tuple[str, ...]:
        return (*chosen, "new")

    assert edit_names(SettingsView("models"), add)(POLICY).models == ("flux", "new")
    assert edit_names(SettingsView("models", 5), add)(POLICY).roles[0].models == ("sdxl", "new")
    assert edit_names(SettingsView("loras", 6), add)(POLICY).roles[1].loras == ("new",)


def test_a_role_is_taken_back_alone() -> None:
    assert remove_role(5)(POLICY).roles == (OTHERS,)
    assert remove_role(9)(POLICY) == POLICY


@pytest.mark.parametrize(
    ("view", "kind"),
    [(SAFETY_VIEW, "words"), (WHERE_VIEW, "zone"), (SettingsView("role", 5), "bounds")],
)
def test_a_form_writes_only_where_nobody_has_changed_what_it_showed(
    view: SettingsView, kind: str
) -> None:
    began = forms.fingerprint_text(forms.format_current(POLICY, view, kind))
    edit = guard_unchanged(view, kind, began, set_field("language", "en"))
    assert edit(POLICY).language == "en"
    changed = replace(POLICY, words=("whale",), time_zone="UTC", roles=(OTHERS,))
    with pytest.raises(Refused) as caught:
        edit(changed)
    assert caught.value.rule == "settings.stale"


@pytest.mark.parametrize(
    ("menu", "values", "parsed"),
    [
        ("channels", (), ()),
        ("channels", ("70", "71"), (70, 71)),
        ("log_channel", (), 0),
        ("log_channel", ("70",), 70),
        ("ring", ("never",), PingSetting.NEVER),
    ],
)
def test_a_menu_is_read(menu: str, values: tuple[str, ...], parsed: object) -> None:
    assert MENU_PARSERS[menu](values) == parsed


@pytest.mark.parametrize("value", ["", "0", "-1", "x", "\u0661", str(2**63), "7.0"])
def test_what_no_menu_offers_is_no_value(value: str) -> None:
    for menu in MENU_PARSERS:
        with pytest.raises(ValueError, match=r"\w"):
            MENU_PARSERS[menu]((value,))
    assert MENU_PARSERS["channels"]((str(2**63 - 1),)) == (2**63 - 1,)
