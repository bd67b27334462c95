"""The forms of /settings, and how what was typed into them is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.drawing.request import DrawingBounds
from bot.core.errors import Refused
from bot.core.policy import BOUND_NAMES, DEFAULT_SETTINGS, GuildSettings, RoleBounds
from bot.core.settings import forms
from bot.core.settings.forms import FIELDS_MAX
from bot.core.settings.panel_text import WORD_LISTS
from bot.core.settings.view import SAFETY_VIEW, WHERE_VIEW, WHO_VIEW, PanelState, SettingsView
from bot.core.ui.layout import FIELD_LENGTH_MAX


def seen(policy: GuildSettings = DEFAULT_SETTINGS) -> PanelState:
    return PanelState(policy, DrawingBounds())


def test_a_form_begins_with_what_holds_or_with_what_was_typed_before() -> None:
    policy = replace(DEFAULT_SETTINGS, time_zone="Europe/Berlin")
    (field,) = forms.build_form(seen(policy), WHERE_VIEW, "zone").fields
    assert field.value == "Europe/Berlin"
    (typed,) = forms.build_form(seen(policy), WHERE_VIEW, "zone", "Pariss").fields
    assert typed.value == "Pariss"


def test_the_id_of_a_form_knows_its_view_and_what_it_showed() -> None:
    policy = replace(DEFAULT_SETTINGS, words=("shark",))
    mark = forms.fingerprint_text("shark")
    form = forms.build_form(seen(policy), SAFETY_VIEW, "words", "whale")
    assert form.custom_id == f"settings:send:safety:words.{mark}"
    assert forms.fingerprint_text("whale") != mark
    assert len(mark) == 8


def test_bounds_have_a_field_each_and_come_back_as_they_were() -> None:
    policy = replace(
        DEFAULT_SETTINGS, images_max=2, roles=(RoleBounds(5, 3, None, 1.5),), megapixels_max=2.0
    )
    for view, numbers in (
        (WHO_VIEW, {"images_max": 2, "steps_max": None, "megapixels_max": 2.0}),
        (SettingsView("role", 5), {"images_max": 3, "steps_max": None, "megapixels_max": 1.5}),
    ):
        form = forms.build_form(seen(policy), view, "bounds")
        assert [field.custom_id for field in form.fields] == list(BOUND_NAMES)
        typed = forms.join_fields("bounds", {one.custom_id: one.value for one in form.fields})
        assert forms.parse_bounds(typed) == numbers


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1.5", 1.5), ("1,5", 1.5), (" 2 ", 2.0), ("", None)],
)
def test_a_size_may_be_typed_with_a_comma(typed: str, number: float | None) -> None:
    assert forms.parse_bounds(f"4\n20\n{typed}")["megapixels_max"] == number


@pytest.mark.parametrize("typed", ["x", "1.5", "-1", "1e3", "\u0661", "2\u00b2"])
def test_what_is_no_whole_number_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as caught:
        forms.parse_bounds(f"{typed}\n\n")
    assert caught.value.rule == "settings.number"
    assert forms.BOUND_LABELS["images_max"] in caught.value.sentence


@pytest.mark.parametrize("kind", WORD_LISTS)
def test_a_word_a_line_and_blank_lines_are_none(kind: str) -> None:
    joined = forms.join_fields(kind, {"lines1": "a\n\n b ", "lines2": "  ", "lines3": "c"})
    assert forms.split_lines(joined) == ("a", "b", "c")


@pytest.mark.parametrize(("count", "fields"), [(0, 1), (1, 1), (35, 1), (36, 2), (160, 5)])
def test_a_long_list_is_parted_into_fields_with_room_for_more(count: int, fields: int) -> None:
    words = tuple(f"{number:099}" for number in range(count))
    form = forms.build_form(seen(replace(DEFAULT_SETTINGS, words=words)), SAFETY_VIEW, "words")
    assert len(form.fields) == fields
    assert all(len(field.value) <= FIELD_LENGTH_MAX for field in form.fields)
    typed = forms.join_fields("words", {one.custom_id: one.value for one in form.fields})
    assert forms.split_lines(typed) == words


def test_a_list_that_no_form_holds_is_refused() -> None:
    words = tuple(f"{number:099}" for number in range(FIELDS_MAX * 40 + 1))
    with pytest.raises(Refused) as caught:
        forms.build_form(seen(replace(DEFAULT_SETTINGS, words=words)), SAFETY_VIEW, "words")
    assert caught.value.rule == "settings.form"


ZONES = ("Europe/Berlin", "America/New_York", "America/Argentina/San_Juan", "America/Sao_Paulo")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ()),
        ("  ", ()),
        ("europe/berlin", ("Europe/Berlin",)),
        ("BERLIN", ("Europe/Berlin",)),
        ("new york", ("America/New_York",)),
        ("america", ("America/Argentina/San_Juan", "America/New_York", "America/Sao_Paulo")),
        ("Pariss", ()),
    ],
)
def test_a_zone_is_found_by_its_name_its_city_or_a_part(typed: str, found: tuple[str, ...]) -> None:
    assert forms.find_zones(typed, ZONES) == found


def test_a_city_that_was_mistyped_is_offered() -> None:
    assert forms.find_similar_zones("berlim", ZONES) == ("Europe/Berlin",)
    assert forms.find_similar_zones("zzzz", ZONES) == ()
