"""The texts inside a picture, and SwarmUI's parameters so that a smaller copy keeps them.

SwarmUI puts the same JSON into a PNG's text chunk `parameters` and into the EXIF field UserComment
of JPEG and WebP.
"""

from __future__ import annotations

from typing import Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.adapters.pictures.embedded_texts import TEXT_MAX, list_texts
from bot.adapters.pictures.hidden_texts import read_hidden_text
from bot.adapters.pictures.text_encodings import decode_text
from bot.adapters.pictures.validate import open_image
from bot.core.errors import BadPicture

PARAMETERS_KEY: Final = "parameters"
COMMENT_KEY: Final = "UserComment"
_EXIF_IFD: Final = 0x8769
_USER_COMMENT: Final = 0x9286
_ASCII: Final = b"ASCII\x00\x00\x00"
_UNICODE: Final = b"UNICODE\x00"
# A JPEG's EXIF segment holds less than 64 KiB, the rest of it included.
_JPEG_EXIF_MAX: Final = 65_000


def read_parameters(data: bytes) -> str:
    """Return the parameters' text, or ""."""
    texts = list_texts(data)
    return texts.get(PARAMETERS_KEY) or texts.get(COMMENT_KEY, "")


def read_texts(data: bytes) -> dict[str, str]:
    """Return all texts by name, each of at most `TEXT_MAX`. Raises BadPicture.

    Also what is hidden in the pixels is returned, as `parameters` if there is no other such text.
    """
    with open_image(data) as image:
        texts = list_texts(data)
        if isinstance(comment := image.info.get("comment"), bytes):  # a GIF's
            texts.setdefault("Comment", decode_text(comment[:TEXT_MAX]))
        can_hide = image.format in ("PNG", "WEBP")
    if can_hide and PARAMETERS_KEY not in texts and (hidden := _read_hidden_text(data)):
        texts[PARAMETERS_KEY] = hidden
    return texts


def _read_hidden_text(data: bytes) -> str:
    try:
        with open_image(data) as image:
            return read_hidden_text(image, TEXT_MAX)
    except BadPicture:  # damaged pixels
        return ""


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
