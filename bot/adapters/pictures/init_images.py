"""Pictures that people bring along, made fit for SwarmUI. Synchronous: call it in a thread.

What comes out is a new picture: upright, of a bounded size, without anything that the camera or
the person's computer wrote into the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from bot.adapters.pictures.validate import PIXELS_MOST, opened
from bot.core.errors import BadPicture

SIDE_MOST: Final = 2048
_SIDE_LEAST: Final = 16
_PNG_MOST: Final = 8 * 1024 * 1024  # above it the picture is a photograph, and JPEG does
_UNREADABLE: Final = (
    "I can't read that picture. Send a PNG, JPEG or WebP "
    f"of at most {PIXELS_MOST // 1_000_000} megapixels."
)


class Unfit(BadPicture):
    """A person's picture that cannot be begun from; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A still picture as PNG or JPEG ("png", "jpg"), its size in pixels."""

    kind: str
    data: bytes
    width: int
    height: int


def prepare(data: bytes) -> Prepared:
    """Turn it upright, shrink it to at most 2048 px a side and encode it anew.

    Raises Unfit with a sentence for the person: for what is no picture or a torn one, an
    animation, a picture of more pixels than are decoded here, and one too small to begin from.
    """
    try:
        return _prepare(data)
    except Unfit:
        raise
    except BadPicture as error:
        raise Unfit(_UNREADABLE) from error


def _prepare(data: bytes) -> Prepared:
    with opened(data) as image:
        if getattr(image, "n_frames", 1) > 1:
            raise Unfit("That picture is animated; I can begin from a still one only.")
        image.draft("RGB", (SIDE_MOST, SIDE_MOST))
        image.load()
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((SIDE_MOST, SIDE_MOST), Image.Resampling.LANCZOS)
        if min(upright.size) < _SIDE_LEAST:
            raise Unfit(
                f"That picture is too small to begin from: {_SIDE_LEAST} pixels a side at least."
            )
        has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
        plain = upright.convert("RGBA" if has_alpha else "RGB")
        plain.info.clear()
        kind, encoded = "png", _encoded(plain, "PNG")
        if len(encoded) > _PNG_MOST:
            kind, encoded = "jpg", _encoded(plain.convert("RGB"), "JPEG")
        return Prepared(kind, encoded, plain.width, plain.height)


def _encoded(image: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    image.save(out, kind, **({"quality": 95} if kind == "JPEG" else {"compress_level": 3}))
    return out.getvalue()
