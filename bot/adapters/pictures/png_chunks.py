"""Chunks of a PNG by their lengths, before and behind the pixels, without decoding any pixel.

A wrong length ends the reading, so damaged files give what stands before the damage.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# Pillow refuses a whole file for one compressed chunk above this size.
INFLATED_MAX: Final = 1024 * 1024
_TEXTS_MAX: Final = 16 * 1024 * 1024  # bytes of all texts that Pillow is given
_TEXT_CHUNKS: Final = (b"tEXt", b"zTXt", b"iTXt")
CHUNKS_MAX: Final = 50_000
_FRAME: Final = 12  # length, name and check sum


@dataclass(frozen=True, slots=True)
class PngChunk:
    """Chunk with its name and body, and where it begins and ends in the file."""

    name: bytes
    body: memoryview
    start: int
    end: int


def iter_chunks(data: bytes) -> Iterator[PngChunk]:
    """Yield the chunks of a PNG up to its end or to the first wrong length.

    Raises ValueError for more chunks than any program writes, since Pillow would take minutes.
    """
    view, start = memoryview(data), len(SIGNATURE)
    for _ in range(CHUNKS_MAX):
        if start + _FRAME > len(data):
            return
        length = int.from_bytes(view[start : start + 4], "big")
        end = start + _FRAME + length
        if end > len(data):
            return
        name = bytes(view[start + 4 : start + 8])
        yield PngChunk(name, view[start + 8 : end - 4], start, end)
        start = end
    raise ValueError("too many chunks")


def inflate(body: bytes | memoryview, limit: int) -> bytes:
    """Decompress at most `limit` bytes, or as far as the data is valid."""
    decompressor, out, at = zlib.decompressobj(), bytearray(), 0
    try:
        while at < len(body) and len(out) < limit and not decompressor.eof:
            piece = decompressor.unconsumed_tail + bytes(body[at : at + 65_536])
            at += 65_536
            out += decompressor.decompress(piece, limit - len(out))
    except zlib.error:
        pass
    return bytes(out)


def split_text(chunk: PngChunk, limit: int) -> tuple[str, bytes] | None:
    """Return a text chunk's keyword and at most `limit` bytes of its text, or None."""
    body = bytes(chunk.body)
    key, found, rest = body.partition(b"\0")
    if chunk.name not in _TEXT_CHUNKS or not found or not key:
        return None
    if chunk.name == b"zTXt":
        rest = inflate(rest[1:], limit)
    elif chunk.name == b"iTXt":
        is_compressed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        rest = inflate(text, limit) if is_compressed else text
    return key.decode("latin-1"), rest[:limit]


def drop_oversized_chunks(data: bytes) -> bytes:
    """Return a PNG without texts and color profiles that Pillow refuses, other data unchanged."""
    if not data.startswith(SIGNATURE):
        return data
    kept: list[bytes | memoryview] = []
    begin, left = 0, _TEXTS_MAX
    for chunk in iter_chunks(data):
        if chunk.name != b"iCCP" and chunk.name not in _TEXT_CHUNKS:
            continue
        size = _measure_inflated(chunk) if left >= 0 else None
        left -= INFLATED_MAX if size is None else size
        if size is None or left < 0:
            kept.append(memoryview(data)[begin : chunk.start])
            begin = chunk.end
    return data if begin == 0 else b"".join((*kept, memoryview(data)[begin:]))


def _measure_inflated(chunk: PngChunk) -> int | None:
    """Return the size of a chunk's content, or None if it is above `INFLATED_MAX` or unknown."""
    if chunk.name == b"tEXt":
        return len(chunk.body)
    _, _, rest = bytes(chunk.body).partition(b"\0")
    method, packed = rest[:1], rest[1:]
    if chunk.name == b"iTXt":
        if rest[:1] != b"\1":
            return len(rest)
        method, packed = rest[1:2], rest[2:].split(b"\0", 2)[-1]
    if method != b"\0":
        return None
    size = len(inflate(packed, INFLATED_MAX + 1))
    return size if size <= INFLATED_MAX else None
