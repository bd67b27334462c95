"""Pure rate limit decisions, learned from Discord's answers.

Every decision is in this module, without a clock or an event loop. Times are seconds on any clock
that does not go back.

Discord counts per bucket. A bucket's window opens with the first request after the last window
ended, and closes all at once. Every answer gives the number of requests left and the closing time.

Progress never takes the last request of a window, which is kept for a final edit, and is spread
evenly over the window. Only after a pause the second and third come early, because much happens in
the first second of an image and many images take no more than two. Requests without an answer count
as used in the coming window, because Discord may see them only then.

Discord goes on counting when the process dies. Each bucket's use is reported by `spent`, and the
last process's use is asked for when a bucket is first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Final

DEFAULT_LIMIT: Final = 5  # what Discord was seen to use; believed until it has answered
WINDOW_S: Final = 5.0
MARGIN_S: Final = 0.05  # the time of a reset is rounded, and clocks drift
EARLY: Final = 0.3  # of the spacing, for the first progress after a rest
EARLY_ONES: Final = 2  # how many come so early: the second and the third
GLOBAL_SPACING_S: Final = 1 / 40  # Discord allows 50 a second in all, and others send for us too
GLOBAL_BURST: Final = 5
GLOBAL_RESERVE: Final = 2  # of that burst, for finals
KEPT_S: Final = 60.0
LATE_S: Final = 1.0  # how late Discord may see a request whose sender died


@dataclass(frozen=True, slots=True)
class RateLimitRoute:
    """Bucket key of a request, its kind and major id.

    `major` may hold a secret. `counted` is False for interaction answers, which are not part of the
    50 requests per second.
    """

    kind: str
    major: str
    counted: bool = True

    def __repr__(self) -> str:
        return f"Route({self.kind!r})"


@dataclass(frozen=True, slots=True)
class HeaderReading:
    """Values of an answer's X-RateLimit headers. `bucket` is "" if not named."""

    limit: int
    remaining: int
    reset_after_s: float
    bucket: str = ""


@dataclass(frozen=True, slots=True)
class SpentLimit:
    """Requests left in a bucket until `resets_at`, at worst."""

    left: int
    resets_at: float


def no_spent_limits(route: RateLimitRoute) -> None:
    """No process was here before."""


@dataclass(slots=True)
class _LimitBucket:
    limit: int
    window_s: float
    left: int
    # The window ends between these two, for nobody knows how long an answer was on its way. The
    # later one is what we wait for.
    resets_after: float = -inf
    resets_at: float = -inf
    guessed_at: float | None = -inf  # since then the end is our own idea, not Discord's
    answered: bool = False
    under_way: int = 0
    progress_at: float = -inf  # before that, no progress
    early: int = 0
    used_at: float = -inf

    def refresh(self, now: float) -> None:
        if now >= self.resets_at + MARGIN_S:
            self.left = self.limit - self.under_way
            self.guessed_at = now
            self.resets_at = now + self.window_s if self.under_way else -inf

    def spacing_s(self, now: float) -> float:
        """Spread what progress may still use evenly until the next window opens."""
        return (self.resets_at + MARGIN_S - now) / max(self.left, 1)


class RateLimitBudget:
    """Requests that may be sent now, per bucket and in total.

    `before` returns how the last process left a bucket, in times of this process's clock.
    """

    def __init__(
        self, before: Callable[[RateLimitRoute], SpentLimit | None] = no_spent_limits
    ) -> None:
        self._before = before
        self._buckets: dict[tuple[str, str], _LimitBucket] = {}
        self._names: dict[str, str] = {}
        self._learnt: dict[str, tuple[int, float]] = {}
        self._global_next = -inf
        self._sweep_at = 512

    def can_send(self, route: RateLimitRoute, now: float, *, final: bool) -> float:
        """Return seconds until the bucket has room, `inf` if an answer must come first.

        The global limit is checked separately by `can_send_globally`.
        """
        bucket = self._get_bucket(route)
        bucket.refresh(now)
        if not bucket.answered and bucket.under_way:
            return inf
        need = 1 if final or bucket.limit < 2 else 2
        wait = 0.0
        if bucket.left < need:
            wait = bucket.resets_at + MARGIN_S - now
        if not final:
            wait = max(wait, bucket.progress_at - now)
        return max(wait, 0.0)

    def can_send_globally(self, route: RateLimitRoute, now: float, *, final: bool) -> float:
        """Return seconds until the global limit has room, never `inf`."""
        if not route.counted:
            return 0.0
        burst = GLOBAL_BURST if final else GLOBAL_BURST - GLOBAL_RESERVE
        return max(self._global_next - (burst - 1) * GLOBAL_SPACING_S - now, 0.0)

    def record_sent(self, route: RateLimitRoute, now: float, *, final: bool) -> None:
        """Record a sent request. Exactly one record of its outcome must follow."""
        bucket = self._get_bucket(route)
        bucket.refresh(now)
        if bucket.resets_at == -inf:
            bucket.resets_at = now + bucket.window_s
        bucket.left -= 1
        bucket.under_way += 1
        bucket.used_at = now
        if not final:
            if now > bucket.progress_at + bucket.window_s:
                bucket.early = EARLY_ONES
            share = EARLY if bucket.early > 0 else 1.0
            bucket.early -= 1
            bucket.progress_at = now + bucket.spacing_s(now) * share
        if route.counted:
            self._global_next = max(self._global_next, now) + GLOBAL_SPACING_S
        if len(self._buckets) > self._sweep_at:
            self._drop_old_buckets(now)

    def record_answer(
        self, route: RateLimitRoute, sent_at: float, now: float, reading: HeaderReading | None
    ) -> None:
        """Record an answer. `reading` is None without rate limit headers."""
        bucket = self._get_bucket(route)
        bucket.answered = True
        bucket.under_way = max(bucket.under_way - 1, 0)
        if reading is not None:
            self._learn_limit(route, bucket, sent_at, now, reading)

    def cancel_sent(self, route: RateLimitRoute) -> None:
        """Take back a recorded request that was not sent."""
        bucket = self._get_bucket(route)
        bucket.under_way = max(bucket.under_way - 1, 0)
        bucket.left = min(bucket.left + 1, bucket.limit)
        bucket.progress_at = -inf
        if route.counted:
            self._global_next -= GLOBAL_SPACING_S

    def record_unanswered(self, route: RateLimitRoute, now: float) -> None:
        """Record a request without an answer. Discord may have counted it as late as now."""
        bucket = self._get_bucket(route)
        bucket.under_way = max(bucket.under_way - 1, 0)
        bucket.resets_at = max(bucket.resets_at, now + bucket.window_s)
        bucket.guessed_at = None

    def record_refusal(
        self, route: RateLimitRoute, now: float, retry_after_s: float, *, everywhere: bool
    ) -> None:
        """Record a 429 and block its bucket, or everything, for `retry_after_s`."""
        bucket = self._get_bucket(route)
        bucket.left = 0
        bucket.resets_at = now + retry_after_s
        bucket.guessed_at = None
        if everywhere:
            burst = GLOBAL_BURST * GLOBAL_SPACING_S
            self._global_next = max(self._global_next, now + retry_after_s + burst)

    def list_spent(self, route: RateLimitRoute) -> SpentLimit:
        """Return the bucket's state at worst, with open requests counted as late."""
        bucket = self._get_bucket(route)
        late = bucket.used_at + bucket.window_s + LATE_S if bucket.under_way else -inf
        return SpentLimit(bucket.left, max(bucket.resets_at, late))

    def list_kinds(self, route: RateLimitRoute) -> tuple[str, ...]:
        """List the request kinds that share this route's bucket, as far as known."""
        name = self._names.get(route.kind)
        if name is None:
            return (route.kind,)
        return tuple(kind for kind, its in self._names.items() if its == name)

    def _learn_limit(
        self,
        route: RateLimitRoute,
        bucket: _LimitBucket,
        sent_at: float,
        now: float,
        reading: HeaderReading,
    ) -> None:
        self._bucket_key(route, reading.bucket)
        earliest, latest = sent_at + reading.reset_after_s, now + reading.reset_after_s
        if bucket.guessed_at is not None:
            fresh = sent_at >= bucket.guessed_at
        elif latest < bucket.resets_after:
            return  # a slow answer of an earlier window
        else:
            fresh = earliest > bucket.resets_at + MARGIN_S
        if fresh:
            left = reading.remaining - bucket.under_way
            # In a window that we opened ourselves, later ones may have been answered before this
            # one: we have counted them, and it has not.
            ours = bucket.guessed_at is not None and bucket.limit == reading.limit
            bucket.left = min(bucket.left, left) if ours else left
            bucket.resets_after, bucket.resets_at, bucket.guessed_at = earliest, latest, None
        else:
            bucket.left = min(bucket.left, reading.remaining)
            bucket.resets_after = min(bucket.resets_after, earliest)
            bucket.resets_at = max(bucket.resets_at, latest)
        bucket.limit = max(reading.limit, 1)
        # Only the first answer of a window shows how long the window is.
        if reading.remaining == reading.limit - 1 or reading.reset_after_s > bucket.window_s:
            bucket.window_s = max(reading.reset_after_s, MARGIN_S)
        self._learnt[route.kind] = (bucket.limit, bucket.window_s)

    def _bucket_key(self, route: RateLimitRoute, name: str) -> None:
        """Return the bucket's name, which Discord gives to kinds that share a bucket."""
        if not name or self._names.get(route.kind) == name:
            return
        old = self._names.get(route.kind, route.kind)
        self._names[route.kind] = name
        for family, major in [key for key in self._buckets if key[0] == old]:
            moved = self._buckets.pop((family, major))
            self._buckets.setdefault((name, major), moved)

    def _get_bucket(self, route: RateLimitRoute) -> _LimitBucket:
        key = (self._names.get(route.kind, route.kind), route.major)
        bucket = self._buckets.get(key)
        if bucket is None:
            limit, window_s = self._learnt.get(route.kind, (DEFAULT_LIMIT, WINDOW_S))
            bucket = self._buckets[key] = _LimitBucket(limit, window_s, left=limit)
            if (spent := self._before(route)) is not None:
                bucket.left, bucket.resets_at = spent.left, spent.resets_at
                bucket.guessed_at = None
        return bucket

    def _drop_old_buckets(self, now: float) -> None:
        """Interaction tokens come by the thousand and never again."""
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if bucket.under_way or bucket.used_at + KEPT_S > now or bucket.resets_at > now
        }
        self._sweep_at = max(512, 2 * len(self._buckets))
