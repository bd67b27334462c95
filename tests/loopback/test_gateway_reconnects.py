"""A gateway that leaves in the middle of a picture: the picture comes, the next wish is heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import app
from tests.support.town import Json, Town, is_picture, town


async def set_faults(here: Town, *deeds: Json, event: str | None = None, **more: Any) -> None:
    """Let the gateway do all that, or stop it without any."""
    on = {"gateway": True} | ({"event": event} if event else {})
    faults = {"set": [{"on": on, "do": do} | more for do in deeds]}
    async with here.http.post(f"{here.discord.base}/sandbox/faults", json=faults) as answer:
        assert answer.status == 200, await answer.text()


def counted(here: Town) -> Json:
    """Connections, IDENTIFYs and RESUMEs that the gateway has seen."""
    return {name: here.discord.hub.report.gateway[name] for name in ("identify", "resume")}


async def drawn_below(here: Town, message: str) -> bool:
    """Whether a picture replies to that message."""
    return any(
        is_picture(one) and one.get("message_reference", {}).get("message_id") == message
        for one in await here.messages()
    )


def is_online(here: Town) -> bool:
    """Whether each shard is connected."""
    return len(here.discord.hub.sessions.connected) == here.discord.hub.starts.shards


@pytest.mark.parametrize(
    ("fault", "identify", "resume"),
    [
        ({"reconnect": True}, 1, 1),
        ({"cut": True}, 1, 1),
        ({"close": 4000}, 1, 1),
        ({"close": 4009}, 1, 1),
        ({"close": 1000}, 1, 1),
        ({"invalid_session": True}, 2, 0),
    ],
)
async def test_the_picture_comes_and_the_next_wish_is_heard(
    tmp_path: Path, fault: Json, identify: int, resume: int
) -> None:
    async with town(tmp_path) as here:
        await here.script(step_s=0.1)
        await here.start_bot()
        card = await here.imagine("mia", steps=10)
        await set_faults(here, fault)
        await here.until(lambda: counted(here) == {"identify": identify, "resume": resume})
        await here.picture(card)
        await here.until(lambda: is_online(here))
        await here.picture(await here.imagine("theo", steps=2))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert len((await here.swarm_report())["generations"]) == 2
        here.balanced()
        await here.clean()


@pytest.mark.parametrize("trouble", [{"refuse": True}, {"no_hello": True}])
async def test_what_is_said_during_a_gap_is_heard_after_it(tmp_path: Path, trouble: Json) -> None:
    """The router restarts: connections are cut, and new ones fail for a while."""
    async with town(tmp_path) as here:
        await here.start_bot()
        before = here.discord.hub.faults
        await set_faults(here, {"cut": True}, trouble)
        said = await here.act("mia", "message", channel="imagine", content="draw me a fox")
        await here.until(lambda: before.all[1].done >= 1, "an attempt has failed")
        await set_faults(here)
        await here.until(lambda: drawn_below(here, said["message"]), "it is drawn")
        assert counted(here) == {"identify": 1, "resume": 1}
        await here.clean()


GONE = [
    ("CHANNEL_UPDATE", "name"),
    ("THREAD_CREATE", "owner_id"),
    ("MESSAGE_CREATE", "type"),
    ("MESSAGE_CREATE", "channel_id"),
    ("INTERACTION_CREATE", "token"),
    ("GUILD_CREATE", "id"),
]


@pytest.mark.parametrize(("event", "missing"), GONE)
async def test_an_event_that_cannot_be_read_is_logged_and_dropped(
    tmp_path: Path, event: str, missing: str
) -> None:
    async with town(tmp_path) as here:
        here.discord.hub.starts.shards = here.discord.hub.starts.max_concurrency = 2
        await here.start_bot()
        await here.until(lambda: is_online(here))
        (session, *_) = here.discord.hub.sessions.connected
        guild, channel = here.world["guilds"][0]["id"], here.channel("imagine")
        ids = {"guild_id": guild, "channel_id": channel, "parent_id": channel}
        data = ids | {"id": channel if "CHANNEL" in event else "1", "type": 11}
        with capture_logs() as entries:
            session.dispatch(event, {k: v for k, v in data.items() if k != missing})
            await here.picture(await here.imagine("mia"))
        dropped = [one for one in entries if one["event"] == "unreadable event dropped"]
        assert [(one["what"], len(one["ref"])) for one in dropped] == [(event, 4)]
        assert counted(here) == {"identify": 2, "resume": 0}


async def test_refused_message_content_is_gone_without(tmp_path: Path) -> None:
    """The application's flags say that it has it, the gateway says 4014."""
    async with town(tmp_path) as here:
        await set_faults(here, {"refuse_intents": ["message_content"]})
        await here.start_bot()
        assert counted(here)["identify"] == 2
        me = here.world["bot_id"]
        await here.act("theo", "message", channel="imagine", content="draw me a fox")
        asked = await here.act("mia", "message", channel="imagine", content=f"<@{me}> a fox")
        await here.until(lambda: drawn_below(here, asked["message"]), "mentions work")
        await here.picture(await here.imagine("mia"))
        assert len((await here.swarm_report())["generations"]) == 2
        assert any("Message Content" in said for said in here.said)
        here.discord.hub.sessions.connected[0].dispatch("MESSAGE_CREATE", {"id": "1"})
        await set_faults(here, {"refuse_intents": ["message_content"]}, {"invalid_session": True})
        await here.until(lambda: counted(here)["identify"] == 3, "it asks for no more than it gets")


@pytest.mark.parametrize("code", [4004, 4010, 4011, 4012, 4013])
async def test_a_hopeless_close_is_an_end_of_its_own(tmp_path: Path, code: int) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await set_faults(here, {"close": code})
        with pytest.raises(app.RefusedByDiscord, match=str(code)):
            await here.until(lambda: False)
        with pytest.raises(app.RefusedByDiscord):
            await here.stop_bot()
        assert counted(here)["identify"] == 1


async def test_an_interaction_that_comes_twice_draws_once(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await set_faults(here, {"twice": True}, event="INTERACTION_CREATE")
        await here.picture(await here.imagine("mia"))
        await set_faults(here, {"twice": True}, event="MESSAGE_CREATE")
        said = await here.act("mia", "message", channel="imagine", content="draw me a fox")
        await here.until(lambda: drawn_below(here, said["message"]))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert len((await here.swarm_report())["generations"]) == 2
        here.balanced()
