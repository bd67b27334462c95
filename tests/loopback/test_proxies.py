"""The whole bot behind a proxy that fails: what is an outage, what is not, and what people read."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from structlog.testing import capture_logs

from bot import app
from bot.adapters.swarmui import SwarmSettings
from bot.config import Settings
from bot.flow.jobs import stream_recovery
from bot.sandbox.swarmui.models import RECORDED
from bot.sandbox.swarmui.setup import Account, Setup
from tests.support import proxy as proxies
from tests.support.flow import noise
from tests.support.proxy import Answer, Proxy
from tests.support.town import Town, is_picture, town

QUICK = Setup(step_s=0.02, model_load_s=0.02, closing_s=0.05, keep_alive_s=0.1, models=RECORDED)


@asynccontextmanager
async def town_behind_proxy(
    folder: Path, setup: Setup = QUICK, answer: Answer | None = None
) -> AsyncIterator[tuple[Town, Proxy]]:
    """A town whose bot reaches SwarmUI through a proxy, which may answer itself from the start."""
    async with town(folder, setup) as here, Proxy(here.swarm.base).running() as proxy:
        proxy.answer = answer or proxy.answer
        direct, here.swarm.base = here.swarm.base, proxy.base
        here.write_config()
        await here.start_bot()
        here.swarm.base = direct  # the test's own way in
        yield here, proxy


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds of patience instead of minutes."""
    usual = app.build_swarm_settings

    def short(settings: Settings) -> SwarmSettings:
        return replace(usual(settings), look_s=0.5, answer_s=5.0, first_frame_s=2.0, poll_s=0.05)

    monkeypatch.setattr(app, "build_swarm_settings", short)
    monkeypatch.setattr(stream_recovery, "FILE_POLL_INTERVAL_S", 0.5)


def outages(logs: list[Any]) -> list[str]:
    """What the log says of outages."""
    leads = ("SwarmUI stopped", "SwarmUI is back", "SwarmUI became", "SwarmUI fails")
    return [one["event"] for one in logs if one["event"].startswith(leads)]


@pytest.mark.parametrize("answer", [proxies.tunnel_text, proxies.tunnel_json])
async def test_behind_a_tunnel_without_its_computer_places_are_kept(
    answer: proxies.Answer, tmp_path: Path
) -> None:
    """What is being drawn arrives, what waits arrives, and no list is lost."""
    async with town_behind_proxy(tmp_path) as (here, proxy):
        lists = (tmp_path / "swarmbot.lists").read_bytes()
        await here.script(hold=True)
        running = await here.imagine("mia")
        await here.until(lambda: here.rows("SELECT state FROM jobs") == [("running",)])
        proxy.answer = answer
        proxy.cut_sockets()
        await here.script(hold=False)
        waiting = await here.imagine("theo")
        for card in (running, waiting):
            await here.becomes(card["id"], lambda seen: "offline" in seen["content"])
        assert here.rows("SELECT state FROM jobs WHERE state = 'failed'") == []
        assert (tmp_path / "swarmbot.lists").read_bytes() == lists
        proxy.answer = lambda _: None
        for card in (running, waiting):
            await here.picture(card)
        assert len((await here.swarm_report())["generations"]) == 2
        here.balanced()


async def test_a_server_that_was_never_seen_keeps_places(tmp_path: Path) -> None:
    async with town_behind_proxy(tmp_path, answer=proxies.tunnel_text) as (here, proxy):
        card = await here.imagine("mia")
        await here.becomes(card["id"], lambda seen: "offline" in seen["content"])
        proxy.answer = lambda _: None
        assert "a red fox · stub · 512" in (await here.picture(card))["content"]
        assert json.loads(here.rows('SELECT "order" FROM jobs')[0][0])["model"]
        here.balanced()


async def test_files_that_a_proxy_refuses_are_no_outage(tmp_path: Path) -> None:
    """Drawing goes on, one sentence is announced, and all arrives when the proxy lets it."""
    async with town_behind_proxy(tmp_path) as (here, proxy):
        proxy.answer = proxies.only("/View/", proxies.page(403, "Forbidden"))
        with capture_logs() as logs:
            cards = [await here.imagine(who) for who in ("mia", "theo", "mona")]
            for card in cards:
                await here.becomes(
                    card["id"], lambda seen: "doesn't hand the file out" in seen["content"]
                )
            assert len((await here.swarm_report())["generations"]) == 3, "no slot is held"
            proxy.answer = lambda _: None
            for card in cards:
                await here.picture(card)
        assert outages(logs) == []
        said = [one for one in logs if one["event"] == "SwarmUI does not hand out its files"]
        assert len(said) == 1
        assert len((await here.swarm_report())["generations"]) == 3, "none is drawn twice"
        here.balanced()


@pytest.mark.filterwarnings("ignore:Sending a large body")  # the test's own client does
async def test_too_large_a_picture_is_sent_smaller(tmp_path: Path) -> None:
    """It is about one order: nobody else hears of it."""
    async with town_behind_proxy(tmp_path) as (here, proxy):
        proxy.upgrades, proxy.body_max = False, 1 << 20
        with capture_logs() as logs:
            file = {"name": "start.png", "base64": base64.b64encode(noise(1200)).decode()}
            card = await here.imagine("mia", image=file)
            other = await here.imagine("theo")
            await here.picture(card)
            await here.picture(other)
        assert outages(logs) == []
        here.balanced()


async def test_a_slow_answer_is_a_lost_stream_and_no_outage(tmp_path: Path) -> None:
    """Plain HTTP behind a proxy with a time-out: the picture takes longer than it allows."""
    setup = replace(QUICK, websocket=False, step_s=0.2)
    async with town_behind_proxy(tmp_path, setup) as (here, proxy):
        proxy.upgrades, proxy.answer_s = False, 1.0
        with capture_logs() as logs:
            await here.picture(await here.imagine("mia"))
        assert outages(logs) == []
        assert len((await here.swarm_report())["generations"]) == 1
        here.balanced()


async def test_a_socket_that_is_lost_before_the_first_step_is_no_outage(tmp_path: Path) -> None:
    async with town_behind_proxy(tmp_path, replace(QUICK, model_load_s=1.0)) as (here, proxy):
        with capture_logs() as logs:
            card = await here.imagine("mia")
            await here.until(lambda: any("GenerateText2ImageWS" in path for path in proxy.passed))
            await asyncio.sleep(0)
            proxy.cut_sockets()
            await here.picture(card)
        assert outages(logs) == []
        here.balanced()


async def test_a_server_that_flaps_is_announced_once(tmp_path: Path) -> None:
    async with town_behind_proxy(tmp_path) as (here, proxy):
        with capture_logs() as logs:
            for _ in range(3):
                proxy.answer = proxies.page(502, "Bad Gateway")
                card = await here.imagine("mia")
                await here.becomes(card["id"], lambda seen: "offline" in seen["content"])
                proxy.answer = lambda _: None
                await here.picture(card)
        assert outages(logs) == ["SwarmUI stopped answering", "SwarmUI is back"]


async def test_a_redirect_keeps_places_and_is_not_called_offline(tmp_path: Path) -> None:
    async with town_behind_proxy(tmp_path) as (here, proxy):
        with capture_logs() as logs:
            proxy.answer = proxies.redirect("https://swarm.example.org")
            card = await here.imagine("mia")
            await here.becomes(card["id"], lambda seen: "Its host has to fix" in seen["content"])
            proxy.answer = lambda _: None
            await here.picture(card)
        assert outages(logs) == ["SwarmUI became unusable", "SwarmUI is back"]
        [line] = [one for one in logs if one["event"] == "SwarmUI became unusable"]
        assert line["said"] == "https://swarm.example.org"


async def test_a_token_that_is_revoked_stops_the_drawing_and_loses_nothing(tmp_path: Path) -> None:
    """Its sessions live on: what is drawn by then is fetched when the token is good again."""
    account = Account("bot", "botpassword", "owner")
    setup = replace(QUICK, login=True, localhost_bypass=False, accounts=(account,))
    async with town(tmp_path, setup) as here:
        user = here.swarm.state.accounts.users["bot"]
        token = here.swarm.state.accounts.new_token(user, "swarmbot", "127.0.0.1")
        here.extra = f'token = "{token}"\n'
        await here.start_bot()
        await here.script(hold=True)
        card = await here.imagine("mia")
        await here.until(lambda: here.rows("SELECT state FROM jobs") == [("running",)])
        kept = dict(user.tokens)
        with capture_logs() as logs:
            await revoke_token(here, token)
            assert user.tokens == {}
            await here.script(hold=False)
            other = await here.imagine("theo")
            for one in (card, other):
                await here.becomes(one["id"], lambda seen: "requires a login" in seen["content"])
            user.tokens.update(kept)
            for one in (card, other):
                await here.picture(one)
        assert outages(logs) == ["SwarmUI became unusable", "SwarmUI is back"]
        assert len((await here.swarm_report())["generations"]) == 2
        here.balanced()


async def revoke_token(here: Town, token: str) -> None:
    """Take a token back by SwarmUI's own call, as its owner does on the page of the account."""

    async def call(name: str, **body: str) -> Any:
        url, cookie = f"{here.swarm.base}/API/{name}", {"Cookie": f"swarm_token={token}"}
        async with here.http.post(url, json=body, headers=cookie) as answer:
            return await answer.json()

    session = (await call("GetNewSession"))["session_id"]
    revoked = await call("RevokeMyAuthToken", session_id=session, tokenId=token.split(".")[1])
    assert revoked == {"success": True}


def test_noise_is_larger_than_a_proxy_allows() -> None:
    assert len(noise(1200)) > 1 << 20
    assert Image.open(io.BytesIO(noise(8))).size == (8, 8)
    assert not is_picture({"attachments": []})
