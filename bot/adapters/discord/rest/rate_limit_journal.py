"""Journal of used rate limits for the next process.

Discord's windows stay open when the process dies. A bot that restarts within five seconds would
send into full windows. So each bucket's state is written to a small file when a request leaves and
again when its answer comes. The file is a ring of fixed-size records, each written by one call and
never synced. Channels and tokens are stored as digests only.
"""

from __future__ import annotations

import contextlib
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from bot.adapters.discord.rest.rate_limits import RateLimitRoute, SpentLimit

RECORD_FORMAT: Final = struct.Struct(
    "<Q16sdi"
)  # number, whose bucket, until when (Unix), how many left
NEVER_RESETS: Final = 1 << 62  # no record has such a number: the file is not ours, or torn
SLOT_COUNT: Final = 4096  # more than is sent in the longest window that is believed
WINDOW_MAX_S: Final = 60.0  # a window that seems to last longer was noted by a clock that jumped
log = structlog.stdlib.get_logger(__name__)


class RateLimitJournal:
    """One file, read when it is opened and then written on. A disk that refuses ends no request.

    `wall` is Unix time, which the next process shares; `tick` is the clock of the
    `RateLimitBudget`.
    """

    def __init__(
        self,
        path: Path,
        *,
        wall: Callable[[], float] = time.time,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._tick = wall, tick
        self._next = 0
        self._file: BinaryIO | None = None
        self._before: dict[bytes, SpentLimit] = {}
        try:
            path.touch()
            self._file = path.open("r+b", buffering=0)
            self._read(self._file.read())
            self._file.seek(self._next % SLOT_COUNT * RECORD_FORMAT.size)
        except OSError as error:
            self._give_up(error)

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[RateLimitJournal]:
        """For as long as the program runs."""
        spending = cls(path)
        try:
            yield spending
        finally:
            spending.close()

    def load_spent(self, route: RateLimitRoute) -> SpentLimit | None:
        """Return what the last process used of a bucket if its window may still be open."""
        return self._before.get(_digest_route(route.kind, route.major))

    def record_spent(self, kinds: tuple[str, ...], major: str, spent: SpentLimit) -> None:
        """Write down how the bucket of these kinds stands now."""
        for kind in kinds:
            self._write(_digest_route(kind, major), spent)

    def close(self) -> None:
        """Nothing is written any more."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self, data: bytes) -> None:
        whole = len(data) - len(data) % RECORD_FORMAT.size
        now, tick = self._wall(), self._tick()
        for number, whose, until, left in sorted(RECORD_FORMAT.iter_unpack(data[:whole])):
            if number >= NEVER_RESETS:
                return
            self._next = number + 1
            self._before.pop(whose, None)
            if 0 < until - now < WINDOW_MAX_S:
                self._before[whose] = SpentLimit(left, tick + until - now)

    def _write(self, whose: bytes, spent: SpentLimit) -> None:
        if self._file is None:
            return
        until = self._wall() + spent.resets_at - self._tick()
        try:
            if self._next % SLOT_COUNT == 0:
                self._file.seek(0)
            self._file.write(RECORD_FORMAT.pack(self._next, whose, until, spent.left))
        except OSError as error:
            self._give_up(error)
            return
        self._next += 1

    def _give_up(self, error: OSError) -> None:
        log.warning("limits are not kept for the next start", why=str(error))
        with contextlib.suppress(OSError):
            self.close()


def _digest_route(kind: str, major: str) -> bytes:
    return blake2b(f"{kind} {major}".encode(), digest_size=16).digest()
