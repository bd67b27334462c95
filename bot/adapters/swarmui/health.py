"""Health of SwarmUI, judged by the results of calls.

A server whose GPU process has died still reports "running", so its own report does not count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from bot.core import errors

log = structlog.get_logger(__name__)

# These say something about the server; the others are about one order.
_SERVER_ERRORS: Final = (errors.BackendDown, errors.ProtocolError, errors.HostMustAct)


class Health:
    """Up or down. `now` is a monotonic clock in seconds.

    `down_reason` is set when a call has failed, and None again after the next that succeeds.
    `on_up` is called when the server answers again after it did not: it may be another process.
    `on_restart` is called when it turned out to be one.
    """

    def __init__(self, *, now: Callable[[], float], websocket_again_s: float) -> None:
        self._now = now
        self._websocket_again_s = websocket_again_s
        self.on_up: Callable[[], None] = lambda: None
        self.on_restart: Callable[[], None] = lambda: None
        self.down_reason: errors.BackendError | None = None
        self._down_since = 0.0
        self._server_id = ""
        self._no_websocket_until: float | None = None

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
        if self.down_reason is None or (
            isinstance(self.down_reason, errors.NoBackend) and not able
        ):
            return
        self.down_reason = None
        log.debug("swarmui is back", after_s=round(self._now() - self._down_since, 1))
        self.on_up()

    def record_failure(self, error: errors.BackendError) -> None:
        """Record a failed call. Only errors about the server count."""
        if not isinstance(error, _SERVER_ERRORS) or isinstance(error, errors.GenerationNotStarted):
            return
        if self.down_reason is None:
            self._down_since = self._now()
            log.debug("swarmui is down", reason=error.sentence)
        self.down_reason = error

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
