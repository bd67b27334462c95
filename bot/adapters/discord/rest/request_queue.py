"""Queue of requests that wait for a rate limit slot.

Every bucket has two queues, final messages before progress, each first come, first served. A
message waits in it once at a time, so jobs that share a channel take turns. The first of a bucket
with room then waits for the global limit.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from math import inf

from bot.adapters.discord.rest.rate_limit_journal import RateLimitJournal
from bot.adapters.discord.rest.rate_limits import (
    HeaderReading,
    RateLimitBudget,
    RateLimitRoute,
    no_spent_limits,
)


@dataclass(eq=False, slots=True)
class RequestSlot:
    """Right to send one request. Its holder must end it with `close_slot`."""

    _turns: RequestQueue
    route: RateLimitRoute
    message: int | None
    final: bool
    _granted: asyncio.Future[bool]
    _sent_at: float = 0.0
    _in_line: bool = False
    _open: bool = True  # the budget waits for its outcome

    @property
    def is_open(self) -> bool:
        """Return True until the request is answered or given back."""
        return self._open

    def record_answer(self, reading: HeaderReading | None) -> None:
        """Record the rate limit headers of the answer."""
        self._open = False
        self._turns.record_answer(self.route, self._sent_at, reading)

    def release_unsent(self) -> None:
        """Record that nothing was sent."""
        self._open = False
        self._turns._cancel_slot(self.route)

    def close_slot(self) -> None:
        """Release the message for the next edit. A second call has no effect."""
        if self._open:
            self._open = False
            self._turns.record_unanswered(self.route)
        self._turns._close_slot(self)


@dataclass(eq=False, slots=True)
class _RouteQueue:
    finals: deque[RequestSlot] = field(default_factory=deque)
    progress: deque[RequestSlot] = field(default_factory=deque)
    timer: asyncio.TimerHandle | None = None

    def queue(self, final: bool) -> deque[RequestSlot]:
        return self.finals if final else self.progress

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class RequestQueue:
    """Slots for requests, one queue for the whole process and one event loop.

    `spending` is the journal for the next process.
    """

    def __init__(self, spending: RateLimitJournal | None = None) -> None:
        self._spending = spending
        self._budget = RateLimitBudget(spending.load_spent if spending else no_spent_limits)
        self._lanes: dict[RateLimitRoute, _RouteQueue] = {}
        self._line = _RouteQueue()
        self._taken: dict[int, RequestSlot] = {}  # messages with an edit under way
        self._held: dict[int, set[RateLimitRoute]] = {}  # routes to check when it is free again
        self._finals: Counter[int] = Counter()  # messages with a final edit waiting or under way
        self._progress: dict[int, set[RequestSlot]] = {}

    async def wait_for_slot(
        self, route: RateLimitRoute, message: int | None, *, final: bool
    ) -> RequestSlot | None:
        """Wait until a request may be sent on `route`, or None if it must not be sent any more.

        None is for progress whose message waits for its final edit or is getting it, so that the
        final edit stays last. `message` is None for requests that are not edits.
        """
        turn = RequestSlot(self, route, message, final, asyncio.get_running_loop().create_future())
        if message is not None:
            if final:
                self._finals[message] += 1
                self._replace_progress(message)
            elif self._finals[message]:
                return None
            else:
                self._progress.setdefault(message, set()).add(turn)
        self._lanes.setdefault(route, _RouteQueue()).queue(final).append(turn)
        self._grant_slots(route)
        try:
            granted = await turn._granted
        except asyncio.CancelledError:
            if turn._granted.cancelled() or not turn._granted.result():
                self._leave_queue(turn)
            else:
                turn.release_unsent()
                turn.close_slot()
            raise
        return turn if granted else None

    def record_sent(self, route: RateLimitRoute) -> float:
        """Record a request that was sent without a slot and return its time."""
        now = _loop_time()
        self._budget.record_sent(route, now, final=True)
        self._save_spent(route)
        return now

    def record_answer(
        self, route: RateLimitRoute, sent_at: float, reading: HeaderReading | None
    ) -> None:
        """Record the answer of such a request."""
        self._budget.record_answer(route, sent_at, _loop_time(), reading)
        self._save_spent(route)
        self._grant_slots(route)

    def record_unanswered(self, route: RateLimitRoute) -> None:
        """Record that such a request got no answer."""
        self._budget.record_unanswered(route, _loop_time())
        self._save_spent(route)
        self._grant_slots(route)

    def record_refusal(
        self, route: RateLimitRoute, retry_after_s: float, *, everywhere: bool
    ) -> None:
        """Record a 429."""
        self._budget.record_refusal(route, _loop_time(), retry_after_s, everywhere=everywhere)
        self._save_spent(route)
        self._grant_slots(route)

    def _cancel_slot(self, route: RateLimitRoute) -> None:
        self._budget.cancel_sent(route)
        self._save_spent(route)
        self._grant_slots(route)
        self._grant_route_slots()

    def _close_slot(self, turn: RequestSlot) -> None:
        message = turn.message
        if message is None or self._taken.get(message) is not turn:
            return
        del self._taken[message]
        if turn.final:
            self._finish_final(message)
        for route in self._held.pop(message, ()):
            self._grant_slots(route)

    def _finish_final(self, message: int) -> None:
        self._finals[message] -= 1
        if not self._finals[message]:
            del self._finals[message]

    def _replace_progress(self, message: int) -> None:
        for turn in self._progress.pop(message, ()):
            self._remove_waiting(turn)
            if not turn._granted.done():
                turn._granted.set_result(False)
            self._grant_slots(turn.route)

    def _leave_queue(self, turn: RequestSlot) -> None:
        self._remove_waiting(turn)
        if turn.message is not None:
            if turn.final:
                self._finish_final(turn.message)
            else:
                self._forget_progress(turn)
        self._grant_slots(turn.route)

    def _forget_progress(self, turn: RequestSlot) -> None:
        assert turn.message is not None
        waiting = self._progress.get(turn.message, set())
        waiting.discard(turn)
        if not waiting:
            self._progress.pop(turn.message, None)

    def _remove_waiting(self, turn: RequestSlot) -> None:
        lane = self._lanes.get(turn.route)
        if lane is not None and turn in lane.queue(turn.final):
            lane.queue(turn.final).remove(turn)
        if turn._in_line:
            turn._in_line = False
            self._line.queue(turn.final).remove(turn)

    def _grant_slots(self, route: RateLimitRoute) -> None:
        """Grant what the route has room for, and come back when the next one has."""
        lane = self._lanes.get(route)
        if lane is None:
            return
        lane.stop_timer()
        while (turn := self._find_next(lane)) is not None and not turn._in_line:
            wait = self._budget.can_send(route, _loop_time(), final=turn.final)
            if wait > 0:
                if wait < inf:
                    lane.timer = _call_later(wait, lambda: self._grant_slots(route))
                break
            if route.counted:
                turn._in_line = True
                self._line.queue(turn.final).append(turn)
                self._grant_route_slots()
            else:
                self._grant_slot(turn)
        if not lane.finals and not lane.progress and self._lanes.get(route) is lane:
            del self._lanes[route]

    def _find_next(self, lane: _RouteQueue) -> RequestSlot | None:
        for turn in chain(lane.finals, lane.progress):
            if turn.message is None or turn.message not in self._taken:
                return turn
            self._held.setdefault(turn.message, set()).add(turn.route)
        return None

    def _grant_route_slots(self) -> None:
        """Grant what waited for the global limit and still has room in its route."""
        line = self._line
        line.stop_timer()
        while line.finals or line.progress:
            turn = (line.finals or line.progress)[0]
            wait = self._budget.can_send_globally(turn.route, _loop_time(), final=turn.final)
            if wait > 0:
                line.timer = _call_later(wait, self._grant_route_slots)
                return
            turn._in_line = False
            line.queue(turn.final).popleft()
            if turn.message not in self._taken:
                wait = self._budget.can_send(turn.route, _loop_time(), final=turn.final)
                if not wait:
                    self._grant_slot(turn)
            asyncio.get_running_loop().call_soon(self._grant_slots, turn.route)

    def _grant_slot(self, turn: RequestSlot) -> None:
        self._remove_waiting(turn)
        if turn._granted.done():
            return
        turn._sent_at = _loop_time()
        self._budget.record_sent(turn.route, turn._sent_at, final=turn.final)
        self._save_spent(turn.route)
        if turn.message is not None:
            self._taken[turn.message] = turn
            if not turn.final:
                self._forget_progress(turn)
        turn._granted.set_result(True)

    def _save_spent(self, route: RateLimitRoute) -> None:
        """Write the bucket's state to the journal before the request is sent."""
        if self._spending is not None:
            self._spending.record_spent(
                self._budget.list_kinds(route), route.major, self._budget.list_spent(route)
            )


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


def _call_later(wait_s: float, call: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(wait_s, call)
