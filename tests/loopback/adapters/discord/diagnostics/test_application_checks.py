"""What the developer portal may have wrong, each with its page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.discord.diagnostics.application_checks import (
    check_clock,
    check_endpoint,
    check_intents,
    check_invitation,
)
from bot.adapters.discord.diagnostics.rest_reader import RestReader
from bot.sandbox.discord.server import SandboxDiscord

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def portal(server: SandboxDiscord, reader: RestReader) -> Any:
    async def read(**changes: Any) -> Any:
        server.world.portal = changes
        return await reader.get("/applications/@me")

    return read


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, ""), (19, ""), (-19, ""), (45, "45 seconds behind"), (-90, "ahead")]
)
def test_the_clocks_may_differ_by_a_little(seconds: int, words: str) -> None:
    found = check_clock(NOON, NOON + timedelta(seconds=seconds))
    assert found.ok == (not words)
    assert words in found.detail
    assert found.ok or found.fix


def test_a_proxy_that_takes_the_date_away_is_no_problem() -> None:
    assert check_clock(NOON, None).ok
    assert check_clock(NOON, NOON.replace(tzinfo=None)).ok


async def test_an_application_as_it_should_be(portal: Any) -> None:
    application = await portal()
    for check in (check_intents, check_endpoint, check_invitation):
        assert check(application).ok


async def test_an_intent_that_was_not_granted_is_named_with_its_page(
    server: SandboxDiscord, portal: Any
) -> None:
    server.world.granted = ()
    found = check_intents(await portal())
    assert not found.ok
    assert f"{server.world.application_id}/bot" in found.fix


async def test_commands_that_go_elsewhere_are_told(portal: Any) -> None:
    found = check_endpoint(await portal(interactions_endpoint_url="https://old.example/hook"))
    assert not found.ok
    assert "none to me" in found.detail
    assert "/information" in found.fix


@pytest.mark.parametrize(
    ("changes", "words", "page"),
    [
        ({"bot_require_code_grant": True}, "Code Grant", "/bot"),
        ({"integration_types_config": {"1": {}}}, "Guild Install is off", "/installation"),
    ],
)
async def test_an_invite_link_that_fails_is_told(
    portal: Any, changes: Any, words: str, page: str
) -> None:
    found = check_invitation(await portal(**changes))
    assert not found.ok
    assert words in found.detail
    assert page in found.fix
