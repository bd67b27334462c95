"""Status line of the bot, kept true to the state of the queue."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from bot.core.jobs.status_line import IDLE_STATUS, describe_status
from bot.core.pauses import EVERYWHERE
from bot.flow.jobs.queue import JobQueue
from bot.flow.runtime.tasks import TaskSupervisor


async def ignore_status(_text: str) -> None:
    """Show no status line."""


class StatusLine:
    """Shows an outage, the host's own pause or a shutdown. `show` sets the line for all sessions.

    `refresh` is called where one of them begins or ends, and does not wait.
    """

    def __init__(
        self,
        queue: JobQueue,
        show: Callable[[str], Coroutine[Any, Any, None]],
        tasks: TaskSupervisor,
    ) -> None:
        self._queue, self._show, self._tasks = queue, show, tasks
        self._text = IDLE_STATUS

    def refresh(self) -> None:
        """Show the present state, if it is another than before."""
        queue = self._queue
        text = describe_status(
            queue.down_reason,
            is_paused=EVERYWHERE in queue.pause_ends,
            is_stopping=queue.shutting_down,
        )
        if text != self._text:
            self._text = text
            self._tasks.spawn_task(self._show(text), "status line")
