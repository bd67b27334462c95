"""All texts inside a picture file, by name, wherever programs put them.

PNG: text chunks, also behind the pixels, EXIF and XMP. JPEG: EXIF, XMP and comments. WebP: EXIF
and XMP. Nothing here decodes a pixel. All lengths are bounded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from bot.adapters.pictures.exif_texts import read_exif_texts
from bot.adapters.pictures.png_chunks import SIGNATURE, iter_chunks, split_text
from bot.adapters.pictures.text_encodings import decode_text

TEXT_MAX: Final = 1_000_000  # characters or bytes of one text; ComfyUI's graphs are long
TOTAL_MAX: Final = 4_000_000
KEYS_MAX: Final = 50
_INFLATED_MAX: Final = 4 * TOTAL_MAX  # bytes of all texts of a PNG, the blank ones included
_EXIF_BLOCKS_MAX: Final = 20  # of one file; a real one has a block or two
_EXIF_HEAD: Final = b"Exif\0\0"
_XMP_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_KEY: Final = "XML:com.adobe.xmp"
_XMP_FIELDS: Final = (("exif:UserComment", "UserComment"), ("dc:description", "Description"))
_RAW_PROFILE: Final = "Raw profile type "
_MARKER: Final = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_GENERATED: Final = re.compile(r"prompt|Steps:", re.IGNORECASE)


def list_texts(data: bytes) -> dict[str, str]:
    """Return the texts of a PNG, JPEG or WebP by name. A second text of a name gets a number."""
    found: dict[str, str] = {}
    left = TOTAL_MAX
    for name, text in _iter_texts(data):
        text = text[: min(TEXT_MAX, left)]
        if not text.strip() or text in found.values():
            continue
        left -= len(text)
        key, number = name[:80], 2
        while key in found:
            key, number = f"{name[:80]} {number}", number + 1
        found[key] = text
        if len(found) >= KEYS_MAX or left <= 0:
            break
    return found


def _iter_texts(data: bytes) -> Iterator[tuple[str, str]]:
    if data.startswith(SIGNATURE):
        yield from _iter_png_texts(data)
    elif data.startswith(b"\xff\xd8"):
        yield from _iter_jpeg_texts(data)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        yield from _iter_webp_texts(data)


def _iter_png_texts(data: bytes) -> Iterator[tuple[str, str]]:
    left, blocks = _INFLATED_MAX, 0
    for chunk in iter_chunks(data):
        if chunk.name == b"eXIf":
            blocks += 1
            if blocks <= _EXIF_BLOCKS_MAX:
                yield from read_exif_texts(bytes(chunk.body), TEXT_MAX)
            continue
        if left <= 0 or (found := split_text(chunk, TEXT_MAX)) is None:
            continue
        key, text = found
        left -= len(text)
        if key == _XMP_KEY:
            yield from _read_xmp(text)
        elif key.startswith(_RAW_PROFILE):
            yield from _read_raw_profile(text)
        else:
            yield key, decode_text(text)


def _read_raw_profile(text: bytes) -> Iterator[tuple[str, str]]:
    """Read a profile as ImageMagick writes it, with a name, a length and hexadecimal digits."""
    parts = text.split(None, 2)
    try:
        profile = bytes.fromhex(parts[2].decode("ascii")) if len(parts) == 3 else b""
    except ValueError:
        return
    if profile.startswith(_EXIF_HEAD) or profile[:2] in (b"II", b"MM"):
        yield from read_exif_texts(profile, TEXT_MAX)
    elif b"<x:xmpmeta" in profile[:2000] or profile.startswith(_XMP_HEAD):
        yield from _read_xmp(profile)


def _iter_jpeg_texts(data: bytes) -> Iterator[tuple[str, str]]:
    exif, blocks = bytearray(), 1  # a block may go on in the next segment
    at = 2
    while (marker := _MARKER.search(data, at)) is not None:
        code, at = marker[1][0], marker.end()
        if code in (0x01, 0xD8, 0xD9):  # without a body; a second picture may follow the end
            continue
        end = at + max(2, int.from_bytes(data[at : at + 2], "big"))
        body = data[at + 2 : end]
        at = end
        if code == 0xE1 and body.startswith(_XMP_HEAD):
            yield from _read_xmp(body)
        elif code == 0xE1 and body.startswith(_EXIF_HEAD):
            rest = body.removeprefix(_EXIF_HEAD)
            if exif and rest[:2] in (b"II", b"MM"):
                yield from read_exif_texts(bytes(exif), TEXT_MAX)
                exif, blocks = bytearray(), blocks + 1
            if len(exif) < TOTAL_MAX and blocks <= _EXIF_BLOCKS_MAX:
                exif += rest
        elif code == 0xFE:
            yield "Comment", decode_text(body)
    yield from read_exif_texts(bytes(exif), TEXT_MAX)


def _iter_webp_texts(data: bytes) -> Iterator[tuple[str, str]]:
    at, blocks = 12, 0
    while at + 8 <= len(data) and blocks <= _EXIF_BLOCKS_MAX:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size] if name in (b"EXIF", b"XMP ") else b""
        at += 8 + size + size % 2
        blocks += bool(body)
        if name == b"EXIF":
            yield from read_exif_texts(body, TEXT_MAX)
        elif body:
            yield from _read_xmp(body)


def _read_xmp(packet: bytes) -> Iterator[tuple[str, str]]:
    """Read an XMP packet by its tags. No XML parser is asked, as anybody may have written it."""
    text = decode_text(packet[:TEXT_MAX])
    is_found = False
    for tag, name in _XMP_FIELDS:
        if value := _find_element(text, tag) or _find_attribute(text, tag):
            is_found = True
            yield name, html.unescape(value)
    if not is_found and _GENERATED.search(text):
        yield "XMP", text


def _find_element(text: str, tag: str) -> str:
    _, _, rest = text.partition(f"<{tag}")
    inner, _, _ = rest.partition(f"</{tag}>")
    _, opened, inner = inner.partition(">")
    if "<rdf:li" in inner:
        _, _, inner = inner.partition("<rdf:li")
        _, opened, inner = inner.partition(">")
    inner, _, _ = inner.partition("</rdf:li>")
    return inner.removeprefix("<![CDATA[").removesuffix("]]>").strip() if opened else ""


def _find_attribute(text: str, tag: str) -> str:
    _, _, rest = text.partition(f'{tag}="')
    return rest.partition('"')[0].strip()
