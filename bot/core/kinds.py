"""What SwarmUI may make beside pictures, by file extension; the type itself is in the bytes."""

from __future__ import annotations

from typing import Final

VIDEOS: Final = frozenset(("mp4", "mov", "webm"))
SOUNDS: Final = frozenset(("mp3", "wav", "flac", "aac"))
