"""Detection of videos and sounds by their first bytes, and of truncated files.

Nothing here decodes them. The lengths stated in a file are compared with its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bot.core.errors import BadPicture
from bot.core.jobs.upload_limits import SOUND_EXTENSIONS, VIDEO_EXTENSIONS

MEDIA_KINDS: Final = VIDEO_EXTENSIONS | SOUND_EXTENSIONS

_EBML: Final = b"\x1a\x45\xdf\xa3"
_EBML_SEGMENT: Final = b"\x18\x53\x80\x67"
_BITRATES: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_V2: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLE_RATES: Final = (44_100, 48_000, 32_000)
_STILL_BRANDS: Final = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")


def detect_kind(data: bytes) -> str:
    """Return the kind, which is also the file extension, or "" for anything else."""
    if data[4:8] == b"ftyp" and data[8:12] not in _STILL_BRANDS:
        return "mov" if data[8:12] == b"qt  " else "mp4"
    if data.startswith(_EBML):
        return "webm"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "wav"
    if data.startswith(b"fLaC"):
        return "flac"
    if data.startswith(b"OggS"):
        return "ogg"
    if data.startswith(b"ID3") or _has_mp3_frame(data, 0):
        return "mp3"
    return "aac" if _is_whole_aac(data) else ""


def verify_media(data: bytes, kind: str) -> None:
    """Raise BadPicture if the file is truncated, as far as its kind states a length."""
    if not _WHOLE_CHECKS[kind](data):
        raise BadPicture("The image server sent an incomplete video or sound.")


def _is_whole_mp4(data: bytes) -> bool:
    at, seen = 0, set[bytes]()
    while at < len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        least = 8
        if size == 1:
            size, least = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:  # up to the end
            size = len(data) - at
        if size < least or at + size > len(data):
            return False
        seen.add(name)
        at += size
    return b"moov" in seen and (b"mdat" in seen or b"moof" in seen)


def _is_whole_webm(data: bytes) -> bool:
    head = _parse_length(data, 4)
    if head is None:
        return False
    at = head[0] + (head[1] or 0)
    if data[at : at + 4] != _EBML_SEGMENT or (segment := _parse_length(data, at + 4)) is None:
        return False
    begins, size = segment
    return begins < len(data) if size is None else 0 < size <= len(data) - begins


def _parse_length(data: bytes, at: int) -> tuple[int, int | None] | None:
    """Parse a length at `at`. Return where its content begins and its bytes or None."""
    first = data[at] if at < len(data) else 0
    octets = 9 - first.bit_length()
    if not first or at + octets > len(data):
        return None
    bits = 7 * octets
    value = int.from_bytes(data[at : at + octets], "big") & ((1 << bits) - 1)
    return at + octets, None if value == (1 << bits) - 1 else value


def _is_whole_wav(data: bytes) -> bool:
    """Check a WAV. Writers that cannot seek leave the length at its maximum or zero."""
    size = int.from_bytes(data[4:8], "little")
    return b"fmt " in data[:4096] and len(data) > 44 and (size > 2**31 or size + 8 <= len(data))


def _is_whole_flac(data: bytes) -> bool:
    at, is_last = 4, False
    while not is_last:
        if at + 4 > len(data):
            return False
        is_last = bool(data[at] & 0x80)
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    return data[at : at + 1] == b"\xff" and len(data) > at + 2


def _is_whole_ogg(data: bytes) -> bool:
    """Check the pages of an Ogg file, the last of which has a mark."""
    at, is_last = 0, False
    while at < len(data):
        segments = data[at + 27 : at + 27 + data[at + 26]] if at + 27 <= len(data) else b""
        if data[at : at + 4] != b"OggS" or not segments:
            return False
        is_last = bool(data[at + 5] & 4)
        at += 27 + len(segments) + sum(segments)
    return is_last and at == len(data)


def _is_whole_mp3(data: bytes) -> bool:
    """Check MP3 frames from the head on. Their number is not stored anywhere."""
    at = 0
    if data.startswith(b"ID3") and len(data) >= 10:
        size = sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(data[6:10]))
        at = 10 + size
        while data[at : at + 1] == b"\0":  # padding behind the tag
            at += 1
    return _has_mp3_frame(data, at)


def _has_mp3_frame(data: bytes, at: int) -> bool:
    size = _parse_mp3_size(data, at)
    after = at + size
    return bool(size) and (after == len(data) or bool(_parse_mp3_size(data, after)))


def _parse_mp3_size(data: bytes, at: int) -> int:
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:
        return 0
    version, rate, sampling = data[at + 1] >> 3 & 3, data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or not 0 < rate < 15 or sampling == 3:
        return 0
    bits = (_BITRATES if version == 3 else _BITRATES_V2)[rate - 1] * 1000
    hertz = _SAMPLE_RATES[sampling] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if version == 3 else 72) * bits // hertz + (data[at + 2] >> 1 & 1)


def _is_whole_aac(data: bytes) -> bool:
    size = _parse_aac_size(data, 0)
    return bool(size) and (size == len(data) or bool(_parse_aac_size(data, size)))


def _parse_aac_size(data: bytes, at: int) -> int:
    if at + 7 > len(data) or data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
        return 0
    size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    return size if size >= 7 else 0


_WHOLE_CHECKS: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "mp4": _is_whole_mp4,
    "mov": _is_whole_mp4,
    "webm": _is_whole_webm,
    "wav": _is_whole_wav,
    "flac": _is_whole_flac,
    "ogg": _is_whole_ogg,
    "mp3": _is_whole_mp3,
    "aac": _is_whole_aac,
}
