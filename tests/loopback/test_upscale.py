"""An upscaled picture is larger: read from the file that was delivered, not from the request."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.town import Json, Town, town

REFINED = {"refinermethod": "PostApply", "refinercontrolpercentage": "0.2"}
STYLES = {
    "larger": {"refinerupscale": "1.5"},
    "larger by lanczos": {"refinerupscale": "1.5", "refinerupscalemethod": "pixel-lanczos"},
    "larger in full": {
        **REFINED,
        "refinerupscale": "1.5",
        "refinerupscalemethod": "pixel-bicubic",
    },
}
OTHERS = {
    "tall": {"width": "768", "height": "1152", "aspectratio": "Custom"},
    "refined": {"refinermodel": "sd_xl_turbo_1.0_fp16", "images": "3", "seed": "9"},
}


async def size_of(here: Town, message: Json) -> tuple[int, int]:
    """Width and height in the bytes of a message's only file."""
    (attachment,) = message["attachments"]
    async with here.http.get(attachment["url"]) as answer:
        return Image.open(io.BytesIO(await answer.read())).size


async def add_styles(here: Town) -> None:
    async def ask(path: str, body: Json) -> Json:
        async with here.http.post(f"{here.swarm.base}/API/{path}", json=body) as answer:
            told: Json = await answer.json()
            return told

    session = (await ask("GetNewSession", {}))["session_id"]
    for title, values in (STYLES | OTHERS).items():
        preset = {"session_id": session, "title": title, "description": "", "param_map": values}
        assert await ask("AddNewPreset", preset) == {"success": True}


async def test_the_size_of_a_style_is_that_of_the_file_also_when_it_is_drawn_again(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        await add_styles(here)
        await here.start_bot()
        done = await here.picture(await here.imagine(style="tall"))
        assert await size_of(here, done) == (768, 1152)
        assert "I ignored" not in done["content"]
        asked = await here.press("mia", done, "reroll")
        again = await here.picture(await here.message(asked["messages"][0]))
        assert await size_of(here, again) == (768, 1152)


async def test_a_refiner_model_of_a_style_reaches_the_server_complete(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await add_styles(here)
        await here.start_bot()
        done = await here.picture(await here.imagine(style="refined"))
        (generation,) = (await here.swarm_report())["generations"]
        sent = generation["parameters"]
        assert sent["refinermodel"].startswith("sd_xl_turbo")
        assert (sent["refinermethod"], sent["refinercontrolpercentage"]) == ("PostApply", 0.2)
        assert "refinerupscale" not in sent
        assert "I ignored these settings of the style: Images and Seed." in done["content"]
        assert len(done["attachments"]) == 1


@pytest.mark.parametrize(
    ("options", "factor"),
    [
        ({"upscale": 2}, 2),
        ({"upscale": 1.25}, 1.25),
        ({"upscale": 1.5, "advanced": "--refinerupscalemethod pixel-lanczos"}, 1.5),
        ({"upscale": 1.5, "advanced": "--refinerupscalemethod pixel-bicubic"}, 1.5),
        ({"upscale": 1.5, "advanced": "--refinermethod PostApply"}, 1.5),
        ({"upscale": 1.5, "advanced": "--refinercontrolpercentage 0.2"}, 1.5),
        *(({"style": title}, 1.5) for title in STYLES),
        ({"style": "larger by lanczos", "upscale": 1}, 1),
    ],
    ids=str,
)
async def test_the_file_has_the_size_that_was_asked_for(
    tmp_path: Path, options: dict[str, Any], factor: float
) -> None:
    async with town(tmp_path) as here:
        await add_styles(here)
        here.extra = '[advanced]\nroles = "everyone"\n'
        await here.start_bot()
        plain = await size_of(here, await here.picture(await here.imagine(aspect="3:2")))
        done = await here.picture(await here.imagine(aspect="3:2", **options))
        wanted = tuple(int(side * factor) // 16 * 16 for side in plain)
        assert await size_of(here, done) == wanted
        assert "\u00d7".join(map(str, wanted)) in done["content"]
        here.balanced()
        await here.clean()


async def test_the_button_makes_the_picture_twice_as_large(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        done = await here.picture(await here.imagine(images=1, aspect="16:9"))
        width, height = await size_of(here, done)
        state = await here.press("mia", done, "upscale:1")
        larger = await here.picture(await here.message(state["messages"][0]))
        found = await size_of(here, larger)
        # The host's bound may allow a little less than twice.
        assert width * height * 3.5 < found[0] * found[1] <= width * height * 4
