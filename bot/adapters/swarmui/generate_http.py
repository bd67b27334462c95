"""Generation over plain HTTP for servers without a usable WebSocket.

The route answers only when everything is done. Meanwhile the session's counters are polled, so that
people see at least the phases. Images come without indices, in order of completion.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping
from typing import Any

from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.generation_monitor import CONNECTION_BROKE_TEXT, GenerationWatch
from bot.adapters.swarmui.sessions import is_working
from bot.core.errors import BackendDown, BackendError, BackendStalled, ProtocolError
from bot.core.jobs.progress import ImageReady, RequestEnded, StatusFrame, SwarmEvent


async def stream_over_http(
    kit: SwarmContext, session: str, arguments: Mapping[str, Any], watch: GenerationWatch
) -> AsyncGenerator[SwarmEvent, None]:
    """Ask and wait. Left before its end, it interrupts the session. Raises BackendErrors."""
    body = {**arguments, "session_id": session}
    asked = asyncio.create_task(
        kit.rest.call_route("GenerateText2Image", body, answer_s=0), name="generate over http"
    )
    try:
        polls = _StatusPoller(kit, session)
        while not asked.done():
            await _wait_first(asked, kit.sleep(kit.settings.poll_s))
            if not asked.done() and (status := await polls.poll_status()) is not None:
                watch.record_event(status)
                yield status
        said = asked.result()
        watch.status = StatusFrame(0, 0, 0, 0)
    finally:
        if not asked.done():
            asked.cancel()
            await asyncio.wait({asked})
            if not kit.detached:
                work = kit.interrupt_session(session, sure=watch.status is not None)
                await kit.tasks.run_shielded(work, "interrupt after leaving")
        elif not asked.cancelled():
            asked.exception()  # looked at, or asyncio complains where the caller left early
    refs = said.get("images")
    if not isinstance(refs, list):
        raise ProtocolError
    for index, ref in enumerate(ref for ref in refs if isinstance(ref, str) and ref):
        if (event := watch.record_event(ImageReady(index, ref))) is not None:
            yield event
    if (failed := watch.find_failure()) is not None:
        raise failed
    yield RequestEnded()


class _StatusPoller:
    """Looks at the session's counters, and gives up where nothing changes for too long.

    No frame comes over HTTP and the counters stand still while it draws, so the patience is that of
    a lost stream. A server that is idle has either answered or never will: it gets
    the time of one answer.
    """

    def __init__(self, kit: SwarmContext, session: str) -> None:
        self._context, self._session = kit, session
        self._last_status: StatusFrame | None = None
        self._changed_at = asyncio.get_running_loop().time()

    async def poll_status(self) -> StatusFrame | None:
        """Return new counters or None. Raise BackendDown when the server stays silent too long."""
        now = asyncio.get_running_loop().time()
        settings = self._context.settings
        try:
            status = await self._context.sessions.fetch_status(self._session)
        except BackendError:
            if now - self._changed_at > settings.silence_s:
                raise
            return None
        if status != self._last_status:
            self._last_status, self._changed_at = status, now
            return status
        if now - self._changed_at > self._compute_stall_timeout(status):
            raise BackendStalled if is_working(status) else BackendDown(CONNECTION_BROKE_TEXT)
        return None

    def _compute_stall_timeout(self, status: StatusFrame) -> float:
        settings = self._context.settings
        if not is_working(status):
            return min(settings.silence_s, settings.answer_s)
        if status.loading:
            return settings.load_s
        return settings.lost_stream_s


async def _wait_first(asked: asyncio.Task[dict[str, Any]], pause: Awaitable[None]) -> None:
    pausing = asyncio.ensure_future(pause)
    try:
        await asyncio.wait({asked, pausing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        pausing.cancel()
