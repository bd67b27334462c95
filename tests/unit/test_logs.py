"""Logging: one line a step, and nothing that has the form of a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


SECRETS = [
    "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789",
    "https://discord.com/api/v10/webhooks/123/aW50ZXJhY3Rpb246MTIz/messages/@original",
    "Cookie: swarm_token=6d6961.abc.def",
    "session 84630fe3903ffc6054c9437a50b6419c618e231b",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.usefixtures("restored")
def test_no_secret_reaches_a_line(secret: str) -> None:
    stream = io.StringIO()
    logs.set_up_logging("INFO", "json", stream)
    structlog.stdlib.get_logger("bot").info("step", what=secret)
    logging.getLogger("other").warning("said %s", secret)
    error = ValueError(secret)
    structlog.stdlib.get_logger("bot").error("broke", exc_info=error)
    logging.getLogger("other").error("broke too", exc_info=error)
    written = stream.getvalue()
    assert written.count("[hidden]") >= 4
    for part in (
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "aW50ZXJhY3Rpb246MTIz",
        "6d6961.abc.def",
        "84630fe3903ffc",
    ):
        assert part not in written


@pytest.mark.usefixtures("restored")
def test_a_line_carries_its_facts() -> None:
    stream = io.StringIO()
    logs.set_up_logging("INFO", "json", stream)
    structlog.stdlib.get_logger("bot").info("delivered", job="abc", pictures=2)
    line = json.loads(stream.getvalue())
    assert line["event"] == "delivered"
    assert (line["job"], line["pictures"], line["level"]) == ("abc", 2, "info")


def test_a_long_text_loses_its_middle_and_half_a_secret_with_it() -> None:
    token = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789"
    half = logs.TEXT_MAX // 2
    before = "word " * (half // 5 - 4)
    text = f"{before}{token}{' word' * half}{token}{' word' * (half // 5 - 4)}"
    hidden = logs.hide_secrets(text)
    assert len(hidden) < logs.TEXT_MAX + 100
    assert hidden.startswith("word word")
    assert hidden.endswith("word")
    assert "cut" in hidden
    assert not any(part in hidden for part in token.split("."))
    assert logs.hide_secrets("a" * 1_000_000) == " … cut … "


@pytest.mark.parametrize("around", ["{blank}{token}{blank}", "{token}{blank}{blank}{token}"])
def test_a_long_text_of_blanks_is_written_without_its_secret(around: str) -> None:
    """Also where the cut is in a secret with nothing but blanks beside it."""
    token, half = SECRETS[0], logs.TEXT_MAX // 2
    for blanks in (half, half - len(token) // 2):
        for blank in (" " * blanks, "\n" * blanks):
            text = around.format(token=token, blank=blank)
            assert len(text) > logs.TEXT_MAX - len(token)
            hidden = logs.hide_secrets(text)
            assert not any(part in hidden for part in token.split("."))
            assert not any(part[:10] in hidden for part in token.split(".") if len(part) > 10)
