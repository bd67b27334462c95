"""Status line under the bot's name, which says whether it draws."""

from __future__ import annotations

from typing import Final

from bot.core.errors import BackendCrashed, BackendError, BackendStalled, HostMustAct, NoBackend

IDLE_STATUS: Final = "/imagine"


def describe_status(
    outage: BackendError | None, *, is_paused: bool = False, is_stopping: bool = False
) -> str:
    """Return the line for an outage of SwarmUI, the host's own pause, a shutdown, or none."""
    if is_stopping:
        return "Restarting, try again in a minute"
    match outage:
        case None:
            return "Drawing is paused" if is_paused else IDLE_STATUS
        case BackendCrashed() | BackendStalled():
            trouble = "SwarmUI is failing"
        case NoBackend():
            trouble = "SwarmUI has no backend"
        case HostMustAct():
            trouble = "SwarmUI needs its host"
        case _:
            trouble = "SwarmUI is offline"
    return f"{trouble}, pictures are waiting"
