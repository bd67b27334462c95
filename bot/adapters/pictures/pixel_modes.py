"""Conversions between the modes of pixels, such as 16-bit gray or transparency."""

from __future__ import annotations

from typing import Final

from PIL import Image

_BACKGROUND_RGB: Final = (49, 51, 56)  # Discord's dark theme
_STRIP: Final = 256  # rows
_TO_EIGHT_BITS: Final = [value >> 8 for value in range(65_536)]


def has_alpha(image: Image.Image) -> bool:
    """Return True if an image has transparent parts."""
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def convert_depth(image: Image.Image) -> Image.Image:
    """Return gray of 16 bits in 8 bits. Pillow's own conversion makes nearly all of it white."""
    if not image.mode.startswith("I"):
        return image
    level = image.info.get("transparency")
    gray = Image.new("L", image.size)
    for top in range(0, image.height, _STRIP):  # in strips, as each takes four bytes a pixel
        strip = image.crop((0, top, image.width, min(top + _STRIP, image.height)))
        gray.paste(strip.convert("I").point(_TO_EIGHT_BITS, "L"), (0, top))
    if isinstance(level, int):
        gray.info["transparency"] = level >> 8
    return gray


def convert_color(image: Image.Image) -> Image.Image:
    """Return the image in RGB, or RGBA if it has transparent parts."""
    even = convert_depth(image)
    return even.convert("RGBA" if has_alpha(even) else "RGB")


def flatten_alpha(image: Image.Image) -> Image.Image:
    """Return the image in RGB, with Discord's dark background where it was transparent."""
    even = convert_depth(image)
    if not has_alpha(even):
        return even.convert("RGB")
    layer = even.convert("RGBA")
    below = Image.new("RGBA", layer.size, (*_BACKGROUND_RGB, 255))
    return Image.alpha_composite(below, layer).convert("RGB")
