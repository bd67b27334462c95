"""Every fault of SwarmUI through the whole bot: how it ends, and that the books agree.

One row of the table at the end of the report for each fault, over the WebSocket and over plain
HTTP, on a server that shows its progress and on one that shows none. Time is short here, not
waited for: the server's seconds and the client's patience are parameters.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bot import app
from bot.adapters.swarmui import SwarmSettings
from bot.config import Settings
from bot.sandbox.swarmui.models import RECORDED
from bot.sandbox.swarmui.pictures import decoded
from bot.sandbox.swarmui.setup import Setup
from tests.support.table import AddRow
from tests.support.town import Json, Town, town

TITLE: Final = "Faults of SwarmUI"
QUICK: Final = Setup(
    step_s=0.01, model_load_s=0.02, closing_s=0.05, keep_alive_s=0.1, models=RECORDED
)
WIRES: Final = ("WebSocket", "HTTP")
SHOWS: Final = ("progress", "none")
PICTURE: Final = "picture"
RETURNED: Final = "returned"
PARTLY: Final = "1 of 2, 1 returned"
# Over the WebSocket the counters tell that it only waited.
# How it ends, and how often SwarmUI was asked: never again where a picture may be there already.
FAULTS: Final = {
    "refuse": (RETURNED, "busy", 1),
    "hang": (PICTURE, "", 2),
    "close": (PICTURE, "", 1),
    "garbage": (PICTURE, "", 1),
    "silent": (RETURNED, "gave no reason", 1),
    "error_mid_batch": (PARTLY, "memory", 1),
    "huge": (PICTURE, "", 1),
    "slow_drip": (PICTURE, "", 1),
    "forget_session": (PICTURE, "", 1),
    "restart": (PICTURE, "", 2),
    "shutdown": (PICTURE, "", 2),
    "dead_socket": (PICTURE, "", 2),
    "crash": (PICTURE, "", 2),
    "not_a_picture": (RETURNED, "isn't a picture", 1),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The bot as it is, with seconds of patience instead of minutes where silence is the fault."""
    usual = app.build_swarm_settings
    silence_s = 1.0 if "hang" in request.node.name else 30.0

    def short(settings: Settings) -> SwarmSettings:
        return replace(
            usual(settings),
            silence_s=silence_s,
            lost_stream_s=silence_s,  # over HTTP no frames come
            look_s=0.5,
            answer_s=5.0,
            first_frame_s=2.0,
            poll_s=0.05,
        )

    monkeypatch.setattr(app, "build_swarm_settings", short)


def is_over(message: Json) -> bool:
    """Whether the card is the last one: the pictures, or the word that something came back."""
    pictures = bool(message.get("attachments")) and not message.get("embeds")
    return pictures or "returned" in message.get("content", "")


async def ended(here: Town, card: Json) -> Json:
    """The last card; one outcome, no hold, and a charge for each picture on it and no other."""
    last = await here.becomes(card["id"], is_over)
    await here.until(lambda: here.rows("SELECT * FROM holds") == [], "the hold is closed")
    pictures = [one for one in last["attachments"] if one["filename"].endswith(".png")]
    here.balanced()
    assert here.rows("SELECT count(*) FROM charges") == [(len(pictures),)]
    assert here.rows("SELECT state FROM jobs") == [("done" if pictures else "failed",)]
    mine = [one for one in await here.messages() if one["author"].get("bot")]
    assert [one["id"] for one in mine] == [card["id"]], "one outcome, in one message"
    for one in pictures:
        async with here.http.get(one["url"]) as answer:
            assert decoded(await answer.read()).size == (512, 512)
    await here.clean()
    return last


@pytest.mark.parametrize("shows", SHOWS)
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_ends_in_the_right_card(
    fault: str, wire: str, shows: str, tmp_path: Path, row: AddRow
) -> None:
    ends, words, asked = FAULTS[fault]
    images = 2 if ends == PARTLY else 1
    async with town(tmp_path, replace(QUICK, websocket=wire == "WebSocket")) as here:
        await here.start_bot()
        await here.script(next_=[fault], progress=shows == "progress")
        last = await ended(here, await here.imagine("mia", images=images))
        assert words in last["content"]
        charged = sum(one["filename"].endswith(".png") for one in last["attachments"])
        assert charged == (0 if ends == RETURNED else 1)
        if ends == RETURNED:
            count = "1 picture" if images == 1 else f"{images} pictures"
            assert f"{count} returned, 20 left today" in last["content"]
        elif ends == PARTLY:
            assert "1 picture was kept, 1 returned" in last["content"]
        assert len((await here.swarm_report())["generations"]) == asked
        row(TITLE, fault=fault, over=wire, shows=shows, ends=ends, charged=charged, asked=asked)


async def test_the_owner_stops_a_picture_that_waits(tmp_path: Path) -> None:
    """AutoWebUI draws one at a time, and does not hear the interrupt of the first."""
    async with town(tmp_path, replace(QUICK, backends=("autowebui",), image_s=0.2)) as here:
        await here.start_bot()
        await here.script(hold=True)
        first = await here.imagine("mia", prompt="a red fox")
        second = await here.imagine("theo", prompt="a boat")

        async def is_waiting() -> bool:
            states = [one["state"] for one in (await here.swarm_report())["generations"]]
            return states == ["running", "waiting"]

        await here.until(is_waiting, "one waits behind the other")
        api = f"{here.swarm.base}/API"
        async with here.http.post(f"{api}/GetNewSession", json={}) as answer:
            session = (await answer.json())["session_id"]
        stop = {"session_id": session, "other_sessions": True}
        async with here.http.post(f"{api}/InterruptAll", json=stop) as answer:
            assert answer.status == 200
        last = await here.becomes(second["id"], is_over)
        assert last["content"].startswith(
            "Probably stopped on the image server while it waited. 1 picture returned,"
        ), last["content"]
        await here.script(hold=False)
        assert await here.picture(first)


@pytest.mark.parametrize("loaded", [True, False])
async def test_a_model_that_was_deleted_is_told_and_no_longer_offered(
    loaded: bool, tmp_path: Path
) -> None:
    """SwarmUI has not looked again: ComfyUI refuses, with JSON that nobody should read."""
    gone = RECORDED[0]
    async with town(tmp_path, QUICK) as here:
        await here.start_bot()
        if loaded:
            await here.swarm.state.backends.load_now(gone, None)
        await here.script(gone_files=[gone.name])
        last = await ended(here, await here.imagine("mia", model=gone.name))
        assert last["content"].startswith(
            "That model is gone from the image server. 1 picture returned,"
        ), last["content"]

        lists = here.database.with_suffix(".lists")

        def is_forgotten() -> bool:
            models = json.loads(lists.read_bytes())["shelf"]["models"]
            return [model["name"] for model in models] == [RECORDED[1].name]

        await here.until(is_forgotten, "the lists are read anew")


@pytest.mark.parametrize("shows", SHOWS)
@pytest.mark.parametrize("away", ["down", "html"])
@pytest.mark.parametrize("wire", WIRES)
async def test_a_server_that_is_away_is_waited_for(
    wire: str, away: str, shows: str, tmp_path: Path, row: AddRow
) -> None:
    async with town(tmp_path, replace(QUICK, websocket=wire == "WebSocket")) as here:
        await here.start_bot()
        settings: dict[str, Any] = {away: True, "progress": shows == "progress"}
        await here.script(**settings)
        card = await here.imagine("mia")
        await here.becomes(card["id"], lambda seen: "offline" in seen["content"])
        assert here.rows("SELECT state FROM jobs") == [("queued",)]
        settings[away] = False
        await here.script(**settings)
        last = await ended(here, card)
        assert last["attachments"]
        asked = len((await here.swarm_report())["generations"])
        assert asked == 1
        row(TITLE, fault=away, over=wire, shows=shows, ends=PICTURE, charged=1, asked=asked)


@pytest.mark.parametrize("shows", SHOWS)
async def test_a_websocket_that_goes_away_is_done_without(
    shows: str, tmp_path: Path, row: AddRow
) -> None:
    async with town(tmp_path, QUICK) as here:
        await here.start_bot()
        await here.script(websocket=False, progress=shows == "progress")
        last = await ended(here, await here.imagine("mia"))
        assert last["attachments"]
        asked = len((await here.swarm_report())["generations"])
        assert asked == 1
        fault = "websocket: false"
        row(TITLE, fault=fault, over="both", shows=shows, ends=PICTURE, charged=1, asked=asked)
