"""The menu of a message over sockets: forms in time, pictures of anybody's, words of anybody's."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support.town import Town, town

FIRST_ANSWER_MS = 3000


def picture(text: str = "", key: str = "parameters") -> dict[str, str]:
    """A file of a person's, with that written in it."""
    out, info = io.BytesIO(), PngInfo()
    if text:
        info.add_text(key, text)
    Image.new("RGB", (96, 64), (30, 90, 160)).save(out, "PNG", pnginfo=info)
    return {"name": "mine.png", "base64": base64.b64encode(out.getvalue()).decode()}


async def menu(here: Town, who: str, message: str, name: str) -> dict[str, Any]:
    """Use it; the interaction's state, in time."""
    asked = await here.act(who, "menu", message=message, name=name)
    state = await here.answered(asked["interaction"])
    assert state["state"] == "answered"
    assert state["after_ms"] < FIRST_ANSWER_MS
    return {**state, "id": asked["interaction"]}


def fields(state: dict[str, Any]) -> dict[str, Any]:
    """What an open form shows."""
    rows = state["modal"]["components"]
    return {row["component"]["custom_id"]: row["component"].get("value") for row in rows}


async def said(here: Town, who: str, state: dict[str, Any]) -> dict[str, Any]:
    """A private answer, which nobody else sees."""
    (message,) = state["messages"]
    told = await here.message(message, state["channel"], who)
    assert told["flags"] & 64
    assert await here.message(message, state["channel"], "mona") == {}
    return told


async def posted(here: Town, who: str, content: str = "", *files: dict[str, str]) -> str:
    sent = await here.act(who, "message", channel="general", content=content, files=list(files))
    return str(sent["message"])


async def test_remix_of_our_own_picture_begins_from_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        done = await here.picture(await here.imagine(prompt="a red fox", negative="snow"))
        state = await menu(here, "theo", done["id"], "Remix")
        assert fields(state)["prompt"] == "a red fox"
        assert fields(state)["negative"] == "snow"
        text = await menu(here, "theo", done["id"], "Imagine this text")
        assert fields(text)["prompt"] == "a red fox"
        sent = await here.act("theo", "modal", modal=state["id"], fields={"prompt": "a blue fox"})
        answer = await here.answered(sent["interaction"])
        result = await here.picture(await here.message(answer["messages"][0]))
        assert "a blue fox" in result["content"]
        drawn = (await here.swarm_report())["generations"][1]
        assert drawn["parameters"]["initimage"].startswith("data:image/png;base64,")
        assert here.rows("SELECT requester FROM jobs ORDER BY seq DESC LIMIT 1") == [
            (int(here.person("theo")),)
        ]
        here.balanced()
        await here.clean()


async def test_show_parameters_of_anybodys_picture(tmp_path: Path) -> None:
    graph = {
        "1": {"inputs": {"seed": 7, "positive": ["2", 0], "negative": ["3", 0]}},
        "2": {"inputs": {"text": "a comfy fox"}},
        "3": {"inputs": {"text": ""}},
    }
    swarm = json.dumps({"sui_image_params": {"prompt": "@everyone <@1> ```", "seed": 9}})
    async with town(tmp_path) as here:
        await here.start_bot()
        done = await here.picture(await here.imagine(prompt="a red fox"))
        for message, words in (
            (done["id"], "Prompt: a red fox"),
            (await posted(here, "theo", "", picture(swarm)), "Seed: 9"),
            (await posted(here, "theo", "", picture(json.dumps(graph), "prompt")), "a comfy fox"),
            (await posted(here, "theo", "", picture("a fox\nSteps: 20, Seed: 3")), "Seed: 3"),
        ):
            told = await said(here, "mia", await menu(here, "mia", message, "Show parameters"))
            body = told["embeds"][0]["description"]
            assert words in body
            assert body.count("```") == 2
        for message, words in (
            (await posted(here, "theo", "", picture()), "No settings are stored in that picture."),
            (await posted(here, "theo", "hello"), "That message has no picture"),
        ):
            told = await said(here, "mia", await menu(here, "mia", message, "Show parameters"))
            assert told["content"].startswith(words)
        await here.clean()


async def test_pictures_of_links_other_bots_and_forwards_are_found(tmp_path: Path) -> None:
    """By the copy that Discord has. The addresses themselves do not even exist."""
    elsewhere = "https://pictures.invalid/fox.png"
    shown = {"url": elsewhere, **picture("a fox\nSteps: 20, Seed: 3")}
    async with town(tmp_path) as here:
        await here.start_bot()
        link = await here.act(
            "theo",
            "message",
            channel="general",
            content=elsewhere,
            embeds=[{"type": "image", "url": elsewhere, "thumbnail": shown}],
        )
        rich = await here.act(
            "theo", "message", channel="general", embeds=[{"title": "x", "image": shown}]
        )
        file = await posted(here, "theo", "look", picture("a fox\nSteps: 20, Seed: 3"))
        sources = [link["message"], rich["message"], file]
        for source in list(sources):
            forward = await here.act("mona", "forward", message=source, channel="general")
            sources.append(forward["message"])
        for source in sources:
            told = await said(here, "mia", await menu(here, "mia", source, "Show parameters"))
            assert "Seed: 3" in told["embeds"][0]["description"]
        state = await menu(here, "mia", sources[3], "Remix")
        assert fields(state)["prompt"] == "a fox"

        bare = await here.act(
            "theo",
            "message",
            channel="general",
            content=elsewhere,
            embeds=[{"type": "image", "url": elsewhere, "thumbnail": {"url": elsewhere}}],
        )
        told = await said(here, "mia", await menu(here, "mia", bare["message"], "Remix"))
        assert told["content"].startswith("That message has no picture")
        await here.clean()


async def test_a_file_of_swarmui_keeps_its_words_on_the_way(tmp_path: Path) -> None:
    """Taken out of one server's message and sent by somebody else: read from the file itself."""
    async with town(tmp_path) as here:
        await here.start_bot()
        done = await here.picture(await here.imagine(prompt="a red fox", seed=42))
        async with here.http.get(done["attachments"][0]["url"]) as fetched:
            data = base64.b64encode(await fetched.read()).decode()
        message = await posted(here, "theo", "", {"name": "copy.png", "base64": data})
        told = await said(here, "mia", await menu(here, "mia", message, "Show parameters"))
        assert told["content"] == "Settings stored in this picture by SwarmUI:"
        body = told["embeds"][0]["description"]
        assert "Prompt: a red fox" in body
        assert "Seed: 42" in body


async def test_imagine_this_text_draws_only_what_was_sent_off(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        mia = here.person("mia")
        message = await posted(here, "theo", f"a lighthouse <lora:ink:1> for <@{mia}>")
        state = await menu(here, "mia", message, "Imagine this text")
        assert fields(state)["prompt"] == "a lighthouse for"
        assert here.rows("SELECT * FROM jobs") == []
        sent = await here.act("mia", "modal", modal=state["id"], fields={})
        answer = await here.answered(sent["interaction"])
        await here.picture(await here.message(answer["messages"][0], "general"), "general")
        here.balanced()
        await here.clean()


async def test_the_form_outlives_a_restart(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        message = await posted(here, "theo", "", picture())
        state = await menu(here, "mia", message, "Remix")
        await here.stop_bot()
        await here.start_bot()
        sent = await here.act("mia", "modal", modal=state["id"], fields={"prompt": "a fox"})
        answer = await here.answered(sent["interaction"])
        await here.picture(await here.message(answer["messages"][0], "general"), "general")
        assert "initimage" in (await here.swarm_report())["generations"][0]["parameters"]
