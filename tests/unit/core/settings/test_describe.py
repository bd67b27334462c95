"""A server's choices as people read them."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from bot.core.policy import (
    DEFAULT_SETTINGS,
    AdultSetting,
    GuildSettings,
    PingSetting,
    RoleBounds,
    SpoilerSetting,
)
from bot.core.settings.describe import (
    DESCRIPTION_MAX,
    describe_bounds,
    describe_difference,
    describe_setting,
    list_changed_fields,
)

MANY = tuple(f"model-{number:03}" for number in range(200))


def test_only_fields_that_differ_are_changed() -> None:
    assert list_changed_fields(DEFAULT_SETTINGS, GuildSettings()) == ()
    new = replace(DEFAULT_SETTINGS, ring=PingSetting.NEVER, drawing=False)
    assert list_changed_fields(DEFAULT_SETTINGS, new) == ("drawing", "ring")


@pytest.mark.parametrize("name", [one.name for one in fields(GuildSettings)])
def test_each_choice_has_words_before_anything_is_chosen(name: str) -> None:
    said = describe_setting(DEFAULT_SETTINGS, name)
    assert 0 < len(said) <= DESCRIPTION_MAX or name == "roles"
    assert "Setting." not in said


@pytest.mark.parametrize("kind", [SpoilerSetting, AdultSetting, PingSetting])
def test_each_choice_of_several_has_words_of_its_own(kind: type) -> None:
    name = {SpoilerSetting: "spoiler", AdultSetting: "adult", PingSetting: "ring"}[kind]
    said = {describe_setting(replace(DEFAULT_SETTINGS, **{name: one}), name) for one in kind}
    assert len(said) == len(kind)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("log_channel", 70, "<#70>"),
        ("channels", (70, 71), "<#70>, <#71>"),
        ("models", ("a", "b"), "a, b"),
        ("megapixels_max", 1.5, "1.5"),
        ("images_max", 3, "3"),
        ("drawing", False, "off"),
        ("private", True, "on"),
        ("private_allowed", False, "off"),
        ("time_zone", "Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_a_choice_is_shown_as_it_is(name: str, value: object, said: str) -> None:
    assert describe_setting(replace(DEFAULT_SETTINGS, **{name: value}), name) == said  # type: ignore[arg-type]


def test_a_long_list_is_cut_and_counted() -> None:
    said = describe_setting(replace(DEFAULT_SETTINGS, models=MANY), "models")
    assert len(said) <= DESCRIPTION_MAX
    shown = [name for name in MANY if name in said]
    assert shown == list(MANY[: len(shown)])
    assert f"{len(MANY) - len(shown)} more" in said


def test_a_role_says_only_what_it_has_of_its_own() -> None:
    assert describe_bounds(None) == describe_bounds(RoleBounds(5)) == ""
    said = describe_bounds(RoleBounds(5, 1, 30, 1.5, ("sdxl",), ("ink",)))
    assert [part.split()[0] for part in said.split("; ")] == ["1", "30", "1.5", "models", "LoRAs"]
    assert "<@&5>" in describe_setting(
        replace(DEFAULT_SETTINGS, roles=(RoleBounds(5, 1),)), "roles"
    )


def test_of_a_long_list_only_what_went_and_what_came_is_named() -> None:
    old = replace(DEFAULT_SETTINGS, models=MANY)
    new = replace(DEFAULT_SETTINGS, models=(*MANY[1:], "flux"))
    before, after = describe_difference(old, new, "models")
    assert before.startswith("200")
    assert MANY[0] in before
    assert after.startswith("200")
    assert "flux" in after
    assert MANY[1] not in before + after
    short = replace(DEFAULT_SETTINGS, models=("a",))
    assert describe_difference(DEFAULT_SETTINGS, short, "models") == ("all", "a")
