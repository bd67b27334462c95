"""Where one job's time goes: when each part of the bot was at work, by the clock on the wall."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.rest.messages import DiscordMessages
from bot.adapters.pictures import FileSpool
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.adapters.sqlite.limit_store import SqliteLimitStore
from bot.adapters.sqlite.posts import SqlitePostStore
from bot.adapters.swarmui import SwarmClient
from bot.flow.drawing.requests import DrawingRequests
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.status_message import StatusMessages
from bot.flow.jobs.worker import Worker

PARTS: tuple[tuple[type, tuple[str, ...]], ...] = (
    (InteractionResponder, ("answer_job",)),
    (DrawingRequests, ("submit_request", "post_status_card")),
    (Worker, ("_draw_job", "_stream_images", "_end_job")),
    (Delivery, ("_run_delivery", "count_left_today")),
    (StatusMessages, ("wait_for_message", "stop_updates")),
    (JobQueue, ("refresh_jobs",)),
    (SwarmClient, ("fetch_image",)),
    (FileSpool, ("save_image", "list_spooled_files", "read_within_limit", "make_thumbnail")),
    (DiscordMessages, ("edit_message",)),
    (SqliteJobStore, ("create_job", "apply_job_event", "list_living_jobs", "record_delivery")),
    (SqlitePostStore, ("record_post_intent", "mark_post_sent", "list_job_posts")),
    (SqliteLimitStore, ("compute_balance",)),
)


class Spans:
    """(from, to) of every call, by name; seconds since 1970."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, float, float]] = []
        self._jobs: list[dict[str, tuple[float, float]]] = []

    def job(self, began: float) -> None:
        """One job is over: keep when its parts were at work, and begin anew."""
        times: defaultdict[str, int] = defaultdict(int)
        mine: dict[str, tuple[float, float]] = {}
        for name, start, end in sorted(self.calls, key=lambda call: call[1]):
            times[name] += 1
            count = times[name]
            mine[name if count == 1 else f"{name} #{count}"] = (start - began, end - start)
        self.calls.clear()
        self._jobs.append(mine)

    def told(self) -> str:
        """A line a part: when it began after the command, and how long it took; medians."""
        names = [name for name in self._jobs[0] if all(name in one for one in self._jobs)]
        lines = []
        for name in names:
            start, took = (median(one[name][i] for one in self._jobs) * 1000 for i in (0, 1))
            lines.append((start, f"  {start:7.1f} ms  +{took:6.1f} ms  {name}"))
        return "\n".join(line for _, line in sorted(lines))


@contextmanager
def recorded() -> Iterator[Spans]:
    """While this lasts, every call of the parts is timed."""
    spans, before = Spans(), list[tuple[type, str, Any]]()
    for kind, names in PARTS:
        for name in names:
            old = getattr(kind, name)
            before.append((kind, name, old))
            setattr(kind, name, _timed(old, f"{kind.__name__}.{name}", spans))
    try:
        yield spans
    finally:
        for kind, name, old in before:
            setattr(kind, name, old)


def _timed(old: Callable[..., Any], name: str, spans: Spans) -> Callable[..., Any]:
    @functools.wraps(old)
    async def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.time()
        try:
            return await old(*args, **kwargs)
        finally:
            spans.calls.append((name, began, time.time()))

    return timed
