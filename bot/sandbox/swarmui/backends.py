"""The GPUs behind the server, and who gets one.

A request takes a free slot on a backend that has its model; else the model with the most pressure
(ten for each request, one for each second it waited) is loaded, one backend at a time; with a
choice of backends that begins only after a second and a half. A ComfyUI backend has two slots and
one bench: the second request on it only waits in ComfyUI's own queue.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from bot.sandbox.swarmui.accounts import Claim
from bot.sandbox.swarmui.asking import Asking, weight
from bot.sandbox.swarmui.backend import Backend, build_backends, status_of
from bot.sandbox.swarmui.errors import Refused
from bot.sandbox.swarmui.gone_files import is_gone, write_refusal
from bot.sandbox.swarmui.interrupts import first_of
from bot.sandbox.swarmui.models import ModelFile
from bot.sandbox.swarmui.script import Report, Script

SCALING_S: Final = 1.0
CANCELLED: Final = "System.OperationCanceledException: The operation was canceled."
TICK_S: Final = 1.0
CHOICE_S: Final = 1.5
STARTING_S: Final = 0.3


class Backends:
    """Hands out backends. Every method runs on the event loop."""

    def __init__(
        self,
        kinds: tuple[str, ...],
        over_queue: int,
        models: Iterable[ModelFile],
        script: Script,
        report: Report,
    ) -> None:
        self._build = partial(build_backends, kinds, over_queue, models)
        self._script, self._report = script, report
        self.all = self._build()
        self._asking: list[Asking] = []
        self._loads: dict[str, asyncio.Task[None]] = {}
        self._bad: dict[str, set[int]] = {}
        self._later: asyncio.TimerHandle | None = None
        self._released = asyncio.Event()

    @property
    def slots(self) -> int:
        return sum(backend.slots for backend in self.all if backend.running)

    def count_waiting(self) -> int:
        return len(self._asking)

    def features(self) -> list[str]:
        known: dict[str, None] = {}
        for backend in self.all:
            shown = backend.enabled and backend.status != "idle"
            known |= dict.fromkeys(backend.features if shown else ())
        return list(known)

    def status(self) -> dict[str, Any]:
        return status_of(self.all)

    async def toggle(self, backend: Backend, enabled: bool) -> bool:
        """Switch a backend on or off, when its work is done; False if it already was."""
        if backend.enabled == enabled:
            return False
        for one in self.all:
            if backend.id in (one.id, one.parent):
                one.enabled = enabled
        while backend.used >= backend.slots:
            self._released.clear()
            await self._released.wait()
        backend.model = None if backend.comfy else backend.model
        if enabled:
            await self.begin(backend)
        self._fail_the_hopeless()
        self._pump()
        return True

    async def begin(self, backend: Backend) -> None:
        """Start a backend: requests wait for it meanwhile. Its GPU process may be dead."""
        backend.dead_sockets, backend.peak = backend.peak, 0
        backend.starting = True
        try:
            await asyncio.sleep(STARTING_S)
        finally:
            backend.starting = False
        backend.state = "errored" if self._script.dead else "running"
        self._fail_the_hopeless()
        self._pump()

    def set_states(self, states: list[str]) -> None:
        """Put the backends into these states, the last one for all further backends."""
        for number, backend in enumerate(self.all):
            backend.state = states[min(number, len(states) - 1)]
        self._fail_the_hopeless()
        self._pump()

    def _fail_the_hopeless(self) -> None:
        for asking in list(self._asking):
            hopeless = asking.hopeless(self.all)
            if hopeless is not None:
                self._asking.remove(asking)
                asking.answer.set_exception(Refused(hopeless))

    def loaded(self, model: ModelFile) -> bool:
        return any(backend.model is model for backend in self.all)

    async def acquire(self, asking: Asking) -> Backend | None:
        """Return a slot on a backend, or None if the session was interrupted.

        Raises Refused a second late, as the real server first tries to find more backends. The
        caller gives the slot back with `release`.
        """
        hopeless = asking.hopeless(self.all)
        if hopeless is not None:
            pause = asyncio.create_task(asyncio.sleep(SCALING_S))
            if await first_of(pause, asking.interrupted):
                raise Refused(hopeless)
            return None
        self._asking.append(asking)
        self._report.wait(+1)
        try:
            self._pump()
            await first_of(asking.answer, asking.interrupted)
            if asking.answer.done() and not asking.answer.cancelled():
                return asking.answer.result()
            return None
        finally:
            self._report.wait(-1)
            if asking in self._asking:
                self._asking.remove(asking)
            asking.answer.cancel()
            self._forget_bad(asking.model)

    def release(self, backend: Backend) -> None:
        backend.used -= 1
        backend.last_used = time.monotonic()
        self._released.set()
        self._pump()

    def _pump(self) -> None:
        """Serve whom a free backend with the right model serves, then load for the others."""
        for asking in list(self._asking):
            fitting = [
                backend
                for backend in self.all
                if asking.refusal(backend) is None and asking.served_at_once(backend)
            ]
            if fitting:
                backend = min(fitting, key=lambda one: one.used)
                backend.used += 1
                backend.peak = max(backend.peak, backend.used)
                self._asking.remove(asking)
                asking.answer.set_result(backend)
        pressure: dict[str, list[Asking]] = {}
        for asking in self._asking:
            if asking.model is not None and not asking.interrupted.is_set():
                pressure.setdefault(asking.model.name, []).append(asking)
        for waiting in sorted(pressure.values(), key=weight, reverse=True):
            self._load_for(waiting)
        for asking in self._asking:
            if asking.model is not None and asking.model.name in self._loads:
                self._notify(asking)

    def _load_for(self, waiting: list[Asking]) -> None:
        first = waiting[0]
        assert first.model is not None
        loaders = [
            backend for backend in self.all if backend.free and first.refusal(backend) is None
        ]
        if first.model.name in self._loads or not loaders:
            return
        waited = time.monotonic() - min(one.since for one in waiting)
        if len(loaders) > 1 and waited < CHOICE_S:
            self._pump_in(CHOICE_S - waited + 0.01)
            return
        bad = self._bad.get(first.model.name, set())
        valid = [one for one in loaders if one.id not in bad and one.model is not first.model]
        if valid:
            backend = min(valid, key=lambda one: (one.used > 0, one.last_used or 0.0))
            self._start_load(backend, first.model, waiting)

    def _pump_in(self, seconds: float) -> None:
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(seconds, self._pump_later)

    def _pump_later(self) -> None:
        self._later = None
        self._pump()

    def _notify(self, asking: Asking) -> None:
        if not asking.notified:
            asking.notified = True
            asking.on_load()

    def _start_load(self, backend: Backend, model: ModelFile, waiting: list[Asking]) -> None:
        backend.loading = True
        sessions = {asking.session.id: asking.session for asking in waiting}
        claims = [session.claim(loads=1) for session in sessions.values()]
        task = asyncio.create_task(
            self._load(backend, model, claims, waiting[0].interrupted), name=f"load {model.name}"
        )
        self._loads[model.name] = task

    async def _load(
        self, backend: Backend, model: ModelFile, claims: list[Claim], interrupted: asyncio.Event
    ) -> None:
        ended = False
        try:
            gone = is_gone(model.name, self._script.gone_files)
            work = asyncio.create_task(self._loading(backend))
            ended = await first_of(work, interrupted) and not gone
        finally:
            backend.loading = False
            self._loads.pop(model.name, None)
            for claim in claims:
                claim.disposed = True
        if ended:
            backend.model = model
        else:
            reason = write_refusal("model", model.name) if gone else CANCELLED
            self._gone_bad(backend, model, reason)
        self._pump()

    async def _loading(self, backend: Backend) -> None:
        """ComfyUI loads by running a small workflow, which waits its turn like any other."""
        async with backend.bench:
            self._report.work(+1)
            try:
                await asyncio.sleep(self._script.model_load_s if backend.comfy else 0)
            finally:
                self._report.work(-1)

    def _gone_bad(self, backend: Backend, model: ModelFile, reason: str) -> None:
        """Spoil the model for everybody who waits for a cancelled or failed load."""
        bad = self._bad.setdefault(model.name, set())
        bad.add(backend.id)
        good = [one for one in self.all if one.draws and one.id not in bad]
        for asking in list(self._asking):
            if asking.model is not model or asking.interrupted.is_set():
                continue
            if not any(asking.refusal(one) is None for one in good):
                self._asking.remove(asking)
                asking.answer.set_exception(
                    Refused(
                        f"All available backends failed to load the model '{model.path}'."
                        f"\n\nPossible reason: {reason}"
                    )
                )
        self._forget_bad(model)

    def _forget_bad(self, model: ModelFile | None) -> None:
        if model is not None and not any(asking.model is model for asking in self._asking):
            self._bad.pop(model.name, None)

    async def load_now(self, model: ModelFile, only: str | None) -> bool:
        """Load a model on each running backend, as SelectModel does; False if there is none.

        A picture that waits is served at the next look of the server, as much as a second later.
        """
        there = [one for one in self.all if one.draws and one.running]
        chosen = [one for one in there if only in (None, str(one.id))]
        for backend in chosen:
            backend.loading = True
            try:
                while backend.used:
                    self._released.clear()
                    await self._released.wait()
                if backend.model is not model:
                    await self._loading(backend)
                    backend.model = model
            finally:
                backend.loading = False
        self._pump_in(TICK_S)
        return bool(chosen)

    def forget(self) -> None:
        """As after a restart: nothing is loaded, nobody waits; late releases meet old backends."""
        for task in self._loads.values():
            task.cancel()
        self.all = self._build()
        self._asking.clear()
        self._bad.clear()

    async def close(self) -> None:
        if self._later is not None:
            self._later.cancel()
        loads = [*self._loads.values(), *(task for one in self.all for task in one.unseen)]
        for task in loads:
            task.cancel()
        await asyncio.gather(*loads, return_exceptions=True)
