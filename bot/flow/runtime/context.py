"""Values that the flow is built from, handed over once by `bot/app.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.core.drawing.request import DrawingBounds
from bot.core.ids import JobId
from bot.core.pauses import PauseWindow
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.tasks import TaskSupervisor


@dataclass(frozen=True, slots=True)
class HostSettings:
    """The host's settings, as far as the flow obeys them.

    At most `max_in_flight` jobs are sent to SwarmUI at once, and `running_per_member` of one member
    while others wait. During an outage a queued job waits `outage_wait`. After
    a lost stream SwarmUI may work on for `lost_stream`. Delivery is retried for
    `deliver_within`. A job pings when it took `ping_after_s` seconds or `ping_after_messages` came
    after its card. `log_prompts` logs prompts. Outages are posted in `log_channel`, unless it is 0.
    With `classifier_required`, nothing is drawn or shown without the classifier's answer. SwarmUI's
    lists are read every `refresh_minutes`. `time_zone` is for guilds that chose none. In
    `pause_windows`, on the clock of `pause_zone`, nothing new is drawn. With
    `delete_forgotten_files`, files on SwarmUI go with their history.
    """

    bounds: DrawingBounds = field(default_factory=DrawingBounds)
    max_in_flight: int = 2
    running_per_member: int | None = 1
    outage_wait: timedelta = timedelta(minutes=30)
    lost_stream: timedelta = timedelta(minutes=60)
    deliver_within: timedelta = timedelta(hours=24)
    ping_after_s: float = 60.0
    ping_after_messages: int = 15
    trigger_phrases: tuple[str, ...] = ()
    trigger_channels: tuple[int, ...] = ()
    mention_triggers: bool = True
    log_prompts: bool = False
    log_channel: int = 0
    refresh_minutes: int = 10
    classifier_required: bool = True
    time_zone: str = "UTC"
    delete_forgotten_files: bool = False
    pause_windows: tuple[PauseWindow, ...] = ()
    pause_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class IdSource:
    """Source of ids, message nonces, seeds and log references."""

    new_job_id: Callable[[], JobId]
    new_nonce: Callable[[], str]
    new_seed: Callable[[], int]
    new_error_ref: Callable[[], str]


@dataclass(frozen=True, slots=True)
class FlowContext:
    """Clock, background tasks, new ids and host settings for every service."""

    clock: Clock
    tasks: TaskSupervisor
    ids: IdSource
    host: HostSettings
