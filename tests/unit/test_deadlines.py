"""The table of what waits, and how long, says what the code does."""

from __future__ import annotations

import inspect
import re
from datetime import timedelta
from pathlib import Path

from bot.adapters.discord.rest import sender
from bot.adapters.sqlite import Database
from bot.adapters.swarmui import SwarmSettings
from bot.adapters.swarmui import context as swarm_kit
from bot.config_sections import Storage, SwarmUI
from bot.flow import diagnosis, history, maintenance
from bot.flow.jobs import delivery, delivery_routes, recovery, status_message, stream_recovery
from bot.flow.runtime import tasks

RUN = Path(__file__).resolve().parents[2] / "docs" / "run.md"
UNITS = {"s": 1, "min": 60, "h": 3600}


def seconds(value: timedelta | float) -> float:
    """Either form of the code's constants."""
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def default(model: type, name: str) -> float:
    """A setting's default."""
    return float(model.model_fields[name].default)  # type: ignore[attr-defined]  # pydantic's


def told() -> dict[str, float]:
    """The table: what waits, and for how many seconds."""
    section = RUN.read_text("utf-8").split("## What waits, and how long")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| (\d+) (s|min|h)\b", section, re.MULTILINE)
    return {what: int(number) * UNITS[unit] for what, number, unit in rows}


def test_the_table_tells_the_truth() -> None:
    swarm = SwarmSettings()
    wait_s = inspect.signature(Database.open).parameters["wait_s"].default
    assert recovery.NOTIFY_WITHIN == history.REMIND_WITHIN
    truth = {
        "a queued job while SwarmUI is offline": default(SwarmUI, "outage_wait_minutes") * 60,
        "a request for SwarmUI's first frame": swarm.first_frame_s,
        "a model that loads": swarm.load_s,
        "a drawing of which nothing comes": default(SwarmUI, "silence_minutes") * 60,
        "a WebSocket on which nothing comes": swarm.look_s,
        "one answer of SwarmUI": swarm.answer_s,
        "a drawing whose stream was lost": default(SwarmUI, "lost_stream_minutes") * 60,
        "a drawing that SwarmUI was told to stop": stream_recovery.STOP_WAIT,
        "one request to Discord": sender.SEND_TIMEOUT_S,
        "one delivery route on Discord": sum(delivery_routes.RETRY_PAUSES_S),
        "a picture that no channel accepts": default(Storage, "spool_hours") * 3600,
        "time between delivery attempts": delivery.RETRY_DELAY_MAX,
        "a failure that the requester was not told of": recovery.NOTIFY_WITHIN,
        "a ping delayed by a crash": recovery.PING_WITHIN,
        "a status message that is being sent": status_message.ARRIVAL_TIMEOUT_S,
        "`/diagnose`": diagnosis.TIME_LIMIT_S,
        "SwarmUI, told to stop a drawing": swarm_kit.INTERRUPT_TIMEOUT_S,
        "the database, while another program writes": wait_s,
        "a part of the bot that failed": tasks.RESTART_DELAY_S,
        "a job that no task works on": maintenance.ROUND_INTERVAL_S,
        "running jobs on shutdown": default(SwarmUI, "shutdown_grace_s"),
    }
    assert told() == {what: seconds(value) for what, value in truth.items()}
