"""Whether SwarmUI is up, judged by what came of our calls, never by what it says of itself.

A server whose GPU process has died goes on reporting "running"; so only results count.
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

    def __init__(
        self,
        *,
        now: Callable[[], float],
        websocket_again_s: float,
    ) -> None:
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
        """Why it is down; None while it is up."""
        return self._reason

    @property
    def websocket_ok(self) -> bool:
        """Whether a picture may be asked for over a WebSocket."""
        return self._no_websocket_until is None

    @property
    def websocket_due(self) -> bool:
        """Whether it is time to try the WebSocket again, without a picture."""
        return self._no_websocket_until is not None and self._now() >= self._no_websocket_until

    def record_success(self, *, able: bool = False) -> None:
        """A call got a proper answer; `able` says that it is one about drawing.

        A server without a backend answers everything else as if it were well.
        """
        if self._reason is None or (isinstance(self._reason, NoBackend) and not able):
            return
        self._reason = None
        log.debug("swarmui is back", after_s=round(self._now() - self._down_since, 1))
        self.on_up()

    def record_failure(self, error: BackendError) -> None:
        """A call failed. Only what says something about the server counts."""
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
        """The WebSocket could not be had, while plain HTTP works: leave it alone for a while."""
        if self.websocket_ok:
            log.warning("no websocket, using plain http", why=why, again_s=self._websocket_again_s)
        self._no_websocket_until = self._now() + self._websocket_again_s

    def enable_websocket(self) -> None:
        """A frame came over a WebSocket."""
        self._no_websocket_until = None


def _ignore_event() -> None:
    """Nobody asked to be told."""
