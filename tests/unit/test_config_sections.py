"""Sections of the settings: what each of their values may be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.config_sections import Advanced, Discord, Moderation, Quota, SwarmUI, Tags, token_advice


def test_an_address_is_tidied() -> None:
    """Discord's gateway alone keeps its slash, which its address has."""
    assert SwarmUI(url=" https://swarm.example/ ").url == "https://swarm.example"
    token = "a.made.up"
    assert Discord(token=token, gateway_url="ws://here.gg/").gateway_url == "ws://here.gg/"  # type: ignore[arg-type]  # as in the file
    assert Moderation(url=" ").url == "", "there is no classifier"


@pytest.mark.parametrize("url", ["swarm.example", "ws://swarm.example", "http://", "http://[bad"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        SwarmUI(url=url)
    with pytest.raises(ValidationError):
        Moderation(url=url)


@pytest.mark.parametrize(
    ("text", "words"),
    [("A1" * 32, "public key"), ("x" * 32, "client secret"), ("x" * 31, "three parts")],
)
def test_the_advice_says_what_was_copied(text: str, words: str) -> None:
    assert words in token_advice(text)


def test_words_stand_for_no_limit_and_for_all_roles() -> None:
    assert Quota(day="unlimited").day is None  # type: ignore[arg-type]  # as in the file
    assert Tags(lora="everyone").lora is None  # type: ignore[arg-type]  # as in the file


def test_a_parameter_that_is_never_open_is_refused() -> None:
    with pytest.raises(ValidationError, match="members can never use"):
        Advanced(parameters=("prompt",))


def test_a_time_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="is not a time zone"):
        Quota(time_zone="Mars/Olympus")
