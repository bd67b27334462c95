"""A request for a backend, and which backend would do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.sandbox.swarmui.accounts import Session
from bot.sandbox.swarmui.backend import Backend
from bot.sandbox.swarmui.models import ModelFile


@dataclass(slots=True, eq=False)
class Asking:
    """A request for a backend; `on_load` is called once, when its model is being loaded."""

    model: ModelFile | None
    features: frozenset[str]
    session: Session
    interrupted: asyncio.Event
    on_load: Callable[[], None]
    type: str = "Any"
    id: str | None = None
    missing_lora: str | None = None
    notified: bool = False
    since: float = field(default_factory=time.monotonic)
    answer: asyncio.Future[Backend] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def refusal(self, backend: Backend) -> str | None:
        """Why this backend will never do, or None."""
        if self.type.lower() not in ("any", backend.type):
            return "Specific backend type requested in advanced parameters did not match"
        if self.id is not None and self.id != str(backend.id):
            return "Specific backend ID# requested in advanced parameters did not match"
        for flag in sorted(self.features - set(backend.features)):
            return f"Request requires flag '{flag}' which is not present on the backend"
        if self.missing_lora is not None and backend.comfy:
            lora = self.missing_lora
            return f"Request requires LoRA '{lora}' but the backend does not have that LoRA"
        return None

    def served_at_once(self, backend: Backend) -> bool:
        return backend.free and (self.model is None or backend.model is self.model)

    def hopeless(self, backends: Sequence[Backend]) -> str | None:
        """Why none of these backends will ever do, or None."""
        there = [backend for backend in backends if backend.running]
        if not there:
            coming = any(backend.coming for backend in backends)
            return None if coming else "No backends available!"
        refusals = [self.refusal(backend) for backend in there]
        if not all(refusals):
            return None
        reasons = "\n".join(f"- {reason}" for reason in dict.fromkeys(refusals))
        return (
            "No backends match the settings of the request given!"
            f" Backends refused for the following reason(s):\n{reasons}"
        )


def weight(waiting: Sequence[Asking]) -> float:
    """Return the pressure to load a model, ten for each request and one for each second."""
    return 10 * len(waiting) + time.monotonic() - min(one.since for one in waiting)
