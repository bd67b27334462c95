"""Texts in an EXIF block. Only fields that hold text are read, and never a place on the map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from bot.adapters.pictures.text_encodings import decode_text, decode_user_comment

_EXIF_HEAD: Final = b"Exif\0\0"
_EXIF_IFD: Final = 0x8769
_USER_COMMENT: Final = 0x9286
_ENTRIES_MAX: Final = 500
_TEXT_TYPES: Final = (1, 2, 7, 129)  # byte, ASCII, undefined, UTF-8; one byte an item
_NAMES: Final = {
    0x010D: "DocumentName",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    0x8298: "Copyright",
    _USER_COMMENT: "UserComment",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9D: "XPAuthor",
    0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}
_XP_TAGS: Final = range(0x9C9B, 0x9CA0)
_OTHER_BEGINNINGS: Final = (b"{", b"prompt:", b"Prompt:", b"workflow:", b"Workflow:", b"parameters")


def read_exif_texts(block: bytes, limit: int) -> Iterator[tuple[str, str]]:
    """Yield the fields with text by name, read from at most `limit` bytes in all."""
    block = block.removeprefix(_EXIF_HEAD)
    order: Literal["big", "little"]
    if block[:2] == b"MM":
        order = "big"
    elif block[:2] == b"II":
        order = "little"
    else:
        return
    left = limit
    waiting, seen, read = [int.from_bytes(block[4:8], order)], set[int](), set[int]()
    while waiting:
        at = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        for tag, kind, size, value in _list_entries(block, at, order, limit):
            if tag in read:
                continue
            read.add(tag)
            if tag == _EXIF_IFD:
                waiting.append(int.from_bytes(value[:4], order))
            elif kind in _TEXT_TYPES and left > 0:
                value = value[: min(size, left)]
                left -= len(value)
                yield from _read_field(tag, value, big_endian=order == "big")


def _list_entries(
    block: bytes, at: int, order: Literal["big", "little"], limit: int
) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield tag, type, size and value of a directory's entries."""
    count = min(int.from_bytes(block[at : at + 2], order), _ENTRIES_MAX)
    for place in range(at + 2, at + 2 + 12 * count, 12):
        entry = block[place : place + 12]
        if len(entry) < 12:
            return
        tag, kind = int.from_bytes(entry[:2], order), int.from_bytes(entry[2:4], order)
        size = int.from_bytes(entry[4:8], order)
        if kind in _TEXT_TYPES and size > 4:
            start = int.from_bytes(entry[8:12], order)
            yield tag, kind, size, block[start : start + min(size, limit)]
        else:
            yield tag, kind, min(size, 4), entry[8:12]


def _read_field(tag: int, value: bytes, *, big_endian: bool) -> Iterator[tuple[str, str]]:
    if tag == _USER_COMMENT:
        text = decode_user_comment(value, big_endian=big_endian)
    elif tag in _XP_TAGS:
        text = value.decode("utf-16-le", errors="replace").strip("\0 ")
    elif tag in _NAMES or value.startswith(_OTHER_BEGINNINGS):
        text = decode_text(value, big_endian=big_endian)
    else:
        return
    if text:
        yield _NAMES.get(tag, f"EXIF {tag:#06x}"), text
