"""Segments before the pixels of a JPEG, by their lengths.

Pillow reads this header in single steps, also filling and junk, and joins all EXIF segments. For a
hostile file that takes minutes or hundreds of megabytes, so it is looked at here first.
"""

from __future__ import annotations

from typing import Final

SIGNATURE: Final = b"\xff\xd8"
_STEPS_MAX: Final = 10_000  # a real header has some dozens of segments
_EXIF_SEGMENTS_MAX: Final = 2_000
_START_OF_SCAN: Final = 0xDA


def is_crowded(data: bytes) -> bool:
    """Return True if the header has more parts than any program writes."""
    return _find_scan(data) is None or data.count(b"Exif\0\0") > _EXIF_SEGMENTS_MAX


def has_one_scan(data: bytes, components: int) -> bool:
    """Return True if the first scan holds all components, so that libjpeg decodes by lines.

    For other files, and for progressive ones, it keeps the coefficients of the whole picture.
    """
    at = _find_scan(data)
    return at is not None and data[at + 4 : at + 5] == bytes((components,))


def _find_scan(data: bytes) -> int | None:
    """Return where the scan's marker or the file's end is, or None after too many steps."""
    at, size = len(SIGNATURE), len(data)
    for _ in range(_STEPS_MAX):
        if at + 1 >= size:
            return size
        code = data[at + 1]
        if data[at] != 0xFF or code == 0xFF:
            at += 1
        elif code == _START_OF_SCAN:
            return at
        elif code in (0x00, 0x01) or 0xD0 <= code <= 0xD9:  # without a body
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
