"""What the flow is built from: its own defaults are those that a host begins with."""

from __future__ import annotations

from dataclasses import fields

import pytest

from bot.flow.runtime.context import FlowContext, HostSettings
from bot.views import build_host_settings
from tests.support.flow import Hands
from tests.support.program import build_settings

USUAL = build_host_settings(build_settings())
# A host begins with a phrase and with advanced parameters; a flow that is told nothing has none.
CHOSEN = {"bounds", "trigger_phrases"}


@pytest.mark.parametrize(
    "name", [one.name for one in fields(HostSettings) if one.name not in CHOSEN]
)
def test_a_default_of_the_flow_is_the_default_of_the_settings(name: str) -> None:
    assert getattr(HostSettings(), name) == getattr(USUAL, name)


def test_the_bounds_of_the_flow_are_those_of_the_settings() -> None:
    bounds = HostSettings().bounds
    for name in ("images_max", "steps_max", "megapixels_max", "prompt_max", "default_model"):
        assert getattr(bounds, name) == getattr(USUAL.bounds, name)


def test_all_parts_of_a_flow_share_one_clock_and_one_host() -> None:
    names = {one.name for one in fields(FlowContext)}
    assert names == {"clock", "tasks", "ids", "host"}
    assert Hands().clock().now() == Hands().now
