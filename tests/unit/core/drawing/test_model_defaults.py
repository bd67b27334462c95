"""What suits a model."""

from __future__ import annotations

import pytest

from bot.core.drawing.model_defaults import (
    ASPECTS,
    MEGAPIXEL,
    choose_size,
    find_aspect,
    find_defaults,
    parse_ratio,
)
from bot.core.drawing.request import Model
from tests.unit.core.make import FLUX, SD15, SDXL


def model(name: str, architecture: str = "", compat: str = "", side: int = 0) -> Model:
    return Model(name, "", architecture, compat, side, side)


XL = "stable-diffusion-xl-v1-base"


@pytest.mark.parametrize(
    ("of", "steps", "cfg", "guidance"),
    [
        (SDXL, 20, 7.0, None),
        (SD15, 20, 7.0, None),
        (FLUX, 20, 1.0, 3.5),
        (model("f.gguf", "Flux.1-schnell", "flux-1"), 4, 1.0, None),
        (model("flux1-schnell.gguf"), 4, 1.0, None),
        (model("flux1-dev.gguf"), 20, 1.0, 3.5),
        (model("flux2-klein.gguf", "flux.2-klein-4b", "flux-2-klein-4b"), 4, 1.0, None),
        (model("x", "stable-diffusion-v3-medium"), 28, 5.0, None),
        (model("x", "stable-diffusion-v3.5-large"), 28, 4.5, None),
        (model("sd3.5_large_turbo", "stable-diffusion-v3.5-large"), 6, 1.0, None),
        (model("x", "stable-diffusion-xl-turbo-v1", "stable-diffusion-xl-v1"), 4, 1.0, None),
        (model("dreamshaperXL_turbo", XL), 6, 1.0, None),
        (model("juggernautXL_lightning", XL), 6, 1.0, None),
        (model("sdxl_lightning_4step", XL), 4, 1.0, None),
        (model("sdxl_lightning_1step", XL), 2, 1.0, None),
        (model("dreamshaper_lcm", "stable-diffusion-v1"), 6, 1.5, None),
        (model("Hyper-SDXL-8steps", XL), 8, 1.0, None),
        (model("ponyDiffusionV6XL"), 20, 7.0, None),
        (model("mystery"), 20, 7.0, None),
        (model("calcium_hyperion", XL), 20, 7.0, None),
    ],
    ids=lambda value: value.name if isinstance(value, Model) else None,
)
def test_steps_and_cfg(of: Model, steps: int, cfg: float, guidance: float | None) -> None:
    found = find_defaults(of)
    assert (found.steps, found.cfg, found.guidance) == (steps, cfg, guidance)


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        ("1:1", (1024, 1024)),
        ("4:3", (1152, 896)),
        ("3:2", (1216, 832)),
        ("16:9", (1344, 768)),
        ("21:9", (1536, 640)),
        ("3:4", (896, 1152)),
        ("2:3", (832, 1216)),
        ("9:16", (768, 1344)),
    ],
)
def test_sdxl_gets_the_sizes_it_was_trained_with(aspect: str, size: tuple[int, int]) -> None:
    assert choose_size(SDXL, aspect, 2.0) == size


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize(
    "of", [SDXL, SD15, FLUX, model("q", "qwen-image", side=1328)], ids=lambda of: of.name
)
def test_every_shape_keeps_the_native_number_of_pixels(of: Model, aspect: str) -> None:
    width, height = choose_size(of, aspect, 2.0)
    multiple = find_defaults(of).multiple
    native = of.width * of.height
    assert 0.8 * native <= width * height <= native
    assert width % multiple == height % multiple == 0
    assert width / height == pytest.approx(parse_ratio(aspect), rel=0.11)


def test_multiples() -> None:
    assert find_defaults(SDXL).multiple == find_defaults(SD15).multiple == 64
    assert find_defaults(FLUX).multiple == 16


@pytest.mark.parametrize("megapixels", [0.25, 0.5, 1.0, 2.0])
def test_never_more_than_the_hosts_megapixels(megapixels: float) -> None:
    big = model("h", "hidream-o1", side=2048)
    for aspect in (None, *ASPECTS):
        width, height = choose_size(big, aspect, megapixels)
        assert width * height <= megapixels * MEGAPIXEL


def test_the_models_own_shape_is_kept_exactly() -> None:
    wide = Model("v", "V", "", "", 848, 480)
    assert choose_size(wide, None, 2.0) == (848, 480)
    assert choose_size(model("sd15_x"), None, 2.0) == (512, 512)
    assert choose_size(model("mystery"), None, 2.0) == (1024, 1024)


def test_a_bound_below_everything_still_gives_a_size() -> None:
    assert choose_size(SDXL, None, 0.0001) == (64, 64)


def test_names_of_shapes() -> None:
    assert find_aspect(1344, 768) == "16:9"
    assert find_aspect(848, 480) == "16:9"
    with pytest.raises(ValueError, match="7:1"):
        parse_ratio("7:1")
