"""Health of SwarmUI, judged by the results of calls.

A server whose GPU process has died still reports "running", so its own report does not count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from bot.core.errors import (
    BackendDown,
    BackendError,
    LoginRequired,
    NoBackend,
    NotAllowed,
    ProtocolError,
)

log = structlog.get_logger(__name__)

# These say something about the server; the others are about one order.
_SERVER_ERRORS: Final = (BackendDown, ProtocolError, LoginRequired)


class Health:
    """Up or down, with the reason. `now` is a monotonic clock in seconds.

    `on_up` is called when the server answers again after it did not: it may be another process.
    `on_restart` is called when it turned out to be one.
    """

    def __init__(self, *, now: Callable[[], float], websocket_again_s: float) -> None:
        self._now = now
        self._websocket_again_s = websocket_again_s
        self.on_up: Callable[[], None] = _ignore_event
        self.on_restart: Callable[[], None] = _ignore_event
        self._reason: BackendError | None = None
        self._down_since = 0.0
        self._server_id = ""
        self._no_websocket_until: float | None = None

    @property
    def is_up(self) -> bool:
        """True until a call has failed, and again after the next that succeeds."""
        return self._reason is None

    @property
    def down_reason(self) -> BackendError | None:
        """Return why SwarmUI is down, or None while it is up."""
        return self._reason

    @property
    def websocket_ok(self) -> bool:
        """Return True if a WebSocket may be used for an image."""
        return self._no_websocket_until is None

    @property
    def websocket_due(self) -> bool:
        """Return True if it is time to test the WebSocket again."""
        return self._no_websocket_until is not None and self._now() >= self._no_websocket_until

    def record_success(self, *, able: bool = False) -> None:
        """Record a proper answer. `able` marks one about generation.

        A server without a backend answers everything else as if it were well.
        """
        if self._reason is None or (isinstance(self._reason, NoBackend) and not able):
            return
        self._reason = None
        log.debug("swarmui is back", after_s=round(self._now() - self._down_since, 1))
        self.on_up()

    def record_failure(self, error: BackendError) -> None:
        """Record a failed call. Only errors about the server count."""
        if not isinstance(error, _SERVER_ERRORS) or isinstance(error, NotAllowed):
            return
        was_up, self._reason = self._reason is None, error
        if was_up:
            self._down_since = self._now()
            log.debug("swarmui is down", reason=error.sentence)

    def record_server(self, server: str) -> None:
        """`server` is the id of the server's process, new with each of its restarts."""
        before, self._server_id = self._server_id, server
        if before and server and before != server:
            log.info("swarmui was restarted")
            self.on_restart()

    def disable_websocket(self, why: str) -> None:
        """Stop using the WebSocket for a while, because only plain HTTP works."""
        if self.websocket_ok:
            log.warning("no websocket, using plain http", why=why, again_s=self._websocket_again_s)
        self._no_websocket_until = self._now() + self._websocket_again_s

    def enable_websocket(self) -> None:
        """Use the WebSocket again, because a frame came over one."""
        self._no_websocket_until = None


def _ignore_event() -> None:
    """Ignore an event without a listener."""
