"""Sections of the settings: what each of their values may be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.config_sections import Advanced, Discord, Moderation, Quota, SwarmUI, Tags


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


def test_words_stand_for_no_limit_and_for_all_roles() -> None:
    assert Quota(day="unlimited").day is None  # type: ignore[arg-type]  # as in the file
    assert Tags(lora="everyone").lora is None  # type: ignore[arg-type]  # as in the file


def test_a_parameter_that_is_never_open_is_refused() -> None:
    with pytest.raises(ValidationError, match="members can never use"):
        Advanced(parameters=("prompt",))


def test_a_time_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="is not a time zone"):
        Quota(time_zone="Mars/Olympus")


@pytest.mark.parametrize(
    ("given", "secret"),
    [
        ("6d.a.b\r", "6d.a.b"),
        (" 6d.a.b\n", "6d.a.b"),
        ("swarm_token=6d.a.b", "6d.a.b"),
        ("Cookie: swarm_token=6d.a.b; path=/", "6d.a.b"),
        ("'6d.a.b'", "6d.a.b"),
        ("", ""),
    ],
)
def test_a_token_is_taken_as_people_copy_it(given: str, secret: str) -> None:
    assert SwarmUI(token=given).token.get_secret_value() == secret  # type: ignore[arg-type]  # as in the file


@pytest.mark.parametrize(
    ("given", "secret"),
    [("Bearer x\r\n", "Bearer x"), ("Authorization: Basic abc=", "Basic abc="), ("", "")],
)
def test_a_header_is_taken_as_people_copy_it(given: str, secret: str) -> None:
    header = SwarmUI(authorization=given).authorization  # type: ignore[arg-type]  # as in the file
    assert header.get_secret_value() == secret


@pytest.mark.parametrize("key", ["token", "authorization"])
@pytest.mark.parametrize("secret", ["abc\ndef", "abc\rdef", "abc\x00", "Schlüssel"])
def test_a_secret_that_no_header_can_hold_is_refused_and_not_shown(key: str, secret: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SwarmUI(**{key: secret})  # type: ignore[arg-type]  # as in the file
    assert "copy it anew" in str(caught.value)
    assert secret not in str(caught.value)
    with pytest.raises(ValidationError):
        Moderation(token=secret)  # type: ignore[arg-type]  # as in the file


def test_a_password_is_given_in_one_place() -> None:
    with pytest.raises(ValidationError, match="only one of the two"):
        SwarmUI(url="http://bot:pa55word@host", authorization="Basic x")  # type: ignore[arg-type]  # as in the file
    assert "pa55word" not in repr(SwarmUI(url="http://bot:pa55word@host"))


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("http://127.0.0.1:7801/Text2Image", "127.0.0.1:7801"),
        ("http://127.0.0.1:7801/text2image/#Simple-Tab", "127.0.0.1:7801"),
        ("https://bot:secret@example.org/swarm/Login", "example.org/swarm"),
    ],
)
def test_the_address_of_a_page_is_refused_with_the_right_one(url: str, right: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SwarmUI(url=url)
    said = str(caught.value)
    assert "out, so that it ends with" in said
    assert right in said
    assert "secret" not in said


def test_an_address_below_a_path_is_good() -> None:
    assert SwarmUI(url="https://example.org/swarm/").url == "https://example.org/swarm"
