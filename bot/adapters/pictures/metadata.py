"""The parameters inside a picture, where SwarmUI puts them, so that a smaller copy keeps them.

PNG: a text chunk `parameters`. JPEG and WebP: the EXIF field UserComment. The text is the same
JSON in all three.
"""

from __future__ import annotations

from typing import Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.adapters.pictures.validate import open_image

PARAMETERS_KEY: Final = "parameters"
TEXT_MAX: Final = 200_000
KEYS_MAX: Final = 50
_EXIF_IFD: Final = 0x8769
_USER_COMMENT: Final = 0x9286
_ASCII: Final = b"ASCII\x00\x00\x00"
_UNICODE: Final = b"UNICODE\x00"
# A JPEG's EXIF segment holds less than 64 KiB, the rest of it included.
_JPEG_EXIF_MAX: Final = 65_000


def read_parameters(image: Image.Image) -> str:
    """Return the parameters' text, or ""."""
    text = image.info.get(PARAMETERS_KEY)
    if isinstance(text, str):
        return text
    comment = image.getexif().get_ifd(_EXIF_IFD).get(_USER_COMMENT, b"")
    if isinstance(comment, str):
        return comment
    if not isinstance(comment, bytes):
        return ""
    head, body = comment[:8], comment[8:]
    if head == _UNICODE:
        big = body[:1] == b"\x00"
        return body.decode("utf-16-be" if big else "utf-16-le", errors="replace")
    return (body if head in (_ASCII, bytes(8)) else comment).decode("utf-8", errors="replace")


def read_texts(data: bytes) -> dict[str, str]:
    """Return text chunks by name, each of at most `TEXT_MAX`.

    SwarmUI's EXIF text is returned as `parameters`, as in a PNG. Only the head of the file is read.
    Raises BadPicture.
    """
    with open_image(data) as image:
        found = {
            key: value[:TEXT_MAX]
            for key, value in list(image.info.items())[:KEYS_MAX]
            if isinstance(key, str) and isinstance(value, str)
        }
        if text := read_parameters(image):
            found.setdefault(PARAMETERS_KEY, text[:TEXT_MAX])
        return found


def build_png_info(text: str) -> PngInfo:
    """Return the text as PNG chunks."""
    info = PngInfo()
    if text:
        info.add_text(PARAMETERS_KEY, text)
    return info


def build_exif(text: str) -> bytes:
    """Return the text as an EXIF block for JPEG and WebP, or b"" if empty or too long."""
    if not text:
        return b""
    exif = Image.Exif()
    exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = (
        _ASCII + text.encode("ascii") if text.isascii() else _UNICODE + text.encode("utf-16-le")
    )
    block = exif.tobytes()
    return block if len(block) < _JPEG_EXIF_MAX else b""
