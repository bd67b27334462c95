"""What every part of the flow works with, handed over once by `bot/app.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.drawing.request import Bounds
from bot.core.ids import JobId
from bot.flow.moderation.display_filter import Showing
from bot.flow.ports import Board, Books, Classifier, Painter, Spool
from bot.flow.ports.catalog import Catalog
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.tasks import Crew


@dataclass(frozen=True, slots=True)
class House:
    """The host's settings, as far as the flow obeys them.

    `under_way` jobs are kept with SwarmUI at once; `running` of one person while others wait.
    A queued job waits `down_wait` for a server that is down; a picture that no place takes is
    offered again for `deliver_within`. A job rings when it took longer than
    `ring_after_s` seconds or `ring_after_messages` came after its card. `log_prompts` puts
    people's words into the log. With `strict`, what the classifier did not answer for is not
    drawn and not shown. The server's lists are read anew every `refresh_minutes` or so.
    `time_zone` holds for guilds that have chosen none.
    """

    bounds: Bounds = field(default_factory=Bounds)
    under_way: int = 2
    running: int | None = 1
    down_wait: timedelta = timedelta(minutes=30)
    deliver_within: timedelta = timedelta(hours=24)
    ring_after_s: float = 60.0
    ring_after_messages: int = 15
    phrases: tuple[str, ...] = ()
    trigger_channels: tuple[int, ...] = ()
    mentions: bool = True
    log_prompts: bool = False
    refresh_minutes: int = 10
    strict: bool = True
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Fresh:
    """Where new names and chances come from: ids, message nonces, seeds, log references."""

    job_id: Callable[[], JobId]
    nonce: Callable[[], str]
    seed: Callable[[], int]
    ref: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Kit:
    """The ports, the clock, the owner of tasks and the host's settings.

    `classifier` is None where the host has none. `showing` says what may be read by everybody.
    """

    books: Books
    painter: Painter
    catalog: Catalog
    spool: Spool
    board: Board
    clock: Clock
    crew: Crew
    house: House
    fresh: Fresh
    classifier: Classifier | None = None
    showing: Showing = field(default_factory=Showing)
