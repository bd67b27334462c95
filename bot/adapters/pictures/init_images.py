"""Init images of members, converted for SwarmUI. Synchronous. Call it in a thread.

The result is a new image, upright and of bounded size, without the metadata that a camera or
program wrote into the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from bot.adapters.pictures.jpeg_header import has_one_scan
from bot.adapters.pictures.pixel_modes import convert_color, convert_depth
from bot.adapters.pictures.validate import is_animated, open_image
from bot.core.drawing.input_limits import describe_many_pixels, find_pixels_max
from bot.core.errors import BadPicture

SIDE_MAX: Final = 2048
_SIDE_MIN: Final = 16
_PNG_MAX: Final = 8 * 1024 * 1024  # above it the picture is a photograph, and JPEG does
_UNREADABLE_TEXT: Final = "I can't read that picture. Send another PNG, JPEG or WebP."


class UnusableInitImage(BadPicture):
    """Init image that cannot be used. The message says why."""


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A still picture as PNG or JPEG ("png", "jpg"), its size in pixels."""

    kind: str
    data: bytes
    width: int
    height: int


def prepare_init_image(data: bytes) -> PreparedImage:
    """Turn an image upright, shrink it to at most 2048 px per side and encode it again.

    Raises UnusableInitImage with a sentence for the member, for invalid data, an animation, too
    many pixels, or too small an image.
    """
    try:
        return _normalize_image(data)
    except UnusableInitImage:
        raise
    except BadPicture as error:
        raise UnusableInitImage(_UNREADABLE_TEXT) from error


def _normalize_image(data: bytes) -> PreparedImage:
    with open_image(data) as image:
        _check_pixels(image, data)
        if is_animated(image):
            raise UnusableInitImage("That picture is animated. I can only start from a still one.")
        image.draft("RGB", (SIDE_MAX, SIDE_MAX))
        image.load()
        # Each step makes a copy, so the picture is shrunk before it is turned.
        large = convert_depth(ImageOps.exif_transpose(image)) if _is_deep(image) else image
        large.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(large)
        if min(upright.size) < _SIDE_MIN:
            raise UnusableInitImage(
                f"That picture is too small. Each side needs at least {_SIDE_MIN} pixels."
            )
        plain = convert_color(upright)
        plain.info.clear()
        kind, encoded = "png", _encode_image(plain, "PNG")
        if len(encoded) > _PNG_MAX:
            kind, encoded = "jpg", _encode_image(plain.convert("RGB"), "JPEG")
        return PreparedImage(kind, encoded, plain.width, plain.height)


def _check_pixels(image: Image.Image, data: bytes) -> None:
    """Refuse by the header, before anything is decoded."""
    kind = str(image.format).lower()
    if kind in ("jpeg", "mpo"):
        plain = not image.info.get("progressive")
        plain = plain and has_one_scan(data, len(image.getbands()))
        kind = "jpeg" if plain else "progressive"
    most = find_pixels_max(kind)
    if image.width * image.height > most:
        raise UnusableInitImage(describe_many_pixels(image.width, image.height, most))


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I")


def _encode_image(image: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    image.save(out, kind, **({"quality": 95} if kind == "JPEG" else {"compress_level": 3}))
    return out.getvalue()
