"""SwarmUI's sessions: made on demand, one for each running job, kept and used again.

An interrupt stops everything in a session and nothing else, so a job needs its own. The server
never forgets a session and never frees one either: a pool keeps their number near the largest
number of jobs at once. A session goes back into the pool only when the server has ended with it,
for an interrupted AutoWebUI backend works on for minutes and its picture must not meet a new job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.adapters.swarmui.health import Health
from bot.adapters.swarmui.http import Rest
from bot.adapters.swarmui.protocol import waiting
from bot.core.errors import BackendError, NoBackend, ProtocolError, SessionForgotten
from bot.core.jobs.progress import StatusFrame

# How long after a job its session is looked after, in seconds between the looks: ten minutes.
_LOOKS: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 180.0, 180.0)

_NO_BACKEND: Final = frozenset({"empty", "all_disabled", "idle"})


@dataclass(frozen=True, slots=True)
class Identity:
    """What GetNewSession says. `server` changes with every restart of the server."""

    session: str = field(repr=False)
    user: str = "local"
    version: str = ""
    server: str = ""
    in_user_folder: bool = True

    @property
    def root(self) -> str:
        """Where this user's files begin, as in the refs of finished pictures."""
        return f"View/{self.user}/" if self.in_user_folder else "Output/"


class Sessions:
    """The pool, and one common session for questions."""

    def __init__(self, rest: Rest, health: Health, sleep: Callable[[float], Awaitable[None]]):
        self._rest = rest
        self._health = health
        self._sleep = sleep
        self._idle: list[str] = []
        self._common: Identity | None = None
        self._making = asyncio.Lock()
        self.identity: Identity | None = None

    async def fresh(self) -> Identity:
        """Make a session. Raises Unauthorised where the server wants a login."""
        said = await self._judged(self._rest.call("GetNewSession", {}))
        session = said.get("session_id")
        if not isinstance(session, str) or not session:
            error = ProtocolError("The drawing computer gave no session; is it SwarmUI?")
            self._health.failed(error)
            raise error
        identity = Identity(
            session=session,
            user=str(said.get("user_id") or "local"),
            version=str(said.get("version") or ""),
            server=str(said.get("server_id") or ""),
            in_user_folder=said.get("output_append_user") is not False,
        )
        self.identity = identity
        self._health.served_by(identity.server)
        return identity

    def renew(self) -> None:
        """Ask for a new common session at the next question: the answer names the process."""
        self._common = None

    async def take(self) -> str:
        """A session that nobody else uses, from the pool or new."""
        return self._idle.pop() if self._idle else (await self.fresh()).session

    def put_back(self, session: str) -> None:
        """Only for a session with which the server has ended."""
        self._idle.append(session)

    async def put_back_when_free(self, session: str) -> None:
        """Look until the server has ended with it; after ten minutes, or an error, drop it."""
        for pause in _LOOKS:
            await self._sleep(pause)
            try:
                now = await self.status(session)
            except BackendError:
                return
            if not working(now):
                self.put_back(session)
                return

    async def common(self) -> Identity:
        """The session for questions; made at the first one."""
        async with self._making:
            if self._common is None:
                self._common = await self.fresh()
            return self._common

    async def ask(self, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A question in the common session, renewed once where the server has forgotten it."""
        used = await self.common()
        try:
            return await self._judged(
                self._rest.call(route, {**body, "session_id": used.session}),
            )
        except SessionForgotten:
            if self._common is used:
                self._common = None
            used = await self.common()
            return await self._judged(self._rest.call(route, {**body, "session_id": used.session}))

    async def ready(self) -> None:
        """Raises a BackendError where the server is away, or says that it has no backend.

        That it has one is believed only until the next picture fails.
        """
        said = await self.ask("GetCurrentStatus", {})
        backends = said.get("backend_status")
        if isinstance(backends, dict) and backends.get("status") in _NO_BACKEND:
            error = NoBackend()
            self._health.failed(error)
            raise error
        self._health.succeeded(able=True)

    async def status(self, session: str) -> StatusFrame:
        """The counters of that session. Raises SessionForgotten where the server knows it not."""
        said = await self._judged(
            self._rest.call("GetCurrentStatus", {"session_id": session}),
        )
        status = said.get("status")
        if not isinstance(status, dict):
            raise ProtocolError
        return waiting(status)

    async def _judged(self, call: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        try:
            said = await call
        except SessionForgotten:
            self._health.succeeded()
            raise
        except BackendError as error:
            self._health.failed(error)
            raise
        self._health.succeeded()
        return said


def working(status: StatusFrame) -> bool:
    """Whether anything of that session is under way."""
    return bool(status.waiting or status.live or status.waiting_backends or status.loading)
