"""The line under the bot's name follows the queue."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.adapters.sqlite.pauses import write_host_pause
from bot.core.errors import BackendDown
from bot.core.jobs.status_line import IDLE_STATUS, describe_status
from bot.core.pauses import EVERYWHERE, StoredPause
from bot.flow.jobs.status_line import StatusLine
from tests.support.flow import stage


async def test_each_change_is_shown_once_and_a_servers_own_pause_never(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        shown: list[str] = []

        async def show(text: str) -> None:
            shown.append(text)

        queue, now = here.flow.queue, here.hands.now
        line = StatusLine(queue, show, here.kit.tasks)
        later = now + timedelta(hours=1)

        def set_state(down: bool, *paused: int) -> None:
            queue.down_reason = BackendDown() if down else None
            queue.set_pauses(dict.fromkeys(paused, later), now)
            line.refresh()
            line.refresh()

        for state in ((False,), (True,), (False, EVERYWHERE), (False, 7)):
            set_state(*state)
        queue.shutting_down = True
        line.refresh()
        await here.kit.tasks.wait_for_tasks(("status line",))
        assert shown == [
            describe_status(BackendDown()),
            describe_status(None, is_paused=True),
            IDLE_STATUS,
            describe_status(None, is_stopping=True),
        ]


async def test_the_hosts_pause_and_a_shutdown_are_shown(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        shown: list[str] = []

        async def show(text: str) -> None:
            shown.append(text)

        here.flow.pauses._status_line._show = show
        later = here.hands.now + timedelta(hours=1)
        write_host_pause(tmp_path / "books.db", StoredPause(EVERYWHERE, later))
        await here.flow.pauses.apply_pauses()
        await here.flow.shutdown.drain_tasks(1)
        await here.kit.tasks.wait_for_tasks(("status line",))
        assert shown == ["Drawing is paused", "Restarting, try again in a minute"]
