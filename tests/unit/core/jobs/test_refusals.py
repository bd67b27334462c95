"""Refusals of requests that no job can be made of."""

from __future__ import annotations

from bot.core.errors import BackendDown
from bot.core.jobs import refusals


def test_a_restart_refuses_with_the_prompt() -> None:
    refused = refusals.restarting_refusal("a fox")
    assert (refused.rule, refused.prompt) == ("restarting", "a fox")
    assert refused.sentence.endswith("Nothing was charged.")


def test_a_server_that_was_never_seen_refuses_with_its_trouble() -> None:
    refused = refusals.unknown_models_refusal(BackendDown(), "a fox")
    assert (refused.rule, refused.prompt) == ("models-unknown", "a fox")
    assert refused.sentence.startswith(BackendDown().sentence)
    assert "Nothing was charged." in refused.sentence
