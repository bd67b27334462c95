"""A request for pictures as it is worked off: who asked, what was read, how far it came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PIL import Image

from bot.sandbox.swarmui.accounts import Claim, Session
from bot.sandbox.swarmui.files import Stamp
from bot.sandbox.swarmui.frames import Frame
from bot.sandbox.swarmui.script import Generation


@dataclass(slots=True)
class Call:
    """Who asks, for what, and where the frames go.

    `emit` takes an object; `raw` takes text that need not be JSON; `drop` cuts the connection.
    """

    session: Session
    images: int
    root: dict[str, Any]
    emit: Callable[[Frame], None]
    raw: Callable[[str], None]
    drop: Callable[[], None]
    offset: int = 0
    fault: str | None = None


@dataclass(slots=True)
class Work:
    """A request under way; `failed` stops pictures that have not begun.

    `drawn` are the pictures for the grid.
    """

    call: Call
    claim: Claim
    interrupted: asyncio.Event
    record: Generation
    request: str = ""
    read: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    stamp: Stamp = field(default_factory=lambda: Stamp(datetime.now().astimezone(), 1))
    failed: bool = False
    cut: bool = False
    all_begun: bool = False
    made: int = 0
    drawn: list[Image.Image] = field(default_factory=list)
    extras: int = 0
