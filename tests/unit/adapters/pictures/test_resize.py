"""Smaller copies keep the picture and its parameters."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from bot.adapters.pictures import metadata
from bot.adapters.pictures.resize import (
    THUMBNAIL_SIDE,
    fit_to_limit,
    make_small_jpeg,
    make_thumbnail,
)
from bot.adapters.pictures.validate import verify_image
from bot.core.errors import BadPicture, FilesTooLarge
from tests.support.drawing import png

TEXT = '{\n  "sui_image_params": {"prompt": "a red fox", "seed": 42}\n}'


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def test_what_fits_is_the_original_byte_for_byte() -> None:
    data = png(text=TEXT)
    assert fit_to_limit(data, "png", len(data)) == ("png", data)


def test_a_loose_png_becomes_a_tight_one_with_the_same_pixels() -> None:
    out = BytesIO()
    image = Image.linear_gradient("L").convert("RGB")
    image.save(out, "PNG", compress_level=0, pnginfo=metadata.build_png_info(TEXT))
    kind, data = fit_to_limit(out.getvalue(), "png", len(out.getvalue()) - 1)
    assert kind == "png"
    assert opened(data).tobytes() == image.tobytes()
    assert metadata.read_parameters(data) == TEXT


@pytest.mark.parametrize("limit", [200_000, 60_000, 20_000, 5_000, 2_000])
def test_every_limit_is_kept_with_the_parameters_inside(limit: int) -> None:
    data = png(400, 300, text=TEXT, noise=True)
    assert len(data) > 200_000
    kind, small = fit_to_limit(data, "png", limit)
    assert len(small) <= limit
    assert verify_image(small).kind == kind
    assert kind in ("webp", "jpg")
    assert metadata.read_parameters(small) == TEXT


def test_quality_goes_before_size() -> None:
    data = png(400, 300, noise=True)
    _, small = fit_to_limit(data, "png", 150_000)
    assert opened(small).size == (400, 300)


def test_parameters_give_way_where_they_would_be_all_there_is() -> None:
    data = png(400, 300, text="x" * 50_000, noise=True)
    kind, small = fit_to_limit(data, "png", 2_000)
    assert kind == "jpg"
    assert len(small) <= 2_000


def test_nothing_is_small_enough_for_nothing() -> None:
    with pytest.raises(FilesTooLarge):
        fit_to_limit(png(400, 300, noise=True), "png", 20)


def test_a_transparent_picture_keeps_its_holes_in_webp() -> None:
    image = Image.effect_noise((300, 300), 90).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((300, 300)))
    out = BytesIO()
    image.save(out, "PNG")
    kind, small = fit_to_limit(out.getvalue(), "png", 60_000)
    assert kind == "webp"
    assert opened(small).mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA", "CMYK"])
def test_every_mode_shrinks(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    image = Image.effect_noise((300, 200), 90)
    image = image.convert("I").convert("I;16") if mode == "I;16" else image.convert(mode)
    out = BytesIO()
    image.save(out, form)
    data = out.getvalue()
    kind = "jpg" if form == "JPEG" else "png"
    _, small = fit_to_limit(data, kind, min(4_000, len(data) - 1))
    assert len(small) <= 4_000
    verify_image(small)
    assert verify_image(make_thumbnail(data)).kind == "jpg"


def test_an_animation_becomes_its_first_frame() -> None:
    frames = [Image.effect_noise((200, 200), 30 + 30 * n).convert("P") for n in range(4)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    kind, small = fit_to_limit(out.getvalue(), "gif", 20_000)
    assert kind in ("webp", "jpg")
    assert verify_image(small).width <= 200


@pytest.mark.parametrize(
    ("size", "small"), [((1024, 512), (512, 256)), ((100, 60), (100, 60)), ((3, 4000), (1, 512))]
)
def test_a_thumbnail_is_a_small_jpeg(size: tuple[int, int], small: tuple[int, int]) -> None:
    data = make_thumbnail(png(*size, text=TEXT))
    image = opened(data)
    assert image.format == "JPEG"
    assert image.size == small
    assert max(image.size) <= THUMBNAIL_SIDE
    assert metadata.read_parameters(data) == ""


def test_no_thumbnail_of_no_picture() -> None:
    with pytest.raises(BadPicture):
        make_thumbnail(b"\xff\xd8 no")


def test_gray_of_16_bits_keeps_its_shades_in_each_copy() -> None:
    out = BytesIO()
    noise = Image.effect_noise((600, 600), 60).convert("I").point(lambda value: value * 257)
    noise.convert("I;16").save(out, "PNG")
    _, small = fit_to_limit(out.getvalue(), "png", 40_000)
    for data in (small, make_thumbnail(out.getvalue())):
        levels = opened(data).convert("L")
        assert 100 < sum(n * level for n, level in enumerate(levels.histogram())) / (
            levels.width * levels.height
        ) < 156  # fmt: skip


def test_a_start_picture_becomes_a_jpeg_within_a_limit() -> None:
    """As large as it was asked for if it fits, and smaller if it does not."""
    data = png(600, 400, noise=True)
    assert opened(make_small_jpeg(data, 300)).size == (300, 200)
    small = make_small_jpeg(data, 600, 40_000)
    assert len(small) <= 40_000
    assert opened(small).format == "JPEG"
