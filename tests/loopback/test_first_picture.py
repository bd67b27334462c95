"""The whole way over real sockets: from a person's words to a PNG in the channel."""

from __future__ import annotations

from pathlib import Path

from tests.support.town import is_picture, town


async def test_a_command_becomes_a_picture_in_the_same_message(tmp_path: Path) -> None:
    """One status message, edited, becomes the PNG, byte-identical to the server's file."""
    async with town(tmp_path) as here:
        await here.start_bot()
        card = await here.imagine("mia", prompt="a red fox")
        assert card["content"] == "Got it, starting now."
        result = await here.picture(card)
        assert result["content"].startswith("a red fox · ")
        assert result["content"].endswith("19 left today")
        assert result["edits"] >= 1
        assert result["embeds"] == []
        [mine] = [m for m in await here.messages() if m["author"].get("bot")]
        assert mine["id"] == card["id"]
        [attachment] = result["attachments"]
        assert "a red fox" in attachment["description"]
        async with here.http.get(attachment["url"]) as answer:
            posted = await answer.read()
        [generation] = (await here.swarm_report())["generations"]
        assert generation["images"][0].endswith(f"{generation['job']}-1.png")
        async with here.http.get(f"{here.swarm.base}/{generation['images'][0]}") as answer:
            assert posted == await answer.read()
        assert b"sui_image_params" in posted
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        await here.clean()


async def test_a_trigger_phrase_does_the_same_as_a_reply(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        asked = await here.act(
            "theo", "message", channel="imagine", content="draw me a house by the sea"
        )

        async def drawn() -> bool:
            last = (await here.messages())[-1]
            return is_picture(last) and last["message_reference"]["message_id"] == asked["message"]

        await here.until(drawn)
        [last] = (await here.messages())[-1:]
        assert last["content"].startswith("a house by the sea · ")
        assert last["silent"]
        await here.clean()


async def test_the_limit_declines_privately_and_a_moderator_raises_it(tmp_path: Path) -> None:
    async with town(tmp_path, extra="[quota]\nday = 1\n") as here:
        await here.start_bot()
        await here.picture(await here.imagine("mia"))
        refused = await here.imagine("mia", prompt="one more")
        assert refused["flags"] & 64
        assert refused["content"].startswith(
            "You've used your 1 picture for today. You get more <t:"
        )
        assert "one more" in refused["content"]
        assert refused["id"] not in [m["id"] for m in await here.messages(who="theo")]
        answer = await here.command("mona", "limits set", member=here.person("mia"), day=3)
        assert answer["state"] == "answered"
        await here.picture(await here.imagine("mia", prompt="one more"))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert here.rows("SELECT count(*) FROM charges") == [(2,)]
        answer = await here.command("mona", "limits clear", member=here.person("mia"))
        assert answer["state"] == "answered"
        refused = await here.imagine("mia", prompt="one too many")
        assert refused["content"].startswith("You've used your 1 picture for today.")
        here.balanced()
        await here.clean()
