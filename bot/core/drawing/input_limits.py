"""Limits of pictures that members send, known before a file is fetched or decoded.

Decoding takes four to twenty bytes a pixel, and what is kept has at most 2048 pixels per side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MEGA: Final = 1_000_000
PIXELS_MAX: Final = 16 * MEGA
JPEG_PIXELS_MAX: Final = 64 * MEGA  # a JPEG is decoded at a fraction of its size
WEBP_PIXELS_MAX: Final = 8 * MEGA  # its decoder holds the picture five times
_BY_FORMAT: Final[Mapping[str, int]] = {
    "jpeg": JPEG_PIXELS_MAX,
    "webp": WEBP_PIXELS_MAX,
    "avif": WEBP_PIXELS_MAX,
}


def find_pixels_max(kind: str) -> int:
    """Return the most pixels of a picture of this format, such as "png"."""
    return _BY_FORMAT.get(kind, PIXELS_MAX)


def describe_many_pixels(width: int, height: int, most: int) -> str:
    """Say that a picture has too many pixels, and what to do."""
    return (
        f"That picture is too large: {width:,} by {height:,} pixels. I can read at most "
        f"{most // MEGA} megapixels of this kind of file. Send a smaller copy"
        + (", or a JPEG." if most < JPEG_PIXELS_MAX else ".")
    )
