"""/diagnose as a moderator sees it: on a good server, on one that hangs, and behind proxies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

import cogs.diagnose
from bot.flow import diagnosis
from bot.sandbox.swarmui.setup import Setup
from tests.support import proxy as proxies
from tests.support.proxy import Proxy
from tests.support.town import Town, town

QUICK = Setup(step_s=0.01, model_load_s=0.01)


async def diagnose(here: Town) -> str:
    """What the moderator reads."""
    state = await here.command("mona", "diagnose")
    [message] = [one for one in state["messages"] if one]
    seen = await here.message(message, who="mona")
    assert await here.message(message, who="mia") == {}, "it is private"
    return str(seen["content"]) + "\n" + str(seen["embeds"][0]["description"])


async def test_all_is_well_without_an_address(tmp_path: Path) -> None:
    assert cogs.diagnose.DiagnoseCog
    async with town(tmp_path, QUICK) as here:
        await here.start_bot()
        said = await diagnose(here)
        assert said.startswith("All is well.")
        for name in ("login", "rights", "websocket", "models", "picture", "delete", "disk"):
            assert f"✅ **{name}:**" in said
        assert "**model in memory:** Stable Diffusion XL" in said, "the check has drawn with it"
        assert "127.0.0.1" not in said
        assert "0.9.6, 0.9.7, 0.9.8 and 0.9.8.2" in said
        assert (await here.swarm_report())["interrupts"] == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (proxies.tunnel_text, "A proxy or tunnel answers at the image server's address"),
        (proxies.redirect("https://swarm.example.org"), "to another address."),
        (lambda _: web.Response(status=401), "A password is asked for in front of SwarmUI"),
    ],
)
async def test_a_cause_is_named_with_its_fix_and_no_address(
    answer: proxies.Answer, words: str, tmp_path: Path
) -> None:
    async with town(tmp_path, QUICK) as here, Proxy(here.swarm.base).running() as proxy:
        direct, here.swarm.base = here.swarm.base, proxy.base
        await here.start_bot()
        here.swarm.base = direct
        proxy.answer = answer
        said = await diagnose(here)
        assert "1 to fix." in said
        assert words in said
        assert "127.0.0.1" not in said
        assert "swarm.example.org" not in said


async def test_a_server_that_hangs_blocks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "TIME_LIMIT_S", 0.5)
    never = asyncio.Event()
    async with town(tmp_path, QUICK) as here, Proxy(here.swarm.base).running() as proxy:
        direct, here.swarm.base = here.swarm.base, proxy.base
        monkeypatch.setattr(diagnosis.Diagnosis.__init__, "__kwdefaults__", {"time_limit_s": 0.5})
        await here.start_bot()
        here.swarm.base = direct
        proxy.hold = never
        said = await diagnose(here)
        assert "The checks were not done within 0.5 s." in said
        assert "**queue:**" in said
        never.set()
