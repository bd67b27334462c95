"""The ways of editing that we depend on, tried on a Discord that has them or has not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.adapters.discord.diagnostics import live_check
from bot.adapters.discord.diagnostics.live_check import run_live_check
from bot.adapters.discord.rest import errors
from bot.core.check_result import CheckResult
from bot.sandbox.discord.model import Overwrite
from bot.sandbox.discord.permissions import READ_HISTORY
from bot.sandbox.discord.rest import messages as sandbox_messages
from tests.support.drawing import png
from tests.support.standin import point_at
from tests.support.town import Town, town

JPEG = png(16, 16, noise=True)


SLEEP = asyncio.sleep


async def no_pause(_: float) -> None:
    """Leave out the pauses between discord.py's attempts."""
    await SLEEP(0)


async def findings(here: Town, channel: str, token: str = "") -> list[CheckResult]:
    number = int(here.channel(channel))
    checking = run_live_check(token or here.discord.token, number, JPEG, png(32, 32))
    return [finding async for finding in checking]


async def press(here: Town, channel: str) -> None:
    """Mia presses the button as soon as it is there."""
    found: list[str] = []

    async def there() -> bool:
        asked = [m for m in await here.messages(channel) if "Press me" in str(m["components"])]
        found[:] = [one["id"] for one in asked]
        return bool(found)

    await here.until(there)
    await here.act("mia", "component", message=found[0], custom_id=live_check.BUTTON)


async def test_everything_is_tried_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        pressing = asyncio.create_task(press(here, "general"))
        found = await findings(here, "general")
        await pressing
        assert [one.name for one in found] == [
            "post",
            "nonce",
            "edit by bot token",
            "edit by interaction token",
        ]
        assert all(one.ok for one in found), found
        assert await here.messages("general") == []


async def test_buttons_that_an_edit_by_token_loses_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Discord says of requests without `with_components`."""
    request = AsyncWebhookAdapter.request

    def request_without(*args: Any, **more: Any) -> Any:
        params = more.get("params") or {}
        kept = {key: value for key, value in params.items() if key != "with_components"}
        return request(*args, **more | {"params": kept})

    monkeypatch.setattr(AsyncWebhookAdapter, "request", request_without)
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        pressing = asyncio.create_task(press(here, "general"))
        found = await findings(here, "general")
        await pressing
        assert [one.detail for one in found if not one.ok] == [
            "The picture came, but its button did not."
        ]


async def test_without_a_person_the_last_part_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is no failure; the button is taken away again."""
    monkeypatch.setattr(live_check, "PRESS_WITHIN_S", 0.05)
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        found = await findings(here, "general")
        assert len(found) == 4
        assert all(one.ok for one in found), found
        assert await here.messages("general") == []


async def test_a_channel_that_is_shut_ends_it_with_the_rights_to_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        (finding,) = await findings(here, "locked")
        assert (finding.name, finding.ok) == ("post", False)
        assert "Send Messages" in finding.fix


async def test_a_discord_without_nonces_makes_a_second_message_that_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash at the wrong moment could double a card there, so the finding is a failure."""
    monkeypatch.setattr(live_check, "PRESS_WITHIN_S", 0.05)
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        monkeypatch.setattr(sandbox_messages, "_same_nonce", lambda *_: None)
        found = await findings(here, "general")
        assert [one.name for one in found if not one.ok] == ["nonce"]
        assert await here.messages("general") == []


def deny(here: Town, name: str, bits: int) -> None:
    place = here.discord.world.channels[here.channel(name)]
    rule = Overwrite(here.discord.world.bot_id, 1, deny=bits)
    here.discord.world.channels[place.id] = replace(place, overwrites=(rule,))


async def test_without_read_message_history_the_right_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_check, "PRESS_WITHIN_S", 0.05)
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        deny(here, "general", READ_HISTORY)
        found = {one.name: one for one in await findings(here, "general")}
        assert [name for name, one in found.items() if not one.ok] == ["edit by bot token"]
        assert "Read Message History" in found["edit by bot token"].fix
        assert await here.messages("general") == []


async def test_an_unknown_channel_is_no_question_of_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        monkeypatch.setattr(here, "channel", lambda name: name)
        (found,) = await findings(here, "5")
        assert found.detail == "There is no channel 5."
        assert "Copy Channel ID" in found.fix


async def test_a_refused_token_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        (found,) = await findings(here, "general", "a.wrong.token")
        assert (found.name, found.ok) == ("live", False)
        assert found.fix


async def test_a_gateway_that_stays_silent_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_check, "READY_WITHIN_S", 0.3)
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        here.discord.hub.faults.set([{"on": {"gateway": True}, "do": {"no_hello": True}}])
        (found,) = await findings(here, "general")
        assert (found.name, found.ok) == ("live", False)


@pytest.mark.parametrize(
    ("method", "status"), [("POST", 403), ("PATCH", 404), ("GET", 500), ("DELETE", 403)]
)
async def test_no_refused_step_is_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, status: int
) -> None:
    monkeypatch.setattr(live_check, "PRESS_WITHIN_S", 0.05)
    monkeypatch.setattr(errors, "RETRY_DELAYS_S", ())
    monkeypatch.setattr(discord.http.asyncio, "sleep", no_pause)
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        on = {"method": method, "route": "/channels/{channel}/*"}
        here.discord.hub.faults.set([{"on": on, "do": {"status": status}}])
        found = await findings(here, "general")
        bad = [one for one in found if not one.ok]
        assert bad or method == "DELETE", found
        assert all(one.detail and one.fix for one in bad)
