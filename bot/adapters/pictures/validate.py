"""Is it a picture? The one place that opens bytes from outside. Synchronous: call it in a thread.

Videos and sounds count as pictures without a size: see `media`.

The type is read from the bytes, never from a name or a header. Everything is decoded once, so that
a torn file is found before anybody sees it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image

from bot.adapters.pictures import media
from bot.core.errors import BadPicture

# Four times what a 4K screen shows, twice over; a picture above it is an attack or a mistake.
PIXELS_MAX: Final = 64_000_000
IMAGE_KINDS: Final = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}
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
    """What the bytes are: `kind` is also the file's extension; sizes in pixels.

    A video or a sound has a size of 0 by 0: nothing here decodes one.
    """

    kind: str
    width: int
    height: int


@contextmanager
def open_image(data: bytes) -> Iterator[Image.Image]:
    """The picture, its header read. Raises BadPicture, also for what the body stumbles on."""
    try:
        with Image.open(BytesIO(data), formats=tuple(IMAGE_KINDS)) as image:
            if image.width * image.height > PIXELS_MAX:
                raise BadPicture("SwarmUI sent a picture that is too large to show.")
            yield image
    except _DECODE_ERRORS as error:
        raise BadPicture from error


def inspect_header(data: bytes) -> MediaInfo:
    """What the header says. Raises BadPicture where it is none."""
    if kind := media.detect_kind(data):
        return MediaInfo(kind, 0, 0)
    with open_image(data) as image:
        return MediaInfo(IMAGE_KINDS[str(image.format)], image.width, image.height)


def verify_image(data: bytes) -> MediaInfo:
    """Check sums, lengths and the first frame; raises BadPicture for anything torn or foreign."""
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
    """Whether a GIF or a WebP ends early: Pillow shows the frames it has, and says nothing."""
    if data.startswith(b"RIFF"):
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    return data.startswith(b"GIF8") and not data.rstrip(b"\0").endswith(b";")
