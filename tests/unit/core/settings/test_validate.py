"""The checks of what moderators choose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.errors import Refused
from bot.core.policy import DEFAULT_SETTINGS, GuildSettings, RoleBounds
from bot.core.settings.validate import (
    BOUND_MINIMUMS,
    CHANNELS_MAX,
    ROLES_MAX,
    WORD_MAX,
    WORDS_MAX,
    check_settings,
)
from tests.support.shelf import SHELF
from tests.unit.core.make import FLUX, SDXL

HOST = DrawingBounds()
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo")


def checked(old: GuildSettings = DEFAULT_SETTINGS, **changes: Any) -> GuildSettings:
    return check_settings(old, replace(old, **changes), SHELF, HOST, ZONES)


def refused(old: GuildSettings = DEFAULT_SETTINGS, **changes: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        checked(old, **changes)
    return caught.value


def test_what_does_not_change_is_not_looked_at() -> None:
    """A model that has left the server keeps nobody from changing something else."""
    old = replace(DEFAULT_SETTINGS, model="gone", images_max=99, time_zone="Nowhere")
    assert checked(old, drawing=False) == replace(old, drawing=False)


def test_names_are_kept_as_the_server_lists_them() -> None:
    assert checked(model="sdxl").model == SDXL.name
    assert checked(model=" ").model == ""
    assert checked(models=("flux dev", "SDXL", FLUX.name)).models == (FLUX.name, SDXL.name)
    assert checked(loras=("add detail",)).loras == ("detail/add_detail",)
    old = replace(DEFAULT_SETTINGS, models=("gone",))
    assert checked(old, models=("gone", "sdxl")).models == ("gone", SDXL.name)


def test_a_title_of_two_models_is_refused_with_their_full_names() -> None:
    twins = (Model("a/dream.safetensors", "Dream"), Model("b/dream.safetensors", "Dream"))
    new = replace(DEFAULT_SETTINGS, model="dream")
    with pytest.raises(Refused, match=r"a/dream\.safetensors or b/dream\.safetensors"):
        check_settings(DEFAULT_SETTINGS, new, CatalogSnapshot(models=twins), HOST, ZONES)


@pytest.mark.parametrize(
    ("field", "rule"), [("model", "settings.model"), ("loras", "settings.lora")]
)
def test_an_unknown_name_is_refused_with_what_comes_close(field: str, rule: str) -> None:
    typed = {"model": "flux dv", "loras": ("add detial",)}[field]
    answer = refused(**{field: typed})
    assert answer.rule == rule
    assert {"model": "Flux Dev", "loras": "Add Detail"}[field] in answer.sentence


@pytest.mark.parametrize("name", BOUND_MINIMUMS)
def test_a_bound_goes_from_the_least_to_the_hosts(name: str) -> None:
    least, most = BOUND_MINIMUMS[name], getattr(HOST, name)
    for value in (None, least, most):
        assert getattr(checked(**{name: value}), name) == value
    for value in (least - 0.25, most + 1, -1):
        answer = refused(**{name: value})
        assert answer.rule == f"settings.{name}"
        assert f"{most:g}" in answer.sentence


def test_the_bounds_of_a_role_are_checked_where_they_changed_and_empty_ones_dropped() -> None:
    old = replace(DEFAULT_SETTINGS, roles=(RoleBounds(5, images_max=99),))
    made = checked(old, roles=(RoleBounds(5, images_max=99, models=("sdxl",)), RoleBounds(6)))
    assert made.roles == (RoleBounds(5, images_max=99, models=(SDXL.name,)),)
    assert refused(roles=(RoleBounds(5, images_max=99),)).rule == "settings.images_max"
    assert checked(old, roles=(RoleBounds(5),)).roles == ()


@pytest.mark.parametrize(
    ("field", "most", "make"),
    [
        ("channels", CHANNELS_MAX, lambda n: n + 1),
        ("words", WORDS_MAX, lambda n: f"word{n}"),
        ("roles", ROLES_MAX, lambda n: RoleBounds(n + 1, steps_max=5)),
    ],
)
def test_a_list_may_be_so_long_and_no_longer(field: str, most: int, make: Any) -> None:
    assert len(getattr(checked(**{field: tuple(map(make, range(most)))}), field)) == most
    answer = refused(**{field: tuple(map(make, range(most + 1)))})
    assert answer.rule == "settings.many"
    assert str(most) in answer.sentence


def test_channels_are_kept_once_and_words_without_blanks_in_any_case() -> None:
    assert checked(channels=(7, 7, 0, -3, 8)).channels == (7, 8)
    assert checked(log_channel=-4).log_channel == 0
    assert checked(words=("  Red   Fox ", "red fox", "", " ")).words == ("Red Fox",)


@pytest.mark.parametrize("word", ["x" * (WORD_MAX + 1), "!!!", "a*b", "a*"])
def test_a_word_that_cannot_be_looked_for_is_refused(word: str) -> None:
    assert refused(words=("fine", word)).rule == "settings.word"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", ""), ("europe/berlin", "Europe/Berlin"), ("America/new york", "America/New_York")],
)
def test_a_zone_is_kept_in_its_own_spelling(typed: str, kept: str) -> None:
    old = replace(DEFAULT_SETTINGS, time_zone="Asia/Tokyo")
    assert checked(old, time_zone=typed).time_zone == kept


def test_a_city_alone_is_a_suggestion() -> None:
    answer = refused(time_zone="tokyo")
    assert answer.rule == "settings.time_zone"
    assert "Asia/Tokyo" in answer.sentence
    assert refused(time_zone="Zzz").rule == "settings.time_zone"
    assert refused(language="de").rule == "settings.language"
    assert checked(language=" EN ").language == "en"
