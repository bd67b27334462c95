"""Texts in the lowest bits of the pixels, as NovelAI, SwarmUI and others can write them.

The bits run down the columns, in the alpha channel or in red, green and blue. A signature and the
number of bits stand before the text.
"""

from __future__ import annotations

import zlib
from typing import Final

from PIL import Image

from bot.adapters.pictures.text_encodings import decode_text
from bot.core.drawing.input_limits import find_pixels_max

_PACKED_MAX: Final = 1_000_000
_SIGNATURES: Final = {
    "RGBA": (b"stealth_pnginfo", b"stealth_pngcomp"),
    "RGB": (b"stealth_rgbinfo", b"stealth_rgbcomp"),
}
_SIGNATURE_LENGTH: Final = 15
_LOWEST_BITS: Final = bytes(48 + (value & 1) for value in range(256))  # as digits


def read_hidden_text(image: Image.Image, limit: int) -> str:
    """Return the text, of at most `limit` bytes, or "". Decodes the picture."""
    if image.mode not in _SIGNATURES or _is_too_large(image):
        return ""
    for mode in dict.fromkeys((image.mode, "RGB")):
        head = _read_bytes(image, mode, _SIGNATURE_LENGTH + 4)
        signature = head[:_SIGNATURE_LENGTH]
        if signature not in _SIGNATURES[mode]:
            continue
        size = int.from_bytes(head[_SIGNATURE_LENGTH:], "big") // 8
        whole = _read_bytes(image, mode, len(head) + min(size, _PACKED_MAX))
        body = whole[len(head) :]
        if signature.endswith(b"comp"):
            try:
                body = zlib.decompressobj(wbits=31).decompress(body, limit)
            except zlib.error:
                return ""
        return decode_text(body[:limit])
    return ""


def _is_too_large(image: Image.Image) -> bool:
    """Return True if a picture would take too much memory to look."""
    return image.width * image.height > find_pixels_max(str(image.format).lower())


def _read_bytes(image: Image.Image, mode: str, count: int) -> bytes:
    """Return the first bytes that the lowest bits make."""
    channels = 1 if mode == "RGBA" else 3
    columns = min(image.width, -(-count * 8 // (image.height * channels)))
    part = image.crop((0, 0, columns, image.height))
    part = part.getchannel("A") if mode == "RGBA" else part.convert("RGB")
    digits = part.transpose(Image.Transpose.TRANSPOSE).tobytes().translate(_LOWEST_BITS)
    digits = digits[: min(count * 8, len(digits) // 8 * 8)]
    return int(digits, 2).to_bytes(len(digits) // 8, "big") if digits else b""
