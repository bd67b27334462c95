"""The words of /settings: what is in force, and what has just changed."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from bot.core.drawing.request import DrawingBounds
from bot.core.policy import (
    DEFAULT_SETTINGS,
    AdultSetting,
    GuildSettings,
    PingSetting,
    RoleBounds,
    SpoilerSetting,
)
from bot.core.settings import panel_text
from bot.core.settings.panel_text import NAMES_SHOWN
from bot.core.ui.layout import OPTIONS_MAX

HOST = DrawingBounds()


def test_each_setting_of_several_has_a_label() -> None:
    assert set(panel_text.SPOILER_LABELS) == set(SpoilerSetting)
    assert set(panel_text.ADULT_LABELS) == set(AdultSetting)
    for labels in (
        panel_text.SPOILER_LABELS,
        panel_text.ADULT_LABELS,
        panel_text.describe_ping_policies(90),
    ):
        assert len(set(labels.values())) == len(labels)
    assert "2 min" in panel_text.describe_ping_policies(90)[PingSetting.HOST]


@pytest.mark.parametrize(
    ("chosen", "said"), [(None, "50 steps"), (30, "30 steps"), (50, "50 steps"), (999, "50 steps")]
)
def test_no_bound_in_force_is_above_the_hosts(chosen: int | None, said: str) -> None:
    policy = replace(DEFAULT_SETTINGS, steps_max=chosen)
    for text in (
        panel_text.describe_effective_bounds(policy, HOST),
        panel_text.describe_everyone_bounds(policy, HOST),
    ):
        assert said in text
    assert panel_text.describe_effective_bounds(
        DEFAULT_SETTINGS, HOST
    ) == panel_text.describe_host_bounds(HOST)


@pytest.mark.parametrize(
    ("value", "said"), [(1, "1 megapixel"), (1.5, "1.5 megapixels"), (2.0, "2 megapixels")]
)
def test_a_size_is_written_as_people_write_it(value: float, said: str) -> None:
    assert panel_text.format_megapixels(value) == said


def test_a_role_says_only_what_it_has_of_its_own() -> None:
    assert panel_text.describe_role_bounds(RoleBounds(5)) == ""
    said = panel_text.describe_role_bounds(RoleBounds(5, 1, 30, 1.5, ("a", "b"), ("c",)))
    assert said == "1 picture, 30 steps, 1.5 megapixels, 2 models, 1 LoRA"


@pytest.mark.parametrize("count", [1, NAMES_SHOWN, NAMES_SHOWN + 1])
def test_the_first_names_are_shown_by_their_titles(count: int) -> None:
    names = tuple(f"file{number}" for number in range(count))
    said = panel_text.format_names(names, {"file0": "**Title**"})
    assert "Title" in said
    assert "**" not in said
    assert "file0" not in said
    assert sum(name in said for name in names[1:]) == min(count, NAMES_SHOWN) - 1
    assert ("1 more" in said) is (count > NAMES_SHOWN)


CHANGES: list[tuple[str, object]] = [
    ("drawing", False),
    ("channels", (70,)),
    ("log_channel", 70),
    ("time_zone", "Europe/Berlin"),
    ("ring", PingSetting.NEVER),
    ("model", "flux"),
    ("spoiler", SpoilerSetting.ALWAYS),
    ("adult", AdultSetting.NEVER),
    ("private", True),
    ("private_allowed", False),
    ("words", ("a", "b")),
]


@pytest.mark.parametrize(("field", "value"), CHANGES)
def test_a_change_and_its_undoing_have_lines_of_their_own(field: str, value: object) -> None:
    changed = replace(DEFAULT_SETTINGS, **{field: value})  # type: ignore[arg-type]
    there, back = (
        panel_text.describe_change(field, policy, {"flux": "Flux Dev"}, 60)
        for policy in (changed, DEFAULT_SETTINGS)
    )
    assert there != back
    shown = {"channels": "<#70>", "log_channel": "<#70>", "model": "Flux Dev"}.get(field, "")
    assert shown in there
    unchanged = panel_text.describe_no_change(there)
    assert unchanged != there
    for shown in ("<#70>", "Flux Dev"):
        assert (shown in unchanged) is (shown in there)
    assert "\n" not in there + back


def test_every_field_has_a_line() -> None:
    for one in fields(GuildSettings):
        assert panel_text.describe_change(one.name, DEFAULT_SETTINGS, {}, 60).endswith(".")


def test_a_role_and_its_lists_are_told_with_their_titles() -> None:
    assert "<@&5>" in panel_text.describe_role_change(5, None)
    assert "30 steps" in panel_text.describe_role_change(5, RoleBounds(5, steps_max=30))
    said = panel_text.describe_list_change("models", 5, ("flux",), {"flux": "Flux Dev"})
    assert "<@&5>" in said
    assert "Flux Dev" in said
    assert "LoRAs" in panel_text.describe_list_change("loras", 0, (), {})


@pytest.mark.parametrize("count", [1, OPTIONS_MAX, OPTIONS_MAX + 1])
def test_a_search_counts_what_it_found_and_says_where_a_menu_has_not_all(count: int) -> None:
    some = panel_text.describe_zone_matches("a", OPTIONS_MAX)
    said = panel_text.describe_zone_matches("a", count)
    assert str(count) in said
    same = said.replace(str(count), "") == some.replace(str(OPTIONS_MAX), "")
    assert same is (count <= OPTIONS_MAX)
    assert str(count) in panel_text.describe_matches("model", "flux", count)


def test_what_was_typed_is_never_live() -> None:
    typed = "<@1> **x**"
    for said in (
        panel_text.describe_no_match("model", typed, ()),
        panel_text.describe_no_match("model", "x", (typed,)),
        panel_text.describe_matches("model", typed, 1),
        panel_text.describe_unknown_zone(typed, alike=True),
        panel_text.describe_zone_matches(typed, 2),
        panel_text.describe_bad_number("Steps", typed),
    ):
        assert "<@1>" not in said
        assert "**" not in said


def test_what_is_gone_is_named() -> None:
    assert "model" in panel_text.describe_missing("model")
    assert panel_text.describe_missing("model") != panel_text.describe_missing("role")
