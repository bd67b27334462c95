"""What people type and what servers do wrong: a clear sentence each, and nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.town import Json, Town, is_picture, town

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"prompt": "   "}, "prompt"),
    ({"prompt": "<lora:only-a-tag>"}, "prompt"),
    ({"prompt": "x" * 6000}, "2,000"),
    ({"prompt": "fox", "images": 0}, "1"),
    ({"prompt": "fox", "images": 99}, "4"),
    ({"prompt": "fox", "seed": -5}, "seed"),
    ({"prompt": "fox", "steps": 0}, "steps"),
    ({"prompt": "fox", "model": "no-such-model"}, "model"),
]


async def test_every_bad_wish_is_a_private_sentence_and_costs_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        for options, word in REFUSED:
            refused = await here.imagine("mia", **options)
            assert refused["flags"] & 64, options
            assert word.lower() in refused["content"].lower(), (options, refused["content"])
        assert here.rows("SELECT * FROM jobs") == []
        assert (await here.swarm_report())["generations"] == []
        await here.clean()


DRAWN = [
    "\U0001f98a\U0001f98a",
    "ثعلب أحمر في الثلج",
    "@everyone <@123> <@&456> here",
    "a fox <repeat[999999999]:x>",
    "a fox <LoRa:x> \uff1cparam[steps]:500\uff1e \u2039preset:y\u203a",
    "a < b and `c`",
]


async def test_odd_prompts_draw_without_a_tag_and_without_a_ping(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        for prompt in DRAWN:
            await here.picture(await here.imagine("mia", prompt=prompt))
        report = await here.swarm_report()
        assert report["requests_with_tag"] == 0
        assert len(report["generations"]) == len(DRAWN)
        assert all(g["parameters"]["steps"] == 20 for g in report["generations"])
        assert [g["prompt"] for g in report["generations"]][3] == "a fox"
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        await here.clean()


async def returned(here: Town, card: Json) -> Json:
    """Wait until a card says that something was given back."""
    told = await here.becomes(card["id"], lambda m: "returned" in m.get("content", ""))
    await here.until(lambda: here.rows("SELECT * FROM holds") == [])
    here.balanced()
    assert here.rows("SELECT * FROM charges") == []
    return told


@pytest.mark.parametrize(
    ("settings", "faults", "word"),
    [
        ({"error": "The model is broken."}, [], "The model is broken"),
        ({"empty": True}, [], "without a picture"),
        ({}, ["not_a_picture"], "isn't a picture"),
        ({}, ["silent"], "without a picture"),
    ],
)
async def test_a_server_that_fails_gives_everything_back(
    tmp_path: Path, settings: dict[str, Any], faults: list[str], word: str
) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(next_=faults, **settings)
        card = await here.imagine("mia")
        told = await returned(here, card)
        assert word in told["content"]
        assert "20 left today" in told["content"]
        await here.clean()


@pytest.mark.parametrize("away", ["down", "html"])
async def test_a_server_that_is_away_keeps_the_place_and_then_draws(
    tmp_path: Path, away: str
) -> None:
    """Nobody answers, or a proxy answers with its page: the same to who waits."""
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(**{away: True})
        card = await here.imagine("mia")
        told = await here.becomes(card["id"], lambda m: "offline" in m.get("content", ""))
        assert "your request expires <t:" in told["content"]
        assert len(here.rows("SELECT * FROM holds")) == 1
        await here.script(**{away: False})
        await here.picture(card)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        await here.clean()


async def test_a_server_that_stays_down_returns_the_job(tmp_path: Path) -> None:
    async with town(tmp_path, extra="outage_wait_minutes = 0\n") as here:
        await here.start_bot()
        await here.script(down=True)
        card = await here.imagine("mia")
        told = await returned(here, card)
        assert told["content"].startswith(
            "It didn't come back in time. 1 picture returned, 20 left today."
        )
        await here.clean()


async def test_where_it_may_not_attach_it_says_so_and_draws_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        refused = await here.imagine("mia", "locked")
        assert refused["flags"] & 64
        assert "#locked" in refused["content"]
        assert here.rows("SELECT * FROM jobs") == []
        await here.clean()


async def test_deleting_the_card_cancels(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(step_s=0.5)
        card = await here.imagine("mia")
        await here.until(lambda: here.rows("SELECT state FROM jobs") == [("running",)])
        await here.act("mona", "delete", message=card["id"])
        await here.until(lambda: here.rows("SELECT state FROM jobs") == [("cancelled",)])
        assert here.rows("SELECT * FROM holds") == []

        async def interrupted() -> bool:
            [one] = (await here.swarm_report())["generations"]
            return bool(one["state"] == "interrupted")

        await here.until(interrupted)
        assert [m for m in await here.messages() if m["author"].get("bot")] == []
        await here.clean()


async def test_a_card_lost_without_a_word_from_discord_is_posted_anew(tmp_path: Path) -> None:
    """A 404 without a delete event is an accident: the picture comes as a new message."""
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(step_s=0.05)
        card = await here.imagine("mia")
        await here.until(lambda: here.rows("SELECT state FROM jobs") == [("running",)])
        del here.discord.world.messages[here.channel("imagine")][card["id"]]

        async def anew() -> bool:
            return any(is_picture(m) for m in await here.messages())

        await here.until(anew)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()


async def test_a_server_that_goes_away_while_it_draws_is_asked_again(tmp_path: Path) -> None:
    """The generation goes on without us: its picture is found, not drawn a second time."""
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(step_s=0.1)
        card = await here.imagine("mia")
        await here.becomes(card["id"], lambda m: "Drawing, step" in m["content"])
        await here.script(down=True)
        await here.becomes(card["id"], lambda m: "offline" in m.get("content", ""))
        await here.script(down=False)
        await here.picture(card)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert len((await here.swarm_report())["generations"]) == 1
        here.balanced()
        await here.clean()
