"""The ways of editing that we depend on, tried on a Discord that has them or has not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import discord
import pytest

from bot.adapters.discord.diagnostics import live_check
from bot.adapters.discord.diagnostics.live_check import run_live_check
from bot.core.check_result import CheckResult
from bot.sandbox.discord.rest import messages as sandbox_messages
from tests.support.drawing import png
from tests.support.standin import point_at
from tests.support.town import Town, town

JPEG = png(16, 16, noise=True)


async def findings(here: Town, channel: str, token: str = "") -> list[CheckResult]:
    number = int(here.channel(channel))
    checking = run_live_check(token or here.discord.token, number, JPEG, png(32, 32))
    return [finding async for finding in checking]


async def press(here: Town, channel: str) -> None:
    """Mia presses the button as soon as it is there."""
    found: list[str] = []

    async def there() -> bool:
        found[:] = [one["id"] for one in await here.messages(channel) if one["components"]]
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


async def test_a_refused_token_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        point_at(here.discord, monkeypatch)
        with pytest.raises(discord.LoginFailure):
            await findings(here, "general", "a.wrong.token")
