"""The GPUs behind the server, and who gets one.

A request takes a free slot on a backend that has its model; else the model with the most pressure
(ten for each request, one for each second it waited) is loaded on an idle backend. A ComfyUI
backend has two slots and one bench: the second request on it only waits in ComfyUI's own queue.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.swarmui.accounts import Claim
from bot.sandbox.swarmui.errors import Refused
from bot.sandbox.swarmui.models import ModelFile
from bot.sandbox.swarmui.script import Report, Script

COMFY_FEATURES: Final = (
    "comfyui",
    "refiners",
    "controlnet",
    "endstepsearly",
    "seamless",
    "video",
    "variation_seed",
    "freeu",
    "comfy_saveimage_ws",
    "comfy_loadimage_b64",
    "comfy_just_load_model",
    "comfy_latent_blend_masked",
    "folderslash",
)
WEBUI_FEATURES: Final = ("variation_seed", "autowebui")
NO_BACKENDS: Final = (
    "No backends present. You must configure backends in the Backends section of the Server tab"
    " before you can continue."
)


@dataclass(slots=True)
class Backend:
    """One GPU; `bench` lets one request at a time work, in the order they came."""

    id: int
    kind: str
    model: ModelFile | None = None
    used: int = 0
    loading: bool = False
    last_used: float | None = None
    bench: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def comfy(self) -> bool:
        return self.kind == "comfyui"

    @property
    def slots(self) -> int:
        return 2 if self.comfy else 1

    @property
    def features(self) -> tuple[str, ...]:
        return COMFY_FEATURES if self.comfy else WEBUI_FEATURES

    @property
    def type(self) -> str:
        return "comfyui_api" if self.comfy else "auto_webui_api"

    def told(self) -> dict[str, Any]:
        ago = None if self.last_used is None else int(time.monotonic() - self.last_used)
        told: dict[str, Any] = {
            "type": self.type,
            "status": "running",
            "id": self.id,
            "settings": {
                "Address": f"http://127.0.0.1:{8188 + self.id}",
                "AllowIdle": False,
                "OverQueue": 1,
                "EnableFrontendDev": False,
            }
            if self.comfy
            else {"Address": f"http://127.0.0.1:{7860 + self.id}", "AllowIdle": False},
            "modcount": 0,
            "features": list(self.features),
            "enabled": True,
            "title": f"stub {self.id}",
            "max_usages": self.slots,
            "seconds_since_used": ago or 0,
            "time_since_used": "Never" if ago is None else f"{ago} seconds",
            "can_load_models": True,
        }
        if self.model is not None:
            told["current_model"] = self.model.name
        return told


@dataclass(slots=True, eq=False)
class Asking:
    """A request for a backend; `on_load` is called when its model begins to load."""

    model: ModelFile | None
    features: frozenset[str]
    claim: Claim
    interrupted: asyncio.Event
    on_load: Callable[[], None]
    type: str = "Any"
    id: str | None = None
    since: float = field(default_factory=time.monotonic)
    answer: asyncio.Future[Backend] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def refusal(self, backend: Backend) -> str | None:
        """Why this backend will never do, or None."""
        for flag in sorted(self.features - set(backend.features)):
            return f"Request requires flag '{flag}' which is not present on the backend"
        if self.type not in ("Any", backend.type):
            return "Specific backend type requested in advanced parameters did not match"
        if self.id is not None and self.id != str(backend.id):
            return "Specific backend ID# requested in advanced parameters did not match"
        return None

    def served_at_once(self, backend: Backend) -> bool:
        ready = self.model is None or not backend.comfy or backend.model is self.model
        return ready and not backend.loading and backend.used < backend.slots


class Backends:
    """Hands out backends. Every method runs on the event loop; `tasks` keeps the loads."""

    def __init__(self, kinds: tuple[str, ...], script: Script, report: Report) -> None:
        self._kinds = kinds
        self.all = [Backend(number, kind) for number, kind in enumerate(kinds)]
        self._script, self._report = script, report
        self._asking: list[Asking] = []
        self._loads: dict[str, asyncio.Task[None]] = {}
        self._bad: dict[str, set[int]] = {}

    @property
    def slots(self) -> int:
        return sum(backend.slots for backend in self.all)

    def features(self) -> list[str]:
        known: dict[str, None] = {}
        for backend in self.all:
            known |= dict.fromkeys(backend.features)
        return list(known)

    def status(self) -> dict[str, Any]:
        if not self.all:
            return {
                "status": "empty",
                "class": "error",
                "message": NO_BACKENDS,
                "any_loading": False,
            }
        return {"status": "running", "class": "", "message": "", "any_loading": False}

    def loaded(self, model: ModelFile) -> bool:
        return any(backend.model is model for backend in self.all)

    async def acquire(self, asking: Asking) -> Backend | None:
        """A slot on a backend, or None when the session was interrupted meanwhile.

        Raises Refused. Whoever got one gives it back with `release`.
        """
        if not self.all:
            await first_of(asyncio.create_task(asyncio.sleep(1.0)), asking.interrupted)
            raise Refused("No backends available!")
        refusals = [asking.refusal(backend) for backend in self.all]
        if all(refusals):
            reasons = "".join(f"\n- {reason}" for reason in dict.fromkeys(refusals))
            raise Refused(
                "No backends match the settings of the request given!"
                f" Backends refused for the following reason(s):{reasons}"
            )
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
        self._pump()

    def _pump(self) -> None:
        for asking in list(self._asking):
            free = [
                backend
                for backend in self.all
                if asking.refusal(backend) is None and asking.served_at_once(backend)
            ]
            if free:
                backend = min(free, key=lambda one: (one.used, one.id))
                backend.used += 1
                self._asking.remove(asking)
                asking.answer.set_result(backend)
        self._load_one()

    def _load_one(self) -> None:
        pressure: dict[str, list[Asking]] = {}
        for asking in self._asking:
            if asking.model is not None and asking.model.name not in self._loads:
                pressure.setdefault(asking.model.name, []).append(asking)

        def weight(waiting: list[Asking]) -> float:
            return 10 * len(waiting) + time.monotonic() - min(one.since for one in waiting)

        for waiting in sorted(pressure.values(), key=weight, reverse=True):
            first = waiting[0]
            assert first.model is not None
            bad = self._bad.get(first.model.name, set())
            idle = [
                backend
                for backend in self.all
                if backend.comfy
                and backend.used == 0
                and not backend.loading
                and backend.id not in bad
                and backend.model is not first.model
                and first.refusal(backend) is None
            ]
            if idle:
                backend = min(idle, key=lambda one: (one.model is not None, one.id))
                self._start_load(backend, first.model, waiting)

    def _start_load(self, backend: Backend, model: ModelFile, waiting: list[Asking]) -> None:
        backend.loading = True
        owner = waiting[0]
        owner.claim.loads += 1
        task = asyncio.create_task(self._load(backend, model, owner), name=f"load {model.name}")
        self._loads[model.name] = task
        for asking in waiting:
            asking.on_load()

    async def _load(self, backend: Backend, model: ModelFile, owner: Asking) -> None:
        self._report.work(+1)
        try:
            sleeping = asyncio.create_task(asyncio.sleep(self._script.model_load_s))
            ended = await first_of(sleeping, owner.interrupted)
        finally:
            self._report.work(-1)
            backend.loading = False
            self._loads.pop(model.name, None)
            if not owner.claim.disposed:
                owner.claim.loads -= 1
        backend.model = model if ended else None
        if not ended:
            self._gone_bad(backend, model)
        self._pump()

    def _gone_bad(self, backend: Backend, model: ModelFile) -> None:
        """A cancelled load spoils the model for everybody who waits for it at that moment."""
        bad = self._bad.setdefault(model.name, set())
        bad.add(backend.id)
        for asking in list(self._asking):
            if asking.model is not model or asking.interrupted.is_set():
                continue
            if all(one.id in bad or asking.refusal(one) is not None for one in self.all):
                self._asking.remove(asking)
                asking.answer.set_exception(
                    Refused(
                        f"All available backends failed to load the model '{model.path}'."
                        "\n\nPossible reason: System.OperationCanceledException:"
                        " The operation was canceled."
                    )
                )
        self._forget_bad(model)

    def _forget_bad(self, model: ModelFile | None) -> None:
        if model is not None and not any(asking.model is model for asking in self._asking):
            self._bad.pop(model.name, None)

    async def load_now(self, model: ModelFile, only: str | None) -> bool:
        """Load a model wherever nothing else goes on, as SelectModel does; False if nowhere."""
        chosen = [
            backend for backend in self.all if only in (None, "", str(backend.id)) and backend.comfy
        ]
        done = False
        for backend in chosen:
            async with backend.bench:
                if backend.model is not model:
                    await asyncio.sleep(self._script.model_load_s)
                backend.model = model
                done = True
        self._pump()
        return done

    def forget(self) -> None:
        """As after a restart: nothing is loaded, nobody waits; late releases meet old backends."""
        for task in self._loads.values():
            task.cancel()
        self.all = [Backend(number, kind) for number, kind in enumerate(self._kinds)]
        self._asking.clear()
        self._bad.clear()

    async def close(self) -> None:
        loads = list(self._loads.values())
        for task in loads:
            task.cancel()
        await asyncio.gather(*loads, return_exceptions=True)


async def first_of(work: asyncio.Future[Any], interrupted: asyncio.Event) -> bool:
    """Wait until the work is done (True) or the session is interrupted (False, work cancelled)."""
    bell = asyncio.create_task(interrupted.wait())
    try:
        await asyncio.wait({work, bell}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        bell.cancel()
        if not work.done():
            work.cancel()
    return work.done() and not work.cancelled()
