"""A server's word lists, by every way to ask and by the doors: exact words, and nothing echoed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.policy import AdultSetting
from tests.support.choices import choose
from tests.support.town import Json, Town, town

LISTED = (
    "That uses a word that isn't allowed on this server. Nothing was charged. "
    "Change it and try again."
)
THERE = "I only draw that in age-restricted channels. Nothing was charged. Change it, or ask there."
NEVER = "I don't draw that anywhere on this server. Nothing was charged. Change it and try again."


async def reply_to(here: Town, message: str) -> Json:
    """The bot's answer to a plain message."""
    said: Json = {}

    async def replied() -> bool:
        nonlocal said
        for one in await here.messages():
            if (one.get("message_reference") or {}).get("message_id") == message:
                said = one
        return bool(said)

    await here.until(replied, "a reply")
    return said


@pytest.mark.parametrize("way", ["slash", "phrase", "mention", "reroll", "use", "edit"])
async def test_a_listed_word_is_refused_on_every_way(tmp_path: Path, way: str) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        before = await here.picture(await here.imagine("mia", prompt="a shark at sea"))
        await here.stop_bot()
        await choose(here, words=("shark*",))
        await here.start_bot()
        bot = here.world["bot_id"]
        match way:
            case "slash":
                told = await here.imagine("theo", prompt="two SH4RKS")
                assert told["content"] == f"{LISTED}\n```\ntwo SH4RKS\n```"
            case "phrase" | "mention":
                words = "draw me a shark" if way == "phrase" else f"<@{bot}> a s.h.a.r.k"
                sent = await here.act("theo", "message", channel="imagine", content=words)
                told = await reply_to(here, sent["message"])
                assert told["content"] == LISTED
                assert told["embeds"] == []
            case "reroll":
                state = await here.press("mia", before, "reroll")
                told = await here.message(state["messages"][0])
                assert told["content"] == f"{LISTED}\n```\na shark at sea\n```"
            case "use":
                state = await here.press("theo", before, "reroll")
                theirs = await here.message(state["messages"][0], who="theo")
                assert "This picture belongs to Mia." in theirs["content"]
                state = await here.press("theo", theirs, "use")
                told = await here.message(state["messages"][0], who="theo")
                assert told["content"].startswith(LISTED)
            case _:
                state = await here.press("mia", before, "edit")
                sent = await here.act(
                    "mia", "modal", modal=state["modal"]["id"], fields={"prompt": "a sharkling"}
                )
                state = await here.answered(sent["interaction"])
                told = await here.message(state["messages"][0])
                assert told["content"] == f"{LISTED}\n```\na sharkling\n```"
        public = [m for m in await here.messages(who="mona") if not m["flags"] & 64]
        assert sum("shark" in m["content"] for m in public if m["author"].get("bot")) == 1
        assert here.rows("SELECT count(*) FROM jobs") == [(1,)]
        assert len((await here.swarm_report())["generations"]) == 1
        here.balanced()
        await here.clean()


async def test_words_for_adults_are_drawn_where_they_belong(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await choose(here, age_words=("gore",), allowed_words=("gore tex",))
        await here.start_bot()
        for prompt in ("much gore", "hentai"):
            told = await here.imagine("mia", prompt=prompt)
            assert told["content"] == f"{THERE}\n```\n{prompt}\n```"
        await here.picture(await here.imagine("mia", prompt="a gore-tex jacket"))
        card = await here.imagine("mia", "after-dark", prompt="much gore")
        await here.picture(card, "after-dark")
        await here.until(lambda: here.rows("SELECT count(*) FROM charges") == [(2,)])
        here.balanced()
        await here.clean()


async def test_never_is_never(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await choose(here, adult=AdultSetting.NEVER)
        await here.start_bot()
        told = await here.imagine("mia", "after-dark", prompt="hentai")
        assert told["content"] == f"{NEVER}\n```\nhentai\n```"
        await here.clean()


async def test_no_list_lets_what_is_never_drawn_pass(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await choose(here, allowed_words=("nude", "child", "nude child"))
        await here.start_bot()
        told = await here.imagine("mia", "after-dark", prompt="nude child")
        assert told["content"] == (
            "I don't draw anything sexual with children or anyone who looks like one, anywhere. "
            "Nothing was charged."
        )
        assert told["components"] == []
        await here.clean()


async def test_a_refusal_for_another_reason_repeats_no_unfit_word_in_public(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await choose(here, words=("shark",), drawing=False)
        await here.start_bot()
        sent = await here.act("mia", "message", channel="imagine", content="draw me a shark")
        told = await reply_to(here, sent["message"])
        assert "shark" not in str((told["content"], told["embeds"]))
        fine = await here.act("theo", "message", channel="imagine", content="draw me a fox")
        assert "a fox" in (await reply_to(here, fine["message"]))["content"]
        await here.clean()
