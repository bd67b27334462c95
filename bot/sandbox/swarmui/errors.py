"""
How a call can fail, and what its caller is told.

* Refused        -- understood and declined: HTTP 200 with `error`, or an error frame
* Envelope       -- the call itself is wrong: a status and both `error` and `error_id`
* InternalFault  -- the real server would throw here: `internal_error`, or silence on a WebSocket
* Interrupted    -- InterruptAll ended it
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """`body` holds further or other keys where the server sends some."""

    def __init__(self, error: str, body: dict[str, Any] | None = None) -> None:
        super().__init__(error)
        self.body = {"error": error} if body is None else body


class Envelope(Exception):
    def __init__(self, status: int, error_id: str, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error_id": error_id, "error": error}


class InternalFault(Exception):
    """Something that SwarmUI does not catch."""


class Interrupted(Exception):
    """The session was interrupted."""
