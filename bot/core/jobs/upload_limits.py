"""Size limits of uploads, alone, together in one request, and after a refusal."""

from __future__ import annotations

from typing import Final

REQUEST_LIMIT: Final = 24 * 1024 * 1024  # of Discord's 25 MiB, with room for words and borders
PERSON_LIMIT: Final = 10 * 1024 * 1024  # what everybody may receive, in a direct message too
SMALLEST_LIMIT: Final = 512 * 1024


def fair_share(sizes: tuple[int, ...], total: int) -> int:
    """Return the most bytes per file so that all together have at most `total`.

    Large files may use what small ones leave.
    """
    left = total
    for number, size in enumerate(sorted(sizes)):
        others = len(sizes) - number
        if size * others > left:
            return left // others
        left -= size
    return total


def shrinking_limits(limit: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return decreasing size limits in bytes for files of these `sizes`.

    Each but the first is below what was just refused.
    """
    first = min(limit, fair_share(sizes, REQUEST_LIMIT))
    sent = min(first, max(sizes, default=first))
    smaller = {sent // 2, sent // 4, min(SMALLEST_LIMIT, sent // 4)} - {sent}
    return (first, *sorted(smaller, reverse=True))


def limit_media(server_limit: int) -> int:
    """Return the most bytes of a job's videos and sounds, which share one message."""
    return min(server_limit, REQUEST_LIMIT)


VIDEO_EXTENSIONS: Final = frozenset(("mp4", "mov", "webm"))
SOUND_EXTENSIONS: Final = frozenset(("mp3", "wav", "flac", "aac", "ogg"))
