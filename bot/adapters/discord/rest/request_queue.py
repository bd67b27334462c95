"""Waiting for a turn: the loop's side of `budget`.

Every bucket has a lane with two queues, finals before progress, each first come first served: as a
message stands in it once at a time, jobs that share a channel take turns. Whoever is next in a lane
and has room in its bucket stands in one more such line, for the limit over everything.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from math import inf

from bot.adapters.discord.rest.rate_limit_journal import Spending
from bot.adapters.discord.rest.rate_limits import Budget, Reading, Route


@dataclass(eq=False, slots=True)
class Turn:
    """The right to send one request. Its holder ends it with `over`, whatever happens."""

    _turns: Turns
    route: Route
    message: int | None
    final: bool
    _granted: asyncio.Future[bool]
    _sent_at: float = 0.0
    _in_line: bool = False
    _open: bool = True  # the budget waits to hear what became of it

    @property
    def is_open(self) -> bool:
        """Whether its one request has been neither answered nor given back."""
        return self._open

    def answered(self, reading: Reading | None) -> None:
        """The answer has come; what it said of the limits."""
        self._open = False
        self._turns.answered(self.route, self._sent_at, reading)

    def give_back(self) -> None:
        """Nothing was sent."""
        self._open = False
        self._turns._unsent(self.route)

    def over(self) -> None:
        """The message is free for the next edit. Calling it twice does no harm."""
        if self._open:
            self._open = False
            self._turns.unanswered(self.route)
        self._turns._over(self)


@dataclass(eq=False, slots=True)
class _Lane:
    finals: deque[Turn] = field(default_factory=deque)
    progress: deque[Turn] = field(default_factory=deque)
    timer: asyncio.TimerHandle | None = None

    def queue(self, final: bool) -> deque[Turn]:
        return self.finals if final else self.progress

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Turns:
    """Hands out turns; one for the whole process, used from one running loop only.

    `spending` is where the next process learns what this one has sent.
    """

    def __init__(self, spending: Spending | None = None) -> None:
        self._spending = spending
        self._budget = Budget() if spending is None else Budget(spending.before)
        self._lanes: dict[Route, _Lane] = {}
        self._line = _Lane()
        self._taken: dict[int, Turn] = {}  # messages with an edit under way
        self._held: dict[int, set[Route]] = {}  # lanes to look at when such a message is free
        self._finals: Counter[int] = Counter()  # messages whose last word waits or is under way
        self._progress: dict[int, set[Turn]] = {}

    async def wait(self, route: Route, message: int | None, *, final: bool) -> Turn | None:
        """Wait until a request may go out on `route`. None: it shall not go out any more.

        That is so for progress whose message waits for its final, or is getting it: the last word
        stays the last. `message` None is for requests that are no edits.
        """
        turn = Turn(self, route, message, final, asyncio.get_running_loop().create_future())
        if message is not None:
            if final:
                self._finals[message] += 1
                self._supersede(message)
            elif self._finals[message]:
                return None
            else:
                self._progress.setdefault(message, set()).add(turn)
        self._lanes.setdefault(route, _Lane()).queue(final).append(turn)
        self._pump(route)
        try:
            granted = await turn._granted
        except asyncio.CancelledError:
            if turn._granted.cancelled() or not turn._granted.result():
                self._leave(turn)
            else:
                turn.give_back()
                turn.over()
            raise
        return turn if granted else None

    def sent(self, route: Route) -> float:
        """Somebody else sends on this route, without a turn: interaction answers, for example.

        Returns the time, which `answered` wants to know.
        """
        now = _now()
        self._budget.sent(route, now, final=True)
        self._note(route)
        return now

    def answered(self, route: Route, sent_at: float, reading: Reading | None) -> None:
        """An answer has come; what it said of the limits."""
        self._budget.answered(route, sent_at, _now(), reading)
        self._note(route)
        self._pump(route)

    def unanswered(self, route: Route) -> None:
        """A request came to nothing."""
        self._budget.unanswered(route, _now())
        self._note(route)
        self._pump(route)

    def refused(self, route: Route, retry_after_s: float, *, everywhere: bool) -> None:
        """Discord said that there were too many requests."""
        self._budget.refused(route, _now(), retry_after_s, everywhere=everywhere)
        self._note(route)
        self._pump(route)

    def _unsent(self, route: Route) -> None:
        self._budget.unsent(route)
        self._note(route)
        self._pump(route)
        self._pump_line()

    def _over(self, turn: Turn) -> None:
        message = turn.message
        if message is None or self._taken.get(message) is not turn:
            return
        del self._taken[message]
        if turn.final:
            self._one_final_less(message)
        for route in self._held.pop(message, ()):
            self._pump(route)

    def _one_final_less(self, message: int) -> None:
        self._finals[message] -= 1
        if not self._finals[message]:
            del self._finals[message]

    def _supersede(self, message: int) -> None:
        for turn in self._progress.pop(message, ()):
            self._unqueue(turn)
            if not turn._granted.done():
                turn._granted.set_result(False)
            self._pump(turn.route)

    def _leave(self, turn: Turn) -> None:
        """Its waiter has gone."""
        self._unqueue(turn)
        if turn.message is not None:
            if turn.final:
                self._one_final_less(turn.message)
            else:
                self._forget_progress(turn)
        self._pump(turn.route)

    def _forget_progress(self, turn: Turn) -> None:
        assert turn.message is not None
        waiting = self._progress.get(turn.message, set())
        waiting.discard(turn)
        if not waiting:
            self._progress.pop(turn.message, None)

    def _unqueue(self, turn: Turn) -> None:
        lane = self._lanes.get(turn.route)
        if lane is not None and turn in lane.queue(turn.final):
            lane.queue(turn.final).remove(turn)
        if turn._in_line:
            turn._in_line = False
            self._line.queue(turn.final).remove(turn)

    def _pump(self, route: Route) -> None:
        """Let everybody go who can in that lane, and come back when the next one can."""
        lane = self._lanes.get(route)
        if lane is None:
            return
        lane.stop_timer()
        while (turn := self._next(lane)) is not None and not turn._in_line:
            wait = self._budget.may(route, _now(), final=turn.final)
            if wait > 0:
                if wait < inf:
                    lane.timer = _later(wait, lambda: self._pump(route))
                break
            if route.counted:
                turn._in_line = True
                self._line.queue(turn.final).append(turn)
                self._pump_line()
            else:
                self._grant(turn)
        if not lane.finals and not lane.progress and self._lanes.get(route) is lane:
            del self._lanes[route]

    def _next(self, lane: _Lane) -> Turn | None:
        for turn in chain(lane.finals, lane.progress):
            if turn.message is None or turn.message not in self._taken:
                return turn
            self._held.setdefault(turn.message, set()).add(turn.route)
        return None

    def _pump_line(self) -> None:
        """Let those go who waited for the limit over everything, if they still can."""
        line = self._line
        line.stop_timer()
        while line.finals or line.progress:
            turn = (line.finals or line.progress)[0]
            wait = self._budget.may_at_all(turn.route, _now(), final=turn.final)
            if wait > 0:
                line.timer = _later(wait, self._pump_line)
                return
            turn._in_line = False
            line.queue(turn.final).popleft()
            blocked = turn.message in self._taken
            if not blocked and not self._budget.may(turn.route, _now(), final=turn.final):
                self._grant(turn)
            asyncio.get_running_loop().call_soon(self._pump, turn.route)

    def _grant(self, turn: Turn) -> None:
        self._unqueue(turn)
        if turn._granted.done():
            return
        turn._sent_at = _now()
        self._budget.sent(turn.route, turn._sent_at, final=turn.final)
        self._note(turn.route)
        if turn.message is not None:
            self._taken[turn.message] = turn
            if not turn.final:
                self._forget_progress(turn)
        turn._granted.set_result(True)

    def _note(self, route: Route) -> None:
        """Before the request is on its way: whoever comes after us has to reckon with it."""
        if self._spending is not None:
            self._spending.note(self._budget.kinds(route), route.major, self._budget.spent(route))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _later(wait_s: float, call: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(wait_s, call)
