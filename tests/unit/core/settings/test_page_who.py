"""The page Who of /settings: models, LoRAs and bounds, for everybody and for roles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.drawing.name_match import build_item_key
from bot.core.drawing.request import DrawingBounds
from bot.core.policy import DEFAULT_SETTINGS, RoleBounds
from bot.core.settings import page_who
from bot.core.settings.page_who import HOST_VALUE, ROLES_SHOWN
from bot.core.settings.view import PanelState, SettingsView
from bot.core.ui.layout import OPTIONS_MAX, SelectMenu
from tests.support.layout import iter_buttons, join_text

MODELS = tuple((f"m{number:02}.safetensors", f"Model {number:02}") for number in range(40))
HOST = DrawingBounds()


def seen(models: tuple[tuple[str, str], ...] = MODELS[:3], **more: Any) -> PanelState:
    choices = {name: more.pop(name) for name in ("model", "models", "roles") if name in more}
    policy = replace(DEFAULT_SETTINGS, **choices)
    return PanelState(policy, HOST, models=models, titles=dict(models), **more)


def menu(parts: list[Any], argument: str) -> SelectMenu | None:
    menus = [one for one in parts if isinstance(one, SelectMenu)]
    return next((one for one in menus if one.custom_id.split(":")[3] == argument), None)


def verbs(parts: list[Any]) -> list[str]:
    buttons = iter_buttons(parts)
    return [":".join(one.custom_id.split(":")[1:4]) for one in buttons]


@pytest.mark.parametrize(("count", "search"), [(0, False), (OPTIONS_MAX - 1, False), (25, True)])
def test_a_search_is_offered_where_no_menu_holds_all(count: int, search: bool) -> None:
    parts = page_who.who_parts(seen(MODELS[:count]))
    assert ("form:who:search" in verbs(parts)) is search
    chosen = menu(parts, "model")
    assert (chosen is None) is (count == 0)
    assert chosen is None or len(chosen.options) == min(count + 1, OPTIONS_MAX)


def test_the_default_that_is_chosen_is_marked_even_where_it_is_far_down_the_list() -> None:
    for model, value in (("", HOST_VALUE), (MODELS[39][0], build_item_key(MODELS[39][0]))):
        found = menu(page_who.who_parts(seen(MODELS, model=model)), "model")
        assert found is not None
        assert [one.value for one in found.options if one.chosen] == [value]
        assert len(found.options) <= OPTIONS_MAX


def test_a_search_leaves_in_the_menu_what_it_found() -> None:
    found = menu(page_who.who_parts(seen(MODELS, search_results=(MODELS[30][0],))), "model")
    assert found is not None
    assert [one.label for one in found.options[1:]] == ["Model 30"]


@pytest.mark.parametrize("count", [0, 1, ROLES_SHOWN, ROLES_SHOWN + 1])
def test_the_first_roles_are_listed_and_a_deleted_one_can_be_opened(count: int) -> None:
    roles = tuple(RoleBounds(100 + number, images_max=2) for number in range(count))
    parts = page_who.who_parts(seen(roles=roles, role_names={100: "Artists"}))
    text = join_text(parts)
    assert sum(f"<@&{one.role}>" in text for one in roles) == min(count, ROLES_SHOWN)
    ruled = menu(parts, "ruled")
    assert (ruled is None) is (count == 0)
    if ruled is not None:
        assert [one.value for one in ruled.options] == [str(one.role) for one in roles]
        assert ruled.options[0].label == "Artists"
        assert all("101" in one.label for one in ruled.options[1:2])


def test_all_that_a_role_has_can_be_taken_back_and_nothing_where_it_has_nothing() -> None:
    view = SettingsView("role", 5)
    empty = page_who.role_parts(seen(), view)
    full = page_who.role_parts(seen(roles=(RoleBounds(5, steps_max=9),)), view)
    assert "set:role.5:role=" not in verbs(empty)
    assert "set:role.5:role=" in verbs(full)
    assert "9 steps" in join_text(full)
    for parts in (empty, full):
        assert {"form:role.5:bounds", "go:models.5:", "go:loras.5:"} <= set(verbs(parts))


def test_a_listing_adds_what_is_free_and_takes_away_what_is_chosen() -> None:
    first, second, third = (name for name, _ in MODELS[:3])
    parts = page_who.list_parts(seen(models=MODELS[:3]), SettingsView("models"))
    free, taken = menu(parts, "add"), menu(parts, "remove")
    assert free is not None
    assert [one.value for one in free.options] == [
        build_item_key(n) for n in (first, second, third)
    ]
    assert free.max_values == 3
    assert taken is None

    state = PanelState(
        replace(DEFAULT_SETTINGS, models=(second,)), HOST, models=MODELS[:3], titles={}
    )
    parts = page_who.list_parts(state, SettingsView("models"))
    free, taken = menu(parts, "add"), menu(parts, "remove")
    assert free is not None
    assert taken is not None
    assert [one.value for one in free.options] == [build_item_key(n) for n in (first, third)]
    assert [one.value for one in taken.options] == [build_item_key(second)]
    assert "set:models:list=" in verbs(parts)


def test_bounds_and_lists_are_found_for_everybody_and_for_a_role() -> None:
    own = RoleBounds(5, models=("a",), loras=("b",))
    policy = replace(DEFAULT_SETTINGS, models=("c",), roles=(own,))
    assert page_who.find_role_bounds(policy, 5) == own
    assert page_who.find_role_bounds(policy, 6) == RoleBounds(6)
    for view, chosen in (
        (SettingsView("models"), ("c",)),
        (SettingsView("models", 5), ("a",)),
        (SettingsView("loras", 5), ("b",)),
        (SettingsView("loras", 6), ()),
    ):
        assert page_who.find_chosen(policy, view) == chosen
