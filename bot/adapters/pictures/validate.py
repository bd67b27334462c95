"""Validation of image bytes. Synchronous. Call it in a thread.

This is the only module that opens bytes from outside. The type is read from the bytes, never from a
name or a header. Everything is decoded once, so truncated files are found. Videos and sounds count
as images without a size; see `media`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, features

from bot.adapters.pictures import jpeg_header, media, png_chunks
from bot.core.errors import BadPicture

# Four times what a 4K screen shows, twice over; a picture above it is an attack or a mistake.
PIXELS_MAX: Final = 64_000_000
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", *(("AVIF",) if features.check("avif") else ()))
# A camera's MPO is a JPEG with further pictures behind it.
IMAGE_KINDS: Final = {
    "PNG": "png",
    "JPEG": "jpg",
    "MPO": "jpg",
    "WEBP": "webp",
    "GIF": "gif",
    "AVIF": "avif",
}
# What Pillow raises on broken files, by experience; its decoders are not of one mind.
_DECODE_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
    NotImplementedError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Kind of a file, which is also its extension, and its size in pixels.

    A video or a sound has a size of 0 by 0: nothing here decodes one.
    """

    kind: str
    width: int
    height: int


@contextmanager
def open_image(data: bytes, formats: tuple[str, ...] = _FORMATS) -> Iterator[Image.Image]:
    """Open an image with its header read. Raise BadPicture, also for errors in the body.

    A PNG is opened without texts and color profiles that are too large for Pillow.
    """
    if data.startswith(jpeg_header.SIGNATURE) and jpeg_header.is_crowded(data):
        raise BadPicture
    try:
        usable = png_chunks.drop_oversized_chunks(data)
        with Image.open(BytesIO(usable), formats=formats) as image:
            if image.width * image.height > PIXELS_MAX:
                raise BadPicture("The image server sent a picture that is too large to show.")
            yield image
    except _DECODE_ERRORS as error:
        raise BadPicture from error


def is_animated(image: Image.Image) -> bool:
    """Return True if an image moves. The further pictures in a camera's MPO are no frames."""
    # Frames are not counted: Pillow reads a whole GIF for their number.
    return image.format != "MPO" and bool(getattr(image, "is_animated", False))


def is_animation(data: bytes) -> bool:
    """Return True if a file is a picture that moves."""
    try:
        with open_image(data) as image:
            return is_animated(image)
    except BadPicture:
        return False


def inspect_header(data: bytes) -> MediaInfo:
    """Return what the header says. Raise BadPicture without a valid header."""
    if kind := media.detect_kind(data):
        return MediaInfo(kind, 0, 0)
    with open_image(data) as image:
        return MediaInfo(IMAGE_KINDS[str(image.format)], image.width, image.height)


def verify_image(data: bytes) -> MediaInfo:
    """Check checksums, lengths and the first frame. Raise BadPicture for invalid data."""
    if kind := media.detect_kind(data):
        media.verify_media(data, kind)
        return MediaInfo(kind, 0, 0)
    if _is_short(data):
        raise BadPicture
    with open_image(data) as image:
        image.verify()  # leaves the image unusable, hence the second opening
    with open_image(data) as image:
        image.load()
        return MediaInfo(IMAGE_KINDS[str(image.format)], image.width, image.height)


def _is_short(data: bytes) -> bool:
    """Return True if a GIF or WebP is truncated, which Pillow does not report."""
    if data.startswith(b"RIFF"):
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    return data.startswith(b"GIF8") and not data.rstrip(b"\0").endswith(b";")
