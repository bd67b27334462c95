"""Modes of pixels: 16-bit gray keeps its shades, transparency its holes."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.adapters.pictures.pixel_modes import (
    convert_color,
    convert_depth,
    flatten_alpha,
    has_alpha,
)


def deep() -> Image.Image:
    """A gradient of 16 bits, opened from a PNG."""
    out = io.BytesIO()
    gray = Image.linear_gradient("L").resize((256, 600)).convert("I")
    gray.point(lambda value: value * 257).convert("I;16").save(out, "PNG")
    return Image.open(out)


def test_gray_of_16_bits_keeps_its_shades() -> None:
    even = convert_depth(deep())
    assert (even.mode, even.size) == ("L", (256, 600))
    assert even.getextrema() == (0, 255)
    assert even.getpixel((9, 300)) == pytest.approx(128, abs=2)


@pytest.mark.parametrize("convert", [convert_color, flatten_alpha])
def test_every_conversion_keeps_the_shades(convert: object) -> None:
    assert callable(convert)
    assert sum(convert(deep()).convert("L").histogram()[250:]) < 256 * 600 // 20


def test_a_transparent_shade_of_16_bits_stays_transparent() -> None:
    image = Image.new("I;16", (4, 4), 40_000)
    image.info["transparency"] = 40_000
    assert has_alpha(image)
    assert convert_color(image).getpixel((0, 0)) == (156, 156, 156, 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_other_modes_become_colors(mode: str) -> None:
    image = Image.new(mode, (4, 4))
    assert convert_depth(image) is image
    assert convert_color(image).mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")


def test_holes_show_the_dark_background() -> None:
    assert flatten_alpha(Image.new("RGBA", (4, 4), (9, 9, 9, 0))).getpixel((0, 0)) == (49, 51, 56)
