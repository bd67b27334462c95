"""The address and the secrets: what goes out with a request, and what is shown of them."""

from __future__ import annotations

import pytest

from bot.adapters.swarmui.settings import USER_AGENT, SwarmSettings, hurry_settings

TOKEN = "626f74.token.secret"


def test_secrets_are_not_in_the_repr_nor_in_the_shown_address() -> None:
    settings = SwarmSettings(
        url="http://ada:hunter2@swarm:7801/", token=TOKEN, authorization="Bearer xyz"
    )
    assert TOKEN not in repr(settings)
    assert "xyz" not in repr(settings)
    assert settings.display_url == "http://swarm:7801"


@pytest.mark.parametrize(
    ("url", "http", "ws"),
    [
        ("http://h:7801", "http://h:7801/API/X", "ws://h:7801/API/X"),
        ("http://h:7801/", "http://h:7801/API/X", "ws://h:7801/API/X"),
        ("https://h/swarm/", "https://h/swarm/API/X", "wss://h/swarm/API/X"),
    ],
)
def test_addresses(url: str, http: str, ws: str) -> None:
    settings = SwarmSettings(url=url)
    assert str(settings.build_http_url("API/X")) == http
    assert settings.build_websocket_url("API/X") == ws


@pytest.mark.parametrize(
    "url", [" http://h:7801 ", "http://h:7801//", "http://h:7801/?page=1", "http://h:7801/#top"]
)
def test_what_is_no_part_of_an_address_is_dropped(url: str) -> None:
    assert str(SwarmSettings(url=url).build_http_url("API/X")) == "http://h:7801/API/X"


def test_a_quoted_path_is_not_quoted_again() -> None:
    url = SwarmSettings(url="http://h").build_http_url("View/a%20b%2Fc.png")
    assert url.raw_path == "/View/a%20b%2Fc.png"


def test_headers_have_only_the_secrets_that_are_set() -> None:
    assert SwarmSettings().build_headers() == {"User-Agent": USER_AGENT}
    with_token = SwarmSettings(token=TOKEN).build_headers()
    assert with_token == {"User-Agent": USER_AGENT, "Cookie": f"swarm_token={TOKEN}"}
    with_header = SwarmSettings(authorization="Bearer xyz").build_headers()
    assert with_header == {"User-Agent": USER_AGENT, "Authorization": "Bearer xyz"}


def test_checks_that_somebody_waits_for_are_in_a_hurry() -> None:
    usual = SwarmSettings(url="http://ada:secret@here:1", token="a.b.c")
    quick = hurry_settings(usual)
    assert quick.answer_s < usual.answer_s
    assert quick.token == usual.token
    assert "secret" not in repr(quick)
    assert "secret" not in quick.display_url
