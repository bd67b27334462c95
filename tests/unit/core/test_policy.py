"""A server's choices: before anything is chosen, everything is as the host has it."""

from __future__ import annotations

from dataclasses import fields

from bot.core.drawing.request import DrawingBounds
from bot.core.policy import (
    BOUND_NAMES,
    DEFAULT_SETTINGS,
    AdultSetting,
    GuildSettings,
    PingSetting,
    RoleBounds,
    SpoilerSetting,
)


def test_each_bound_is_one_of_the_server_of_a_role_and_of_the_host() -> None:
    for kind in (GuildSettings, RoleBounds, DrawingBounds):
        assert set(BOUND_NAMES) <= {one.name for one in fields(kind)}


def test_a_server_that_chose_nothing_draws_everywhere_within_the_hosts_bounds() -> None:
    assert DEFAULT_SETTINGS.drawing
    assert not DEFAULT_SETTINGS.private
    nothing = {one.name: getattr(DEFAULT_SETTINGS, one.name) for one in fields(GuildSettings)}
    chosen = {name for name, value in nothing.items() if value}
    assert chosen == {"drawing", "private_allowed", "spoiler", "adult", "ring"}
    assert RoleBounds(5) == RoleBounds(5, None, None, None, (), ())


def test_the_stored_word_of_each_choice_stays() -> None:
    """A database of an earlier version has these words in it."""
    stored = {
        f"{kind.__name__}.{one.name}": one.value
        for kind in (SpoilerSetting, AdultSetting, PingSetting)
        for one in kind
    }
    assert stored == {
        "SpoilerSetting.CHOICE": "choice",
        "SpoilerSetting.ALWAYS": "always",
        "AdultSetting.RESTRICTED": "restricted",
        "AdultSetting.NEVER": "never",
        "PingSetting.HOST": "host",
        "PingSetting.ALWAYS": "always",
        "PingSetting.NEVER": "never",
    }
