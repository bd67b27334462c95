"""What outside scripts have set, which faults come next, and the report of what happened."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.swarmui.backend import STATES
from bot.sandbox.swarmui.setup import Setup

FAULTS: Final = (
    "refuse",
    "hang",
    "close",
    "garbage",
    "silent",
    "error_mid_batch",
    "huge",
    "slow_drip",
    "forget_session",
    "restart",
    "shutdown",
    "dead_socket",
    "crash",
    "die",
    "not_a_picture",
)
_SECONDS: Final = (
    "step_s",
    "model_load_s",
    "image_s",
    "save_s",
    "closing_s",
    "keep_alive_s",
    "silent_load_s",
    "decode_s",
)
_SWITCHES: Final = (
    "websocket",
    "down",
    "html",
    "progress",
    "previews",
    "empty",
    "hold",
    "dead",
    "metadata_per_folder",
    "append_user_name",
    "override_path",
)
_NUMBERS: Final = ("file_limit",)
_FILES: Final = ("gone_files", "new_files")
_SETTINGS: Final = (*_SECONDS, *_SWITCHES, *_NUMBERS, "error", "backend_states", *_FILES)


class Nonsense(ValueError):
    """A script that cannot be obeyed; says why in one sentence."""


@dataclass(slots=True)
class Generation:
    """One request for pictures, as the report tells it."""

    job: str | None
    prompt: str
    parameters: dict[str, Any]
    state: str = "waiting"
    images: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        return {
            "job": self.job,
            "prompt": self.prompt,
            "parameters": self.parameters,
            "state": self.state,
            "images": list(self.images),
        }


class Script:
    """Settings that hold until they are changed, and a line of faults that are used up.

    `on_states` is called with new `backend_states`.
    """

    def __init__(self, setup: Setup) -> None:
        self.step_s = setup.step_s
        self.model_load_s = setup.model_load_s
        self.image_s = setup.image_s
        self.save_s = setup.save_s
        self.closing_s = setup.closing_s
        self.keep_alive_s = setup.keep_alive_s
        self.silent_load_s = self.decode_s = 0.0
        self.websocket = setup.websocket
        self.down = False
        self.html = False
        self.progress = True
        self.previews = True
        self.empty = False
        self.dead = False
        self.metadata_per_folder = True
        self.append_user_name = self.override_path = True
        self.file_limit = setup.file_limit
        self.error: str | None = None
        self.backend_states: list[str] = ["running"]
        self.gone_files: list[str] = []
        self.new_files: list[str] = []
        self.on_states: Callable[[list[str]], None] = lambda states: None
        self.running = asyncio.Event()
        self.running.set()
        self.faults: deque[str] = deque()

    @property
    def hold(self) -> bool:
        return not self.running.is_set()

    def obey(self, body: Any) -> None:
        """Take a script over, whole or not at all; raises Nonsense."""
        if not isinstance(body, dict):
            raise Nonsense("The body must be a JSON object.")
        strange = sorted(set(body) - {"set", "next"})
        if strange:
            raise Nonsense(f"Unknown key '{strange[0]}'; known are 'set' and 'next'.")
        wanted = body.get("set", {})
        if not isinstance(wanted, dict):
            raise Nonsense("'set' must be an object.")
        for key, value in wanted.items():
            _check(key, value)
        faults = body.get("next", [])
        if not isinstance(faults, list):
            raise Nonsense("'next' must be a list.")
        for fault in faults:
            if fault not in FAULTS:
                raise Nonsense(f"Unknown fault {fault!r}; known are {', '.join(FAULTS)}.")
        for key, value in wanted.items():
            self._set(key, value)
        if "next" in body:
            self.faults = deque(faults)

    def _set(self, key: str, value: Any) -> None:
        if key == "hold":
            self.running.clear() if value else self.running.set()
        else:
            setattr(self, key, value)
        if key == "backend_states":
            self.on_states(value)

    def next_fault(self) -> str | None:
        return self.faults.popleft() if self.faults else None

    def told(self) -> dict[str, Any]:
        settings = {key: getattr(self, key) for key in _SETTINGS}
        return {"set": settings, "next": list(self.faults)}


def _check(key: str, value: Any) -> None:
    if key in _SECONDS:
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise Nonsense(f"'{key}' must be a number of seconds, 0 or more.")
    elif key in _SWITCHES:
        if not isinstance(value, bool):
            raise Nonsense(f"'{key}' must be true or false.")
    elif key in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise Nonsense(f"'{key}' must be a whole number, 0 or more.")
    elif key == "error":
        if value is not None and not isinstance(value, str):
            raise Nonsense("'error' must be a text, or null for none.")
    elif key == "backend_states":
        good = isinstance(value, list) and value and all(one in STATES for one in value)
        if not good:
            raise Nonsense(f"'backend_states' must be a list of {', '.join(STATES)}.")
    elif key in _FILES:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Nonsense(f"'{key}' must be a list of names.")
    else:
        known = ", ".join(_SETTINGS)
        raise Nonsense(f"Unknown setting '{key}'; known are {known}.")


class Report:
    """What the server saw; times by the monotonic clock."""

    def __init__(self) -> None:
        self.generations: list[Generation] = []
        self.interrupts = 0
        self.sessions = 0
        self.requests_with_tag = 0
        self.at_once_max = 0
        self._open = 0
        self._working = 0
        self._waiting = 0
        self._idle_s = 0.0
        self._busy_s = 0.0
        self._since = time.monotonic()

    def _tick(self) -> None:
        now = time.monotonic()
        if self._working:
            self._busy_s += now - self._since
        elif self._waiting:
            self._idle_s += now - self._since
        self._since = now

    def opened(self, generation: Generation) -> None:
        self.generations.append(generation)
        self._open += 1
        self.at_once_max = max(self.at_once_max, self._open)

    def closed(self) -> None:
        self._open -= 1

    def wait(self, change: int) -> None:
        self._tick()
        self._waiting += change

    def work(self, change: int) -> None:
        self._tick()
        self._working += change

    def told(self) -> dict[str, Any]:
        self._tick()
        return {
            "generations": [generation.told() for generation in self.generations],
            "interrupts": self.interrupts,
            "sessions": self.sessions,
            "at_once_max": self.at_once_max,
            "idle_s": round(self._idle_s, 3),
            "busy_s": round(self._busy_s, 3),
            "requests_with_tag": self.requests_with_tag,
        }


def has_tag(value: Any) -> bool:
    """Whether any text in a JSON value holds a `<`."""
    if isinstance(value, str):
        return "<" in value
    if isinstance(value, dict):
        return any(has_tag(entry) for pair in value.items() for entry in pair)
    if isinstance(value, list):
        return any(has_tag(entry) for entry in value)
    return False


_JOB_FILE: Final = re.compile(r"([a-z2-7]{20})-\d+")


def job_of(path: Any) -> str | None:
    """Return the job in an output path, or None.

    It is in the name of the file, or the folder above a file that is only a number.
    """
    parts = [part for part in str(path or "").split("/") if part]
    if parts and (named := _JOB_FILE.fullmatch(parts[-1])):
        return named[1]
    return parts[-2] if len(parts) > 2 else None
