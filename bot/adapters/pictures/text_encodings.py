"""Texts from bytes whose encoding is unknown, is told wrongly, or is told in EXIF's own way."""

from __future__ import annotations

import codecs
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEADS: Final = {
    b"ASCII\0\0\0": "ascii",
    b"UNICODE\0": "unicode",
    b"Unicode\0": "unicode",
    b"JIS\0\0\0\0\0": "jis",
    bytes(8): "ascii",
}
_SIGNS: Final = ("Steps:", "steps", "prompt", "sui_image_params", "Seed:")
_SAMPLE: Final = 4_000  # bytes; even, as a character of UTF-16 has two


def decode_text(data: bytes, *, big_endian: bool = False) -> str:
    """Return a text by its byte order mark, else as UTF-8, UTF-16 or Latin-1.

    `big_endian` is the likely order of UTF-16 where nothing else tells it.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _clean(data[len(mark) :].decode(name, errors="replace"))
    if len(data) > 3 and data.strip(b"\0").count(0) * 5 > len(data):
        return _decode_utf16(data, big_endian=big_endian)
    data = data.strip(b"\0")
    try:
        return _clean(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 4 and error.start > 8:  # cut inside the last character
            return _clean(data.decode("utf-8", errors="ignore"))
        return _clean(data.decode("latin-1"))


def decode_user_comment(data: bytes, *, big_endian: bool) -> str:
    """Return EXIF's UserComment, whose first eight bytes name the encoding, often wrongly."""
    kind, body = _HEADS.get(data[:8]), data[8:]
    if kind is None:
        return decode_text(data, big_endian=big_endian)
    if kind == "jis":
        for name in ("iso2022_jp", "shift_jis", "euc_jp"):
            try:
                return _clean(body.strip(b"\0").decode(name))
            except UnicodeDecodeError:
                continue
    if kind == "unicode" and not any(body.startswith(mark) for mark, _ in _BOMS):
        if len(body) % 2 == 0 and not _is_utf8(body):
            return _decode_utf16(body, big_endian=big_endian)
        if body.count(0) > len(body) // 20:
            return _decode_utf16(body[: len(body) // 2 * 2], big_endian=big_endian)
    return decode_text(body, big_endian=big_endian)


def _decode_utf16(data: bytes, *, big_endian: bool) -> str:
    """Decode UTF-16 without a mark, in the order that gives known words or fewer scripts."""
    ways = ("utf-16-be", "utf-16-le") if big_endian else ("utf-16-le", "utf-16-be")
    sample = data[:_SAMPLE]
    for name in ways:
        text = (sample + data[-400:] if len(data) % 2 == 0 else sample).decode(name, "replace")
        if text.lstrip("\0 \r\n")[:1] == "{" or any(sign in text for sign in _SIGNS):
            return _clean(data.decode(name, errors="replace"))
    # The first byte of a character tells its script, so it varies less than the second one.
    first, second = len(set(sample[0::2])), len(set(sample[1::2]))
    likely = ways[0] if first == second else ("utf-16-be" if first < second else "utf-16-le")
    return _clean(data.decode(likely, errors="replace"))


def _is_utf8(data: bytes) -> bool:
    """Return True if bytes are UTF-8 and have no zeros, though they should be UTF-16."""
    if 0 in data.strip(b"\0"):
        return False
    try:
        text = data.strip(b"\0").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return text.isprintable() or any(sign in text for sign in _SIGNS)


def _clean(text: str) -> str:
    return text.strip("\0 \t\r\n")
