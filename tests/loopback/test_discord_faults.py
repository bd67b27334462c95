"""Discord misbehaves where it can bite: the picture comes once all the same, and the books agree.

Each row is one fault, met by the last word of a job that SwarmUI holds until the fault is set, or
by its first answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from discord.state import ConnectionState

from bot.sandbox.discord import gateway
from tests.support.table import AddRow
from tests.support.town import Json, Town, town

BY_TOKEN = "/webhooks/*"
BY_BOT = "/channels/{channel}/messages/{message}"
POST = "/channels/{channel}/messages"
CALLBACK = "/interactions/{id}/{token}/callback"


def fault(
    method: str, route: str, do: Json, *, times: int | None = None, nth: int | None = None
) -> Json:
    """One fault of the sandbox's doors."""
    on: Json = {"method": method, "route": route}
    if nth is not None:
        on["nth"] = nth
    return {"on": on, "do": do} | ({} if times is None else {"times": times})


def says(status: int, code: int = 0, **more: Any) -> Json:
    """An answer in Discord's form."""
    return {"status": status, "body": {"message": "no", "code": code}, **more}


def both(do: Json, times: int | None = None) -> list[Json]:
    """The same trouble for edits by either token."""
    return [fault("PATCH", BY_TOKEN, do, times=times), fault("PATCH", BY_BOT, do, times=times)]


WAIT = {"message": "slow down", "retry_after": 0.3, "global": False}
VIA = {"Via": "1.1 google", "X-RateLimit-Bucket": "b", "X-RateLimit-Reset-After": "0.3"}
DEAD_TOKEN = fault("PATCH", BY_TOKEN, says(401, 50027))
HTML = {"status": 502, "body": "<html>Bad gateway</html>", "headers": {"Content-Type": "text/html"}}


@dataclass(frozen=True)
class Row:
    """One fault, and where the picture is to be found after it: "same", "new" or "dm"."""

    name: str
    faults: list[Json]
    where: str = "same"


LAST_WORD = [
    Row("500 once", both(says(500), 1)),
    Row("502 with a page of HTML, once", both(HTML, 1)),
    Row("503 once", both(says(503), 1)),
    Row("429 with Via", both({"status": 429, "body": WAIT, "headers": VIA}, 1)),
    Row("429 without Via", both({"status": 429, "body": WAIT}, 1)),
    Row("reset before it was taken", both({"drop": "before"}, 1)),
    Row("reset after it was taken", both({"drop": "after"}, 1)),
    Row("slow by two seconds", both({"delay_ms": 2000}, 1)),
    Row("401, 50027: the token is dead", [DEAD_TOKEN]),
    Row("404, 10015: the token is unknown", [fault("PATCH", BY_TOKEN, says(404, 10015))]),
    Row("404, 10008: the message is gone", both(says(404, 10008)), "new"),
    Row("400 on an edit with files", both(says(400, 50035)), "new"),
    Row("403, 50013: the right to edit is gone", both(says(403, 50013)), "new"),
    Row(
        "429, 30046: too many edits of an old message",
        [DEAD_TOKEN, fault("PATCH", BY_BOT, says(429, 30046, headers=VIA))],
        "new",
    ),
    Row("413, 40005 once: too large after all", both(says(413, 40005), 1)),
    Row(
        "403 everywhere in the channel",
        [*both(says(403, 50013)), fault("POST", POST, says(403, 50013), times=1)],
        "dm",
    ),
]


WHERE = {
    "same": "picture once, in the status message",
    "new": "picture once, in a new message",
    "dm": "picture once, as a direct message",
}


def add_to(row: AddRow, met_by: str, fault: str, ended: str) -> None:
    """One line of the report's table; the test has just proven it."""
    told = "by the picture"
    row("Faults of Discord", met_by=met_by, fault=fault, ended=ended, told=told, hold="closed")


async def begin(here: Town) -> Json:
    """A job that SwarmUI has and does not go on with."""
    await here.script(hold=True)
    await here.start_bot()
    card = await here.imagine("mia")

    async def taken() -> bool:
        return bool((await here.swarm_report())["generations"])

    await here.until(taken, "SwarmUI has it")
    return card


async def set_faults(here: Town, faults: list[Json]) -> None:
    """Replace the sandbox's list of faults."""
    async with here.http.post(f"{here.discord.base}/sandbox/faults", json={"set": faults}) as said:
        assert said.status == 200, await said.text()


async def struck(here: Town) -> bool:
    """Whether any fault was met at all."""
    return any(one["done"] for one in (await here.get("faults"))["faults"])


async def shown(here: Town) -> list[tuple[str, Json]]:
    """Every message with a picture that mia can see, with its channel."""
    dm = next(p["dm"] for p in here.world["guilds"][0]["people"] if p["name"] == "mia")
    places = ("imagine", dm)
    return [(place, m) for place in places for m in await here.messages(place) if is_result(m)]


def is_result(message: Json) -> bool:
    """Whether it carries the finished picture, be it as a smaller copy of another kind."""
    names = [str(one["filename"]) for one in message.get("attachments", ())]
    return any(not name.startswith("preview") for name in names)


async def settled(here: Town) -> None:
    """The job is over and nothing is held."""
    await here.until(lambda: here.rows("SELECT * FROM jobs WHERE state = 'done'"), "it is done")
    assert here.rows("SELECT * FROM holds") == []
    here.balanced()


@pytest.mark.parametrize("trouble", LAST_WORD, ids=lambda trouble: trouble.name)
async def test_the_last_word_comes_once(tmp_path: Path, trouble: Row, row: AddRow) -> None:
    async with town(tmp_path) as here:
        card = await begin(here)
        await set_faults(here, trouble.faults)
        await here.script(hold=False)
        await settled(here)
        assert await struck(here)
        ((place, message),) = await shown(here)
        assert (message["id"] == card["id"]) == (trouble.where == "same")
        assert (place == "imagine") == (trouble.where != "dm")
        assert len((await here.swarm_report())["generations"]) == 1
        assert here.rows("SELECT count(*) FROM charges") == [(1,)]
        assert (await here.get("report"))["live_mentions"] == 0
        add_to(row, "the last word", trouble.name, WHERE[trouble.where])


GATEWAY = {
    "the line drops (4000)": {"close": 4000},
    "invalid session": {"invalid_session": True},
    "op 7, reconnect": {"reconnect": True},
}


@pytest.mark.parametrize("name", GATEWAY)
async def test_the_gateway_comes_and_goes_and_the_picture_stays(
    tmp_path: Path, name: str, row: AddRow
) -> None:
    async with town(tmp_path) as here:
        card = await begin(here)
        await set_faults(here, [{"on": {"gateway": True}, "do": GATEWAY[name]}])
        await here.script(hold=False)
        await settled(here)
        assert await struck(here)
        ((_, message),) = await shown(here)
        assert message["id"] == card["id"]
        await set_faults(here, [])
        await here._ready()
        await here.picture(await here.imagine("mia", prompt="another fox"))
        add_to(row, "drawing", name, WHERE["same"])


async def test_a_gateway_that_falls_silent_is_left_and_the_picture_stays(
    tmp_path: Path, row: AddRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zombie: the line is open, but nothing comes any more, not even the acks of heartbeats."""
    monkeypatch.setattr(gateway, "HEARTBEAT_MS", 200)
    begin_state = ConnectionState.__init__

    def impatient(state: Any, **options: Any) -> None:
        begin_state(state, **{**options, "heartbeat_timeout": 2.0})

    monkeypatch.setattr(ConnectionState, "__init__", impatient)
    async with town(tmp_path) as here:
        card = await begin(here)
        seen = here.discord.hub.report.gateway
        before = seen["connections"]
        await set_faults(here, [{"on": {"gateway": True}, "do": {"silence": True}}])
        await here.act("theo", "message", channel="imagine", content="draw me a boar")
        await here.script(hold=False)
        await settled(here)
        ((_, message),) = await shown(here)
        assert message["id"] == card["id"]
        await here.until(lambda: seen["connections"] > before, "it leaves the silent line")
        await set_faults(here, [])

        async def both() -> bool:
            return len(await shown(here)) == 2

        await here.until(both, "what was asked meanwhile is heard")
        await here.picture(await here.imagine("mona", prompt="another fox"))
        assert seen["resume"] >= 1
        await here.until(lambda: here.rows("SELECT * FROM holds") == [], "nothing is held")
        here.balanced()
        add_to(row, "drawing", "no more acks: a zombie line", WHERE["same"])


FIRST_ANSWER = [
    Row("500 to the first answer", [fault("POST", CALLBACK, says(500), times=1)]),
    Row("reset before the first answer", [fault("POST", CALLBACK, {"drop": "before"}, times=1)]),
    Row("reset after the first answer", [fault("POST", CALLBACK, {"drop": "after"}, times=1)]),
    Row(
        "INTERACTION_CREATE comes twice",
        [{"on": {"event": "INTERACTION_CREATE"}, "do": {"twice": True}}],
    ),
]


@pytest.mark.parametrize("trouble", FIRST_ANSWER, ids=lambda trouble: trouble.name)
async def test_a_first_answer_that_fails_loses_no_picture(
    tmp_path: Path, trouble: Row, row: AddRow
) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await set_faults(here, trouble.faults)
        await here.act(
            "mia", "command", channel="imagine", name="imagine", options={"prompt": "a red fox"}
        )
        await settled(here)
        assert await struck(here)
        ((_, message),) = await shown(here)
        posted = [m["id"] for m in await here.messages() if m["author"].get("bot")]
        assert posted == [message["id"]]
        assert len((await here.swarm_report())["generations"]) == 1
        add_to(row, "the first answer", trouble.name, "picture once, in the one message")


@pytest.mark.parametrize("private", [False, True])
async def test_an_interaction_that_failed_for_the_person_costs_nothing(
    tmp_path: Path, private: bool
) -> None:
    """They saw "The application did not respond": a card of nobody would only confuse."""
    async with town(tmp_path) as here:
        await here.script(hold=True)
        await here.start_bot()
        await set_faults(here, [fault("POST", CALLBACK, says(404, 10062), times=1)])
        options = {"prompt": "a red fox", "private": private}
        await here.act("mia", "command", channel="imagine", name="imagine", options=options)
        await here.until(lambda: here.rows("SELECT state, told FROM jobs") == [("cancelled", 1)])
        assert here.rows("SELECT * FROM holds") == here.rows("SELECT * FROM charges") == []
        assert [m for m in await here.messages() if m["author"].get("bot")] == []

        await set_faults(here, [])
        await here.script(hold=False)
        again = await here.imagine("mia", private=private)
        assert "19 left today" in (await here.picture(again))["content"]
        await here.until(lambda: here.rows("SELECT count(*) FROM charges") == [(1,)])
        here.balanced()
        await here.clean()
