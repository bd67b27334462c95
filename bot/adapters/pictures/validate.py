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
PIXELS_MOST: Final = 64_000_000
KINDS: Final = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}
# What Pillow raises on broken files, by experience; its decoders are not of one mind.
_BROKEN: Final = (
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
class Facts:
    """What the bytes are: `kind` is also the file's extension; sizes in pixels.

    A video or a sound has a size of 0 by 0: nothing here decodes one.
    """

    kind: str
    width: int
    height: int


@contextmanager
def opened(data: bytes) -> Iterator[Image.Image]:
    """The picture, its header read. Raises BadPicture, also for what the body stumbles on."""
    try:
        with Image.open(BytesIO(data), formats=tuple(KINDS)) as image:
            if image.width * image.height > PIXELS_MOST:
                raise BadPicture("SwarmUI sent a picture that is too large to show.")
            yield image
    except _BROKEN as error:
        raise BadPicture from error


def look(data: bytes) -> Facts:
    """What the header says. Raises BadPicture where it is none."""
    if kind := media.kind_of(data):
        return Facts(kind, 0, 0)
    with opened(data) as image:
        return Facts(KINDS[str(image.format)], image.width, image.height)


def prove(data: bytes) -> Facts:
    """Check sums, lengths and the first frame; raises BadPicture for anything torn or foreign."""
    if kind := media.kind_of(data):
        media.prove(data, kind)
        return Facts(kind, 0, 0)
    if _is_short(data):
        raise BadPicture
    with opened(data) as image:
        image.verify()  # leaves the image unusable, hence the second opening
    with opened(data) as image:
        image.load()
        return Facts(KINDS[str(image.format)], image.width, image.height)


def _is_short(data: bytes) -> bool:
    """Whether a GIF or a WebP ends early: Pillow shows the frames it has, and says nothing."""
    if data.startswith(b"RIFF"):
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    return data.startswith(b"GIF8") and not data.rstrip(b"\0").endswith(b";")
