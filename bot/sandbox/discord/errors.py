"""What Discord says no with.

* ApiError         -- an answer with status, code and message; the client sees nothing else
    * FormError    -- 50035 with the nested list of fields
* Refusal          -- a person's act that Discord's own client would not let happen (409)
* Malformed        -- a door was used with a form that means nothing (400)
"""

from collections.abc import Mapping
from typing import Any, Final

MESSAGES: Final[Mapping[int, tuple[int, str]]] = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10014: (404, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    10066: (404, "Unknown application command permissions"),
    30032: (400, "Maximum number of application commands reached (100)."),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50016: (400, "Provided too few or too many messages to delete."),
    50027: (401, "Invalid Webhook Token"),
    50034: (400, "You can only bulk delete messages that are under 14 days old."),
    50083: (400, "Thread is archived"),
    50240: (
        400,
        "You cannot remove this app's Entry Point command in a bulk update operation. Please "
        "include the Entry Point command in your update request or delete it separately.",
    ),
    160004: (400, "A thread has already been created for this message"),
    50109: (400, "The request body contains invalid JSON."),
}  # fmt: skip


class ApiError(Exception):
    """An answer that is not a success. `broken` says that the bot broke a rule, for the report."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status, self.code, self.message = status, code, message

    @property
    def body(self) -> dict[str, Any]:
        return {"message": self.message, "code": self.code}

    @property
    def broken(self) -> list[tuple[str, str]]:
        """(field, why) for each rule broken; empty where only the state of things forbids."""
        return (
            [("", self.message)] if self.code in {40005, 40060, 50006, 50016, 50109, 30032} else []
        )


class FormError(ApiError):
    """Flaws are (path, code, message); the body nests them by path as Discord does."""

    def __init__(self, flaws: list[tuple[str, str, str]]) -> None:
        super().__init__(400, 50035, "Invalid Form Body")
        self.flaws = flaws

    @property
    def body(self) -> dict[str, Any]:
        errors: dict[str, Any] = {}
        for path, code, message in self.flaws:
            node = errors
            for part in path.split("/") if path else ():
                node = node.setdefault(part, {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        return {"message": self.message, "code": self.code, "errors": errors}

    @property
    def broken(self) -> list[tuple[str, str]]:
        return [(path, message) for path, _, message in self.flaws]


class RateLimited(ApiError):
    """429. `code` is 0 or, for edits of old messages, 30046; `wait` is in seconds."""

    def __init__(self, wait: float, *, everywhere: bool = False, code: int = 0) -> None:
        text = "You are being rate limited."
        if code == 30046:
            text = "Maximum number of edits to messages older than 1 hour reached. Try again later"
        super().__init__(429, code, text)
        self.wait, self.everywhere = max(wait, 0.001), everywhere

    @property
    def body(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "message": self.message,
            "retry_after": round(self.wait, 3),
            "global": self.everywhere,
        }
        return said | ({"code": self.code} if self.code else {})


class Refusal(Exception):
    """Discord's client would not let this person do this."""


class Malformed(Exception):
    """The door's form was not kept; the text says where."""


def no(code: int) -> ApiError:
    """Return Discord's error with this code."""
    status, message = MESSAGES[code]
    return ApiError(status, code, message)
