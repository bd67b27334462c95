"""Sessions of SwarmUI that may still draw for a job that runs no more."""

from __future__ import annotations

from bot.core.errors import BackendError
from bot.flow.ports import FlowPorts


class OrphanedSessions:
    """Interrupts that are repeated until SwarmUI has stopped."""

    def __init__(self, ports: FlowPorts) -> None:
        self._jobs, self._backend = ports.stores.jobs, ports.backend

    async def interrupt_all(self) -> None:
        """Interrupt every orphaned session. One that is still busy stays for the next call.

        An interrupt can fail, or its process can die before it. A session that draws for another
        job by now has long ended with the first one, so that is asked right before. While
        SwarmUI is away, all stay.
        """
        for session in await self._jobs.list_orphaned_sessions():
            if session not in {job.session for job in await self._jobs.list_living_jobs()}:
                await self._backend.interrupt_session(session)
                try:
                    if await self._backend.is_session_busy(session):
                        continue
                except BackendError:
                    return
            await self._jobs.mark_session_stopped(session)
