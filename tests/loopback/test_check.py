"""`swarmbot check` against the sandbox: each failure with its fix, and all well at the end."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from rich.console import Console

from bot.check import check
from bot.sandbox.swarmui.setup import Setup
from tests.support.town import Town, town


async def checked(
    here: Town, monkeypatch: pytest.MonkeyPatch, live: str | None = None
) -> tuple[int, str]:
    """The exit code and what was printed."""
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", here.discord.token)
    out = io.StringIO()
    code = await check(here.write_config(), live, Console(file=out, width=200, highlight=False))
    return code, out.getvalue()


async def test_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        code, printed = await checked(here, monkeypatch)
        assert code == 0, printed
        for line in ("Logged in as", "Message Content is on", "In 1 server", "websocket", "models"):
            assert line in printed
        assert "A small picture came from" in printed
        assert "permissions=" in printed
        assert here.discord.token not in printed


async def test_nothing_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        await here.script(down=True)
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert f"Nothing answers at {here.swarm.base}." in printed
        assert "Start SwarmUI, or correct `swarmui.url`" in printed


async def test_a_proxy_answers_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        await here.script(html=True)
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert "Point `swarmui.url` at SwarmUI itself" in printed


async def test_it_wants_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path, Setup(login=True, localhost_bypass=False)) as here:
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert "It wants a login." in printed
        assert "User tab" in printed


async def test_no_websocket_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path, Setup(websocket=False, step_s=0.01, model_load_s=0.05)) as here:
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert "without live progress" in printed
        assert "A small picture came from" in printed


async def test_discord_refuses_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        monkeypatch.setattr(type(here.discord), "token", property(lambda _: "wrong.but.shaped"))
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert "Discord refuses the token." in printed
        assert "Reset Token" in printed


async def test_live_edits_are_tried_in_a_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as here:
        asked = here.channel("general")

        async def press() -> None:
            found: dict[str, str] = {}

            async def there() -> bool:
                for message in await here.messages("general"):
                    if message["components"]:
                        found["id"] = message["id"]
                return bool(found)

            await here.until(there)
            await here.act("mia", "component", message=found["id"], custom_id="swarmbot-check")

        pressing = asyncio.create_task(press())
        code, printed = await checked(here, monkeypatch, asked)
        await pressing
        assert code == 0, printed
        assert printed.count("The preview became the picture, byte by byte.") == 2
        assert "The same nonce gave the same message." in printed
        assert await here.messages("general") == []
        await here.clean()
