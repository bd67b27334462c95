"""Plain messages through everything: chosen by moderators, drawn, begun from, taken back."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.loopback.test_gateway_reconnects import set_faults
from tests.support.town import Json, Town, town


def photo(colour: str = "navy") -> dict[str, str]:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "PNG")
    return {"name": "mine.png", "base64": base64.b64encode(out.getvalue()).decode()}


async def told(here: Town, name: str, at: str = "imagine", **options: Any) -> Json:
    """A moderator's command of /triggers in some channel, and its private answer."""
    asked = await here.act("mona", "command", channel=at, name=f"triggers {name}", options=options)
    state = await here.answered(asked["interaction"])
    answer = await here.message(state["messages"][0], at, "mona")
    assert answer["flags"] & 64
    return answer


def steps(answer: Json) -> str:
    """The text of an answer's embed."""
    return str(answer["embeds"][0]["description"])


async def says(
    here: Town, content: str, channel: str = "imagine", who: str = "mia", **more: Any
) -> str:
    """Write a message; its id."""
    sent = await here.act(who, "message", channel=channel, content=content, **more)
    return str(sent["message"])


async def answer_to(here: Town, message: str, channel: str = "imagine") -> Json:
    """The bot's reply to a message, as soon as it is there."""
    found: Json = {}

    async def there() -> bool:
        nonlocal found
        found = next(
            (
                one
                for one in await here.messages(channel)
                if (one.get("message_reference") or {}).get("message_id") == message
                and one["author"].get("bot")
            ),
            {},
        )
        return bool(found)

    await here.until(there, f"an answer to {message}")
    return found


async def drawn(here: Town) -> list[dict[str, Any]]:
    """The parameters of each drawing that SwarmUI was asked for, oldest first."""
    return [one["parameters"] for one in (await here.swarm_report())["generations"]]


async def test_moderators_choose_and_members_do_not(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        for name, options in (
            ("add", {"phrase": "paint me"}),
            ("remove", {"phrase": "draw me"}),
            ("list", {}),
            ("test", {"sentence": "draw me a fox"}),
            ("enable", {}),
        ):
            await here.act(
                "mia", "command", channel="imagine", name=f"triggers {name}",
                options=options, status=409,
            )  # fmt: skip
        assert here.rows("SELECT * FROM audit") == []
        general = here.channel("general")

        added = await told(here, "add", phrase="please paint {prompt} for me")
        assert added["content"].startswith("“please paint {prompt} for me” now works in <#")
        await told(here, "enable", channel=general)
        sent = await says(here, "Please paint a blue fox for me!", "general")
        card = await answer_to(here, sent, "general")
        await here.picture(card, "general")
        assert [one["prompt"] for one in await drawn(here)] == ["a blue fox"]

        await told(here, "remove", phrase="please paint {prompt} for me")
        await told(here, "enable", channel=general, on=False)
        choices = await here.act(
            "mona", "autocomplete", channel="imagine", name="triggers remove",
            option="phrase", value="", options={},
        )  # fmt: skip
        assert [one["name"] for one in choices["choices"]] == ["draw me"]

        log = steps(
            await here.message(
                (await here.command("mona", "limits log"))["messages"][0], who="mona"
            )
        )
        assert "trigger “please paint {prompt} for me” added" in log
        assert "trigger “please paint {prompt} for me” removed" in log
        assert f"<#{general}>" in log
        acts = here.rows("SELECT action, target FROM audit ORDER BY seq")
        assert [action for action, _ in acts] == [
            "triggers.add", "triggers.enable", "triggers.remove", "triggers.enable"
        ]  # fmt: skip
        await here.clean()


async def test_a_channel_where_we_may_not_write_listens_and_is_warned_of(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        locked = here.channel("locked")
        assert (await told(here, "enable", channel=locked))["content"] == (
            f"Phrases now work in <#{locked}> and its threads.\nI can't write in "
            "#locked. A moderator can give me *Send Messages* there."
        )
        off = await told(here, "enable", channel=locked, on=False)
        assert "can't write" not in off["content"]
        await here.clean()


async def test_what_was_chosen_outlives_the_bot(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await told(here, "add", phrase="paint me", channel=here.channel("general"))
        await told(here, "enable", on=False)
        await here.stop_bot()
        await here.start_bot()
        await says(here, "draw me a red fox")
        sent = await says(here, "paint me a blue fox", "general")
        await here.picture(await answer_to(here, sent, "general"), "general")
        assert [one["prompt"] for one in await drawn(here)] == ["a blue fox"]
        await here.clean()


async def test_a_sentence_is_tried_and_nothing_is_drawn_or_charged(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        yes = await told(here, "test", sentence="draw me a red fox")
        assert yes["content"] == "I would draw *a red fox*."
        assert "you'd have 19 left" in steps(yes)
        again = await told(here, "test", sentence="draw me a red fox")
        assert "you'd have 19 left" in steps(again)

        await here.command("mona", "limits set", member=here.person("mona"), day=0)
        no = await told(here, "test", sentence="draw me a red fox")
        assert no["content"] == "I would refuse, in a short reply that disappears."
        assert "✗ The answer would be: Your own limit here is 0" in steps(no)

        silent = await told(here, "test", "general", sentence="draw me a red fox")
        assert silent["content"] == "No reply."
        in_thread = await told(here, "test", "fox thread", sentence="he said draw me a fox")
        assert "✓ 1 phrase works in this channel." in steps(in_thread)
        assert "a phrase only works at the start" in steps(in_thread)

        for table in ("jobs", "holds", "charges", "totals", "drafts", "posts"):
            assert here.rows(f"SELECT * FROM {table}") == [], table
        assert await drawn(here) == []
        await here.clean()


async def test_a_picture_comes_with_the_message(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        sent = await says(here, "draw me as a watercolour", files=[photo()])
        await here.picture(await answer_to(here, sent))
        [asked] = await drawn(here)
        assert asked["prompt"] == "as a watercolour"
        body = base64.b64decode(asked["initimage"].partition(",")[2])
        assert Image.open(io.BytesIO(body)).convert("RGB").getpixel((5, 5)) == (0, 0, 128)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        await here.clean()


async def test_a_reply_to_a_picture_draws_it_anew(tmp_path: Path) -> None:
    """By anybody who sees it; the picture is what was shown, and each pays for their own."""
    async with town(tmp_path) as here:
        await here.start_bot()
        done = await here.picture(await here.imagine("mia", prompt="a red fox"))
        [file] = done["attachments"]
        async with here.http.get(file["url"]) as answer:
            shown = Image.open(io.BytesIO(await answer.read())).convert("RGB")

        sent = await says(here, "draw me in winter", who="theo", reply_to=done["id"])
        await here.picture(await answer_to(here, sent))
        asked = (await drawn(here))[1]
        assert asked["prompt"] == "in winter"
        body = base64.b64decode(asked["initimage"].partition(",")[2])
        begun = Image.open(io.BytesIO(body)).convert("RGB")
        assert begun.resize((8, 8)).tobytes() == shown.resize((8, 8)).tobytes()
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        charged = dict(here.rows("SELECT user, count(*) FROM charges GROUP BY user"))
        assert charged == {int(here.person("mia")): 1, int(here.person("theo")): 1}

        plain = await says(here, "nice weather today", who="mona")
        sent = await says(here, f"<@{here.world['bot_id']}> a tree", who="mia", reply_to=plain)
        await here.picture(await answer_to(here, sent))
        assert not (await drawn(here))[2].get("initimage")
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        await here.clean()


async def test_what_is_private_is_nobodys_to_begin_from(tmp_path: Path) -> None:
    """Only its requester sees it, so nobody can reply to it, they themselves included."""
    async with town(tmp_path) as here:
        await here.start_bot()
        done = await here.picture(await here.imagine("mia", private=True))
        for who in ("theo", "mia"):
            await here.act(
                who, "message", channel="imagine", content="draw me in winter",
                reply_to=done["id"], status=409,
            )  # fmt: skip
        assert len(await drawn(here)) == 1
        await here.clean()


async def test_an_edit_into_another_wish_takes_the_first_back(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.script(step_s=0.2)
        await here.start_bot()
        busy = await here.imagine("theo", steps=30)
        second = await here.imagine("mona", steps=30)
        sent = await says(here, "draw me a red fox")
        card = await answer_to(here, sent)
        await here.act("mia", "edit", message=sent, content="draw me a blue fox")
        gone = await here.becomes(card["id"], lambda one: "Cancelled" in one["content"])
        assert "1 picture returned, 20 left today." in gone["content"]
        assert here.rows("SELECT count(*) FROM jobs") == [(3,)]
        await here.press("theo", busy, "cancel")
        await here.press("mona", second, "cancel")
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert "a blue fox" not in str(await drawn(here))
        here.balanced()
        await here.clean()


async def test_help_names_what_this_server_listens_for(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()

        async def helped() -> str:
            state = await here.command("mia", "help")
            return steps(await here.message(state["messages"][0]))

        imagine, general = here.channel("imagine"), here.channel("general")
        assert f"In <#{imagine}>, start a message with “draw me”." in await helped()
        await told(here, "add", phrase="please draw {prompt} for me")
        await told(here, "enable", channel=general)
        both = sorted((imagine, general), key=int)
        assert (
            f"In <#{both[0]}> and <#{both[1]}>, write “draw me” or “please draw … for me”."
        ) in await helped()
        await told(here, "remove", phrase="draw me")
        await told(here, "remove", phrase="please draw {prompt} for me")
        said = await helped()
        assert "mentioning me" in said
        assert "draw me" not in said
        await here.clean()


async def test_a_mention_of_the_bots_own_role_draws_and_other_roles_are_talk(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        own, artists = here.role("swarmbot"), here.role("Artists")
        await says(here, f"<@&{artists}> an owl", "general")
        card = await answer_to(here, await says(here, f"<@&{own}> a red fox", "general"), "general")
        await here.picture(card, "general")
        tried = await told(here, "test", sentence=f"<@&{own}> a red fox")
        assert "other" not in steps(tried)
        prompts = [one["prompt"] for one in (await here.swarm_report())["generations"]]
        assert prompts == ["a red fox"]
        await here.clean()


@pytest.mark.parametrize("is_waiting", [True, False])
async def test_a_message_that_a_proxy_posts_again_leaves_nothing_behind(
    tmp_path: Path, is_waiting: bool
) -> None:
    """The webhook's message draws nothing either, and nothing is held or charged."""
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(step_s=5)
        if is_waiting:
            for who in ("theo", "mona"):
                await here.imagine(who, "general")
        sent = await says(here, "draw me a red fox")
        card = await answer_to(here, sent)
        mine = f"SELECT state FROM jobs WHERE source = 'message:{sent}'"
        state = "queued" if is_waiting else "running"
        await here.until(lambda: here.rows(mine) == [(state,)], state)
        again = await here.act("mia", "proxy", message=sent, name="Luna")
        await here.until(lambda: here.rows(mine) == [("cancelled",)], "it is cancelled")

        async def alone() -> bool:
            return [one["id"] for one in await here.messages()] == [again["message"]]

        await here.until(alone, f"{card['id']} is gone")
        assert len(here.rows("SELECT * FROM jobs")) == 1 + 2 * is_waiting
        here.balanced()
        await here.clean()


async def test_a_message_that_goes_before_it_is_accepted_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    """Both events wait for the bot at once."""
    async with town(tmp_path) as here:
        await here.start_bot()
        sent = await says(here, "draw me a red fox")
        await here.act("mia", "proxy", message=sent, name="Luna")
        states = "SELECT state FROM jobs"
        await here.until(lambda: here.rows(states) == [("cancelled",)], "it is cancelled")

        async def alone() -> bool:
            return len(await here.messages()) == 1

        await here.until(alone, "the webhook's message stands alone")
        here.balanced()
        await here.clean()


async def test_a_message_whose_end_was_told_first_draws_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await set_faults(here, {"late_ms": 100}, event="MESSAGE_CREATE")
        sent = await says(here, "draw me a red fox")
        await here.act("mia", "proxy", message=sent, name="Luna")
        session = here.discord.hub.sessions.connected[0]
        came = [None]

        def has_come() -> bool:
            came[:] = [p["d"]["id"] for p in session.sent if p["t"] == "MESSAGE_CREATE"]
            return sent in came

        await here.until(has_come, "the late event")
        for _ in range(2):
            state = await here.command("mia", "quota", "general")
            assert state["state"] == "answered"
        assert here.rows("SELECT * FROM jobs") == []
        assert len(await here.messages()) == 1
        await here.clean()


async def test_a_threads_first_message_draws_there(tmp_path: Path) -> None:
    """Discord's own messages about the thread draw nothing, whatever the thread is called."""
    async with town(tmp_path) as here:
        await here.start_bot()
        for who, name in (("mia", "draw me a thread"), ("theo", "draw me another")):
            sent = await says(here, "look here", who="mona")
            below = {"message": sent} if "another" in name else {}
            opened = await here.act("mona", "thread", channel="imagine", name=name, **below)
            asked = await says(here, f"{name} of foxes", opened["channel"], who)
            card = await answer_to(here, asked, opened["channel"])
            await here.picture(card, opened["channel"])
        prompts = [one["prompt"] for one in await drawn(here)]
        assert prompts == ["a thread of foxes", "another of foxes"]
        await here.clean()
