"""Pool of SwarmUI sessions, one per running job.

An interrupt stops everything in a session, so each job needs its own. The server never frees
sessions, so the pool reuses them. A session returns to the pool only when the server has finished
with it, because an interrupted AutoWebUI backend works on for minutes and its image must not meet a
new job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.adapters.swarmui.health import Health
from bot.adapters.swarmui.http import RestClient
from bot.adapters.swarmui.protocol import parse_status
from bot.core import causes
from bot.core.errors import BackendError, ProtocolError, SessionForgotten
from bot.core.jobs.progress import StatusFrame

# How long after a job its session is looked after, in seconds between the looks: ten minutes.
_POLL_PAUSES_S: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 180.0, 180.0)

_NO_BACKEND_STATUSES: Final = frozenset({"empty", "all_disabled", "disabled", "idle", "unknown"})


@dataclass(frozen=True, slots=True)
class SwarmIdentity:
    """Answer of GetNewSession. `server` changes with every restart of the server."""

    session: str = field(repr=False)
    user: str = "local"
    version: str = ""
    server: str = ""
    in_user_folder: bool = True
    rights: frozenset[str] = frozenset()

    @property
    def files_root(self) -> str:
        """Return the path prefix of this user's files in refs."""
        return f"View/{self.user}/" if self.in_user_folder else "Output/"


class SessionPool:
    """The pool, and one common session for questions."""

    def __init__(self, rest: RestClient, health: Health, sleep: Callable[[float], Awaitable[None]]):
        self._rest = rest
        self._health = health
        self._sleep = sleep
        self._idle_sessions: list[str] = []
        self._common_session: SwarmIdentity | None = None
        self._creation_lock = asyncio.Lock()
        self.identity: SwarmIdentity | None = None

    async def create_session(self) -> SwarmIdentity:
        """Make a session. Raises LoginRequired where the server wants a login."""
        said = await self._call_route("GetNewSession", {})
        session = said.get("session_id")
        if not isinstance(session, str) or not session:
            error = ProtocolError("The image server gave me no session. Is it SwarmUI?")
            self._health.record_failure(error)
            raise error
        identity = SwarmIdentity(
            session=session,
            user=str(said.get("user_id") or "local"),
            version=str(said.get("version") or ""),
            server=str(said.get("server_id") or ""),
            in_user_folder=said.get("output_append_user") is not False,
            rights=_parse_rights(said.get("permissions")),
        )
        self.identity = identity
        self._health.record_server(identity.server)
        return identity

    def drop_common_session(self) -> None:
        """Renew the common session at the next query, to learn the server's process."""
        self._common_session = None

    async def take_session(self) -> str:
        """Take a free session from the pool, or create one."""
        if self._idle_sessions:
            return self._idle_sessions.pop()
        return (await self.create_session()).session

    def return_session(self, session: str) -> None:
        """Only for a session with which the server has ended."""
        self._idle_sessions.append(session)

    async def return_when_free(self, session: str) -> None:
        """Return a session when the server has finished. Drop it after ten minutes or an error."""
        for pause in _POLL_PAUSES_S:
            await self._sleep(pause)
            try:
                now = await self.fetch_status(session)
            except BackendError:
                return
            if not is_working(now):
                self.return_session(session)
                return

    async def get_common_session(self) -> SwarmIdentity:
        """Return the session for queries, created at the first one."""
        async with self._creation_lock:
            if self._common_session is None:
                self._common_session = await self.create_session()
            return self._common_session

    async def renew_common_session(self) -> None:
        """Make a new session for queries, which proves the login. Jobs get the old one."""
        async with self._creation_lock:
            made, old = await self.create_session(), self._common_session
            self._common_session = made
        if old is not None:
            self.return_session(old.session)

    async def query_server(self, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Query in the common session, renewed once if the server has forgotten it."""
        used = await self.get_common_session()
        try:
            return await self._call_route(route, {**body, "session_id": used.session})
        except SessionForgotten:
            if self._common_session is used:
                self._common_session = None
            used = await self.get_common_session()
            return await self._call_route(route, {**body, "session_id": used.session})

    async def require_backend(self) -> None:
        """Raise a BackendError if SwarmUI is down or reports no backend.

        A report that there is one counts only until the next image fails.
        """
        if await self.fetch_backend_status() in _NO_BACKEND_STATUSES:
            error = causes.NO_BACKEND.build_error()
            self._health.record_failure(error)
            raise error
        self._health.record_success(able=True)

    async def fetch_backend_status(self) -> str:
        """Return SwarmUI's status of all its backends together, "" if there is none.

        The values are in BackendHandler.cs of SwarmUI: `running`, `some_loading`, `loading`,
        `errored`, `disabled`, `idle`, `unknown`, `all_disabled` and `empty`. "errored" also stands
        while another backend draws.
        """
        said = await self.query_server("GetCurrentStatus", {})
        backends = said.get("backend_status")
        return str(backends.get("status") or "") if isinstance(backends, dict) else ""

    async def fetch_status(self, session: str) -> StatusFrame:
        """Return the counters of a session. Raise SessionForgotten if it is unknown."""
        status = (await self._call_route("GetCurrentStatus", {"session_id": session})).get("status")
        if not isinstance(status, dict):
            raise ProtocolError
        return parse_status(status)

    async def _call_route(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            said = await self._rest.call_route(route, body)
        except SessionForgotten:
            self._health.record_success()
            raise
        except BackendError as error:
            self._health.record_failure(error)
            raise
        self._health.record_success()
        return said


def _parse_rights(said: object) -> frozenset[str]:
    return frozenset(map(str, said)) if isinstance(said, list) else frozenset()


def is_working(status: StatusFrame) -> bool:
    """Return True if the session has anything in progress."""
    return bool(status.waiting or status.live or status.waiting_backends or status.loading)
