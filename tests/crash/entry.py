"""The product as a process that can be told where to die: `run`, with failpoints at its ports.

    python -m tests.crash.entry CONFIG DOOM

DOOM is a file that may appear at any time: `{"step": "store.create_job", "when": "before", "nth":
1}`
kills this process (SIGKILL, by itself) before or after that call of a port; `{"count": 7}` at the
seventh point it comes by, whichever that is. DOOM.met then tells which it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot import app, logs
from bot.adapters.discord.rest import sender
from bot.adapters.swarmui import context as swarm_kit
from bot.config import load
from bot.core.jobs.progress import SwarmEvent
from bot.flow.ports import FlowPorts
from tests.support.books import wrap_stores


class Fate:
    """Knows when it is time."""

    def __init__(self, file: Path) -> None:
        self._file, self._text = file, ""
        self._seen: Counter[str] = Counter()

    def meet(self, step: str, when: str) -> None:
        """One more point passed; perhaps the last."""
        text = ""
        with contextlib.suppress(FileNotFoundError):
            text = self._file.read_text("utf-8")
        if text != self._text:
            self._text = text
            self._seen.clear()
        if not text:
            return
        doom, point = json.loads(text), f"{step} {when}"
        self._seen.update([point, "any"])
        mine = "any" if "count" in doom else f"{doom['step']} {doom['when']}"
        nth = doom.get("count") or doom.get("nth", 1)
        if mine in ("any", point) and self._seen[mine] >= nth:
            self._file.with_suffix(".met").write_text(point, "utf-8")
            os.kill(os.getpid(), signal.SIGKILL)


class Failing:
    """A port with a failpoint before and after each of its coroutines."""

    def __init__(self, inner: Any, name: str, fate: Fate) -> None:
        self._inner, self._name, self._fate = inner, name, fate

    def __getattr__(self, attribute: str) -> Any:
        real = getattr(self._inner, attribute)
        if not inspect.iscoroutinefunction(real):
            return real

        @functools.wraps(real)
        async def step(*args: Any, **kwargs: Any) -> Any:
            point = f"{self._name}.{_label(attribute, args, kwargs)}"
            self._fate.meet(point, "before")
            result = await real(*args, **kwargs)
            self._fate.meet(point, "after")
            return result

        return step


def _label(method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    if method == "apply_job_event":
        return f"{method}.{type(args[1]).__name__}"
    if method in ("record_post_intent", "mark_post_sent", "send_message"):
        return f"{method}.{args[0].purpose.value}"
    if method == "edit_message":
        return f"{method}.{'final' if kwargs['final'] else 'progress'}"
    return method


class FailingLease:
    """A lease whose stream can die around each kind of event."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    @property
    def session(self) -> str:
        """Of the lease within."""
        return str(self._inner.session)

    async def generate_images(self, *what: Any, **more: Any) -> AsyncGenerator[SwarmEvent, None]:
        """The stream, with a point before it begins and around every event."""
        self._fate.meet("draw", "before")
        async with aclosing(self._inner.generate_images(*what, **more)) as events:
            async for event in events:
                step = f"draw.{type(event).__name__}"
                self._fate.meet(step, "before")
                yield event
                self._fate.meet(step, "after")
        self._fate.meet("draw", "after")


class FailingPainter(Failing):
    """SwarmUI, with leases that can die."""

    @asynccontextmanager
    async def lease_session(self) -> AsyncIterator[FailingLease]:
        """A session from the pool, or the end."""
        self._fate.meet("backend.lease_session", "before")
        async with self._inner.lease_session() as lease:
            self._fate.meet("backend.lease_session", "after")
            yield FailingLease(lease, self._fate)


def around(ports: FlowPorts, fate: Fate) -> FlowPorts:
    """The ports with failpoints."""
    failing: Any = {
        "stores": wrap_stores(ports.stores, lambda store: Failing(store, "store", fate)),
        "backend": FailingPainter(ports.backend, "backend", fate),
        "spool": Failing(ports.spool, "spool", fate),
        "images": Failing(ports.images, "spool", fate),
        "messages": Failing(ports.messages, "messages", fate),
    }
    return replace(ports, **failing)


def around_the_wire(fate: Fate) -> None:
    """Failpoints where no port is: a stop as it goes to SwarmUI, a request as it goes to Discord.

    `request.edit.final` is the HTTP request of a last word itself, after its wait for a turn.
    """
    interrupt, exchange = swarm_kit.SwarmContext.interrupt_session, sender._in_exchange

    @functools.wraps(interrupt)
    async def failing_interrupt(*args: Any, **kwargs: Any) -> None:
        fate.meet("interrupt", "before")
        await interrupt(*args, **kwargs)
        fate.meet("interrupt", "after")

    @functools.wraps(exchange)
    async def failing_exchange(exchanged: Any, request: Any) -> Any:
        turn = exchanged.turn
        kind = "edit" if turn.message is not None else turn.route.kind.split()[0].lower()
        point = f"request.{kind}.{'final' if turn.final else 'progress'}"
        fate.meet(point, "before")
        result = await exchange(exchanged, request)
        fate.meet(point, "after")
        return result

    swarm_kit.SwarmContext.interrupt_session = failing_interrupt  # type: ignore[method-assign]  # only in this process
    sender._in_exchange = failing_exchange


def main(config: Path, doom: Path) -> None:
    """`swarmbot run`, in other words."""
    settings = load(config)
    logs.set_up_logging(settings.log.level, settings.log.format)
    fate = Fate(doom)
    around_the_wire(fate)
    asyncio.run(app.run(settings, lambda _: None, wrap_ports=lambda ports: around(ports, fate)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
