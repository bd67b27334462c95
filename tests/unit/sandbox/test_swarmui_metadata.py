"""What a picture of the stand-in says of itself, and the tags and parameters behind it."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

from bot.sandbox.swarmui.pictures import jpeg
from tests.unit.sandbox.swarm_caller import Caller, caller, having

FLAT = "data:image/jpeg;base64," + base64.b64encode(
    jpeg(Image.new("RGB", (60, 40), "#c02020"), quality=95)
).decode("ascii")


async def told_of(swarm: Caller, **asked: Any) -> dict[str, Any]:
    """Draw one picture and return its metadata."""
    [text] = having(await swarm.draw(**asked), "metadata")
    told: dict[str, Any] = json.loads(text)
    return told


async def test_the_models_of_a_picture_are_told_with_their_hashes() -> None:
    async with caller() as swarm:
        told = await told_of(
            swarm,
            prompt="<embed:easynegative> <lora:watercolour:0.5> fox",
            vae="sdxl_vae",
            loras=["film_grain_flux"],
        )
        files = {(one["param"], one["name"]) for one in told["sui_models"]}
        assert files == {
            ("model", "sd_xl_turbo_1.0_fp16.safetensors"),
            ("vae", "OfficialVAEs/sdxl_vae.safetensors"),
            ("used_embeddings", "easynegative.safetensors"),
            ("loras", "film_grain_flux.safetensors"),
            ("loras", "watercolour_xl.safetensors"),
        }
        listed = await swarm.call("DescribeModel", modelName="sd_xl_turbo_1.0_fp16")
        hashes = {one["name"]: one["hash"] for one in told["sui_models"]}
        assert hashes["sd_xl_turbo_1.0_fp16.safetensors"] == listed["model"]["hash"]
        assert all(one.startswith("0x") and len(one) == 66 for one in hashes.values())
        extra = told["sui_extra_data"]
        assert extra["used_embeddings"] == ["easynegative"]
        assert extra["prompted_loras"] == ["watercolour_xl"]


async def test_a_prompt_with_tags_is_told_as_it_was_and_as_it_became() -> None:
    async with caller() as swarm:
        await swarm.call("EditWildcard", card="beasts/cat", options="lynx # a cat\n\nlynx")
        told = await told_of(swarm, prompt="a <wildcard:cat> <wc[2,]:beasts/cat>", seed=7)
        params, extra = told["sui_image_params"], told["sui_extra_data"]
        assert params["prompt"] == "a lynx lynx, lynx,"
        assert extra["original_prompt"] == "a <wildcard:cat> <wc[2,]:beasts/cat>"
        assert extra["used_wildcards"] == ["beasts/cat", "beasts/cat"]
        assert (params["wildcardseed"], params["seed"]) == (7, 7)
        assert list(params)[-3:] == ["wildcardseed", "negativeprompt", "swarm_version"]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"prompt": "a fox"}, None),
        ({"prompt": "a <random:b|b>", "seed": 3, "variationseed": 4}, 7),
        ({"prompt": "a <random:b|b>", "seed": 2**40}, 2**40 % (2**31 - 1)),
        ({"prompt": "a <random:b|b>", "wildcardseed": 5}, 5),
        ({"prompt": "a fox", "negativeprompt": "<random:1-3>", "seed": 9}, 9),
    ],
)
async def test_the_seed_of_choices_is_told_once_something_was_chosen(
    asked: dict[str, Any], wanted: int | None
) -> None:
    async with caller() as swarm:
        told = await told_of(swarm, **asked)
        assert told["sui_image_params"].get("wildcardseed") == wanted


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("<wildcard:empty>", ""),
        ("<wildcard:beast,not=fox>", "owl"),
        ("<wildcard:beast,not=fox|owl>", ""),
        ("<wildcard:none at all>", "<wildcard:none at all>"),
        ("<wildcard[x]:beast>", "<wildcard[x]:beast>"),
    ],
)
async def test_a_wildcard_can_leave_words_out_or_have_none(prompt: str, text: str) -> None:
    async with caller() as swarm:
        await swarm.call("EditWildcard", card="beast", options="fox\nowl")
        await swarm.call("EditWildcard", card="empty", options="# nothing\n")
        assert (await swarm.call("TestPromptFill", prompt=prompt))["result"] == text


async def test_words_are_chosen_once_each_and_by_index_if_so_asked() -> None:
    async with caller() as swarm:
        told = await told_of(swarm, prompt="<random[3]:a|b|c>", seed=1)
        assert sorted(told["sui_image_params"]["prompt"].split()) == ["a", "b", "c"]
        told = await told_of(
            swarm, prompt="<random:a|b|c>", wildcardseed=4, wildcardseedbehavior="Index"
        )
        assert told["sui_image_params"]["prompt"] == "b"


@pytest.mark.parametrize(
    ("asked", "weights", "tenc", "confined"),
    [
        ({"loras": ["film_grain_flux"]}, ["1"], None, None),
        ({"loras": "film_grain_flux", "loraweights": "0.5,0.2"}, ["0.5"], None, None),
        ({"loras": ["film_grain_flux"], "loratencweights": []}, ["1"], None, None),
        ({"prompt": "a <lora:film:0.5>"}, ["0.5"], None, ["0"]),
        ({"prompt": "a <lora:film:0.5:0.2>"}, ["0.5"], ["0.2"], ["0"]),
        (
            {"loras": ["watercolour_xl"], "prompt": "a <lora:film:0.5:0.2>"},
            ["1", "0.5"],
            ["1", "0.2"],
            ["-1", "0"],
        ),
    ],
)
async def test_the_weights_of_loras_are_filled_up(
    asked: dict[str, Any], weights: list[str], tenc: list[str] | None, confined: list[str] | None
) -> None:
    async with caller() as swarm:
        params = (await told_of(swarm, **asked))["sui_image_params"]
        assert params["loraweights"] == weights
        assert params.get("loratencweights") == tenc
        assert params.get("lorasectionconfinement") == confined


async def test_the_parameters_of_an_incomplete_upscale_are_told_apart() -> None:
    async with caller() as swarm:
        told = await told_of(swarm, refinerupscale=2, refinerupscalemethod="pixel-lanczos")
        assert told["sui_extra_data"]["unused_parameters"] == [
            "refinerupscale",
            "refinerupscalemethod",
        ]
        assert "refinerupscale" not in told["sui_image_params"]


async def picture(swarm: Caller, **asked: Any) -> Image.Image:
    [path] = having(await swarm.draw(**asked), "image")
    _, data = await swarm.fetch(path)
    return Image.open(io.BytesIO(data)).convert("RGB")


def distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


async def test_an_init_picture_is_kept_as_far_as_its_creativity_says() -> None:
    async with caller() as swarm:
        kept = await picture(swarm, initimage=FLAT, initimagecreativity=0, width=128, height=96)
        assert kept.size == (128, 96)
        red = (192, 32, 32)
        assert distance(kept.getpixel((5, 5)), red) < 12
        half = await picture(swarm, initimage=FLAT, initimagecreativity=0.5, width=128, height=96)
        anew = await picture(swarm, initimage=FLAT, initimagecreativity=1, width=128, height=96)
        assert distance(anew.getpixel((5, 5)), red) > distance(half.getpixel((5, 5)), red) > 12
        big = await picture(
            swarm,
            initimage=FLAT,
            initimagecreativity=0,
            width=128,
            height=96,
            refinerupscale=2,
            refinermethod="PostApply",
            refinercontrolpercentage=0,
            refinerupscalemethod="model-4x.pth",
        )
        assert big.size == (256, 192)
        assert distance(big.getpixel((5, 5)), red) < 12


async def test_a_mask_keeps_what_is_black() -> None:
    mask = Image.new("RGB", (60, 40), "black")
    mask.paste("white", (30, 0, 60, 40))
    shown = "data:image/jpeg;base64," + base64.b64encode(jpeg(mask)).decode("ascii")
    async with caller() as swarm:
        drawn = await picture(
            swarm, initimage=FLAT, maskimage=shown, initimagecreativity=1, width=128, height=96
        )
        assert distance(drawn.getpixel((5, 5)), (192, 32, 32)) < 12
        assert distance(drawn.getpixel((120, 5)), (192, 32, 32)) > 60


async def test_an_untouched_picture_takes_no_step_and_shows_no_preview() -> None:
    async with caller() as swarm:
        found = await swarm.draw(initimage=FLAT, initimagecreativity=0, steps=8)
        progress = having(found, "gen_progress")
        assert not any("preview" in one for one in progress)
        assert {one["current_percent"] for one in progress} == {0.0, 1.0}


async def test_a_batch_is_followed_by_a_grid_if_the_user_wants_one() -> None:
    async with caller() as swarm:
        await swarm.call("ChangeUserSettings", settings={"MaxImagesInMiniGrid": 3})
        found = await swarm.draw(images=2, width=96, height=64)
        assert having(found, "batch_index") == ["0", "1", "-1"]
        _, data = await swarm.fetch(having(found, "image")[-1])
        assert Image.open(io.BytesIO(data)).size == (192, 64)
        assert having(await swarm.draw(images=4), "batch_index") == ["0", "1", "2", "3"]
        assert having(await swarm.draw(), "batch_index") == ["0"]
