"""Faults on request: refused, dropped and late answers, a restless gateway, dead tokens."""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord.errors import Malformed
from bot.sandbox.discord.model import Json

ACTIONS = frozenset({"status", "drop", "delay_ms", "kill_bot"})
LASTING = frozenset({"silence", "refuse", "no_hello", "refuse_intents", "unavailable"})
"""Gateway faults that last until they are cleared, or for `times` connections."""
GATEWAY_ACTIONS = frozenset({"close", "invalid_session", "reconnect", "cut", "mute"}) | LASTING
EVENT_ACTIONS = frozenset({"without", "twice", "late_ms"})


@dataclass(slots=True)
class Fault:
    """`seen` counts requests that fit, `done` those that were struck."""

    on: Json
    do: Json
    times: int | None
    seen: int = 0
    done: int = 0

    def strikes(self) -> bool:
        """Count one more that fits, and say whether it is one to strike.

        `nth` alone means just that one; with `times` it is the first of so many.
        """
        self.seen += 1
        nth = self.on.get("nth")
        first = 1 if nth is None else int(nth)
        most = self.times if self.times is not None else (None if nth is None else 1)
        if self.seen < first or (most is not None and self.done >= most):
            return False
        self.done += 1
        return True


@dataclass(slots=True)
class Faults:
    all: list[Fault] = field(default_factory=list)

    def set(self, faults: Any) -> None:
        """Replace them all; raises Malformed without changing anything."""
        if not isinstance(faults, list):
            raise Malformed("`set` must be a list of faults")
        self.all = [_fault(fault) for fault in faults]

    def for_request(self, method: str, template: str, path: str) -> Json | None:
        """Return what is to be done to this request. Every matching fault counts it."""
        struck = [
            fault.do
            for fault in self.all
            if _kind(fault) == "request" and _fits(fault.on, method, template, path)
            and fault.strikes()
        ]  # fmt: skip
        return struck[0] if struck else None

    def expire_token(self) -> bool:
        struck = [fault.strikes() for fault in self.all if _kind(fault) == "tokens"]
        return any(struck)

    def for_gateway(self) -> list[Json]:
        """Gateway faults to act out now. Without `times` each strikes once, `silence` always."""
        return [
            f.do
            for f in self.all
            if _kind(f) == "gateway" and not LASTING & f.do.keys() and f.strikes()
        ]

    def for_connection(self) -> str | None:
        """Return what becomes of a new gateway connection, `refuse` or `no_hello`, if anything."""
        for fault in self.all:
            done = {"refuse", "no_hello"} & fault.do.keys()
            if _kind(fault) == "gateway" and done and fault.strikes():
                return min(done)
        return None

    @property
    def refused_intents(self) -> frozenset[str]:
        """Names of privileged intents that IDENTIFY is refused, whatever the flags say."""
        lists = [f.do.get("refuse_intents", ()) for f in self.all if _kind(f) == "gateway"]
        return frozenset(name for names in lists for name in names)

    @property
    def unavailable_guilds(self) -> frozenset[str]:
        """Guilds that an outage takes away, until the fault is cleared."""
        lists = [f.do.get("unavailable", ()) for f in self.all if _kind(f) == "gateway"]
        return frozenset(guild for guilds in lists for guild in guilds)

    def for_event(self, event: str) -> Json | None:
        """Return what is to be done to this event of a session. Each session counts."""
        for fault in self.all:
            if _kind(fault) == "event" and fault.on["event"] == event and fault.strikes():
                return fault.do
        return None

    @property
    def silent_gateway(self) -> bool:
        return any(_kind(f) == "gateway" and f.do.get("silence") for f in self.all)


def _kind(fault: Fault) -> str:
    if fault.on.get("event"):
        return "event"
    if fault.on.get("gateway"):
        return "gateway"
    return "tokens" if fault.on.get("interaction_tokens") else "request"


def _fits(on: Json, method: str, template: str, path: str) -> bool:
    if on.get("method") and str(on["method"]).upper() != method:
        return False
    route = on.get("route")
    return not route or route == template or _pattern(str(route)).fullmatch(path) is not None


def _pattern(route: str) -> re.Pattern[str]:
    """`{name}` is one part of the path, `*` is anything; `/api/v10` in front is allowed."""
    route = re.sub(r"^/api(/v\d+)?(?=/)", "", route)
    parts = re.split(r"(\{[^}]*\}|\*)", route)
    return re.compile("".join(_piece(part) for part in parts))


def _piece(part: str) -> str:
    if part == "*":
        return ".*"
    return "[^/]+" if part.startswith("{") else re.escape(part)


def _fault(raw: Any) -> Fault:
    if not isinstance(raw, dict) or not isinstance(raw.get("do"), dict):
        raise Malformed('a fault is {"on": {...}, "do": {...}}')
    on = raw.get("on") or {}
    if not isinstance(on, dict):
        raise Malformed("`on` must be an object")
    times = raw.get("times", raw["do"].get("times", on.get("times")))
    do = raw["do"]
    for name, value in (("times", times), ("nth", on.get("nth")), ("status", do.get("status"))):
        if value is not None and (not isinstance(value, int) or value < 1):
            raise Malformed(f"`{name}` must be a whole number from 1 on")
    fault = Fault(on, do, times)
    kind, actions = _kind(fault), set(fault.do) - {"times", "body", "headers"}
    allowed = {
        "request": ACTIONS,
        "gateway": GATEWAY_ACTIONS,
        "event": EVENT_ACTIONS,
        "tokens": frozenset({"expire"}),
    }[kind]
    if not actions or actions - allowed:
        raise Malformed(f"`do` of a {kind} fault takes {sorted(allowed)}, not {sorted(actions)}")
    if kind in ("gateway", "event") and fault.times is None and not LASTING & fault.do.keys():
        fault.times = 1
    return fault
