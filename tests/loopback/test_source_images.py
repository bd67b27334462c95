"""From a person's own picture to the server and back: private, hidden, varied, enlarged."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.town import is_picture, town


def photo(width: int = 320, height: int = 200, kind: str = "PNG", turned: bool = False) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6  # a phone held upright
    Image.new("RGB", (width, height), (30, 90, 160)).save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def attached(data: bytes, name: str = "mine.png") -> dict[str, str]:
    return {"name": name, "base64": base64.b64encode(data).decode()}


def asked(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of each drawing that SwarmUI was asked for, oldest first."""
    return [one["parameters"] for one in report["generations"]]


async def test_a_picture_to_begin_from_reaches_the_server(tmp_path: Path) -> None:
    """Upright, as PNG; still there for Reroll after a restart of the bot."""
    async with town(tmp_path) as here:
        await here.start_bot()
        card = await here.imagine(
            image=attached(photo(kind="JPEG", turned=True), "mine.jpg"), creativity=0.3
        )
        done = await here.picture(card)
        [first] = asked(await here.swarm_report())
        head, _, body = first["initimage"].partition(",")
        assert head.startswith("data:image/")
        sent = Image.open(io.BytesIO(base64.b64decode(body)))
        assert (sent.format, sent.size) == ("PNG", (200, 320))
        assert float(first["initimagecreativity"]) == 0.3

        await here.stop_bot()
        await here.start_bot()
        state = await here.press("mia", done, "reroll")
        await here.picture(await here.message(state["messages"][0]))
        again = asked(await here.swarm_report())[1]
        assert again["initimage"] == first["initimage"]
        assert again["seed"] != first["seed"]
        here.balanced()
        await here.clean()


async def test_what_cannot_be_begun_from_is_refused_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.flow.drawing.image_turns.REFUSED_PAUSE_S", 0.0)
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    async with town(tmp_path) as here:
        await here.start_bot()
        for data, name, words in (
            (b"hello", "mine.png", "can't read that picture"),
            (photo()[:200], "mine.png", "can't read that picture"),
            (moving.getvalue(), "mine.gif", "animated"),
            (bomb.getvalue(), "mine.png", "megapixels"),
            (photo(8, 8), "mine.png", "too small"),
        ):
            state = await here.command("mia", "imagine", prompt="a fox", image=attached(data, name))
            told = await here.message(state["messages"][0])
            assert words in told["content"], told["content"]
            assert "Nothing was charged" in told["content"]
            assert told["flags"] & 64
            assert await here.message(state["messages"][0], who="theo") == {}
        assert (await here.swarm_report())["generations"] == []
        assert here.rows("SELECT id FROM jobs") == []
        assert list((tmp_path / "spool").rglob("*.part")) == []
        await here.clean()


async def test_a_spoiler_is_hidden_from_its_first_preview_on(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.script(step_s=0.1)
        await here.start_bot()
        card = await here.imagine(spoiler=True, steps=30)
        previewed = await here.becomes(
            card["id"], lambda m: bool(m.get("attachments")) and not is_picture(m)
        )
        assert all("image" not in embed for embed in previewed["embeds"])
        assert previewed["attachments"][0]["filename"].startswith("SPOILER_")
        done = await here.picture(card)
        [file] = done["attachments"]
        assert file["filename"].startswith("SPOILER_")
        assert "a red fox" in file["description"]
        await here.clean()


async def test_a_private_picture_is_seen_by_its_requester_alone(tmp_path: Path) -> None:
    """From the first card to the result, and what its buttons draw is private again."""
    async with town(tmp_path) as here:
        await here.start_bot()
        card = await here.imagine(private=True)
        assert card["flags"] & 64
        done = await here.picture(card)
        assert await here.message(card["id"], who="theo") == {}
        assert await here.message(card["id"], who="mona") == {}

        state = await here.press("mia", done, "reroll")
        again = await here.picture(await here.message(state["messages"][0]))
        assert again["flags"] & 64
        assert await here.message(again["id"], who="theo") == {}
        assert await here.messages(who="theo") == []

        shown = await here.press("mia", again, "parameters")
        assert shown["state"] == "answered"
        await here.press("mia", again, "delete")

        async def gone() -> bool:
            return await here.message(again["id"]) == {}

        await here.until(gone, "it is deleted")
        here.balanced()
        await here.clean()


async def test_the_buttons_of_one_of_two_pictures(tmp_path: Path) -> None:
    """Vary keeps its seed and adds another; Upscale draws it again, larger."""
    async with town(tmp_path) as here:
        await here.start_bot()
        done = await here.picture(await here.imagine(images=2, seed=7))

        state = await here.press("mia", done, "vary:2")
        varied = await here.picture(await here.message(state["messages"][0]))
        state = await here.press("mia", done, "upscale:2")
        await here.picture(await here.message(state["messages"][0]))
        _, vary, upscale = asked(await here.swarm_report())
        assert (vary["seed"], vary["images"]) == (8, 1)
        assert float(vary["variationseedstrength"]) == 0.25
        assert "variationseed" in vary
        assert (upscale["seed"], upscale["images"]) == (8, 1)
        assert float(upscale["refinerupscale"]) == 2

        shown = await here.press("theo", varied, "parameters")
        told = await here.message(shown["messages"][0], who="theo")
        assert told["flags"] & 64
        assert "Variation: 0.25" in told["embeds"][0]["description"]
        assert "Seed: 8" in told["embeds"][0]["description"]
        here.balanced()
        await here.clean()
