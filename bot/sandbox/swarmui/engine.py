"""One request for pictures, from its words to its last frame.

    status > parameters read > for every picture: status waiting > backend > status live
           > progress and previews > image > status > keep_alive      then discard_indices

What went wrong before the pictures ends a request early; what goes wrong in one picture is an
error frame, and pictures that have not begun are left out. A session's interrupt is silent for
what waits and an error for what runs, and AutoWebUI does not hear it at all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from bot.sandbox.swarmui.backends import Backends
from bot.sandbox.swarmui.bench import Bench
from bot.sandbox.swarmui.errors import Refused
from bot.sandbox.swarmui.frames import Frame
from bot.sandbox.swarmui.grid import send_grid
from bot.sandbox.swarmui.intake import Intake
from bot.sandbox.swarmui.interrupts import first_of
from bot.sandbox.swarmui.keeping import Keeper
from bot.sandbox.swarmui.models import ModelFile
from bot.sandbox.swarmui.picture_task import PictureMaker
from bot.sandbox.swarmui.script import Generation, Report, Script, job_of
from bot.sandbox.swarmui.work import Call, Work

MOST_AT_ONCE: Final = 32
# The pause that keeps the pictures of a request in order, while so few requests wait.
ORDER_S: Final = 0.02
MOST_IN_ORDER: Final = 20


class Engine:
    """Works requests off. `restart` and `shut_down` are what the faults of those names do."""

    def __init__(
        self,
        models: Iterable[ModelFile],
        intake: Intake,
        backends: Backends,
        keeper: Keeper,
        script: Script,
        report: Report,
        *,
        nopreviews: bool,
        preview_every: int,
        restart: Callable[[], None],
        shut_down: Callable[[], None],
    ) -> None:
        self._models, self._backends, self._intake = models, backends, intake
        self._script, self._report = script, report
        self._maker = PictureMaker(
            models,
            intake,
            backends,
            keeper,
            Bench(script, report, preview_every),
            tell=self._tell,
            nopreviews=nopreviews,
            restart=restart,
            shut_down=shut_down,
        )

    def status(self, counters: dict[str, int]) -> Frame:
        return {
            "status": counters,
            "backend_status": self._backends.status(),
            "supported_features": self._backends.features(),
        }

    async def generate(self, call: Call) -> None:
        """Work one request off; raises InternalFault where the real server would break."""
        root = call.root
        record = Generation(
            job_of(root.get("overrideoutpathformat")),
            str(root.get("prompt", "")),
            {key: value for key, value in root.items() if key != "session_id"},
        )
        work = Work(call, call.session.claim(gens=call.images), call.session.interrupted, record)
        self._report.opened(record)
        try:
            self._tell(work)
            await self._go(work)
        finally:
            work.claim.disposed = True
            if record.state in ("waiting", "running"):
                ended = work.interrupted.is_set() and "interrupted"
                record.state = ended or ("done" if record.images or work.made else "failed")
            self._report.closed()

    def _tell(self, work: Work) -> None:
        work.call.emit(self.status(work.call.session.counters()))

    async def _go(self, work: Work) -> None:
        call = work.call
        refused = self._refused(call.fault)
        if refused is None:
            try:
                self._intake.read(work)
            except Refused as refusal:
                refused = str(refusal)
        if refused is not None:
            call.emit({"error": refused})
            work.record.state = "failed"
            return
        if call.fault == "hang":
            await self._hang(work)
        elif call.fault != "silent" and not self._script.empty:
            await self._pictures(work)
        call.emit({"discard_indices": []})

    def _refused(self, fault: str | None) -> str | None:
        if self._script.error is not None:
            return self._script.error
        if fault == "refuse":
            return "Timeout! All backends are occupied with other tasks."
        return None

    async def _hang(self, work: Work) -> None:
        """Send only keep_alive frames until the request is interrupted."""
        work.claim.live += 1
        self._tell(work)
        while not work.interrupted.is_set():
            pause = asyncio.create_task(asyncio.sleep(self._script.keep_alive_s))
            await first_of(pause, work.interrupted)
            work.call.emit({"keep_alive": True})

    async def _pictures(self, work: Work) -> None:
        most = max(1, min(MOST_AT_ONCE, 2 * self._backends.slots)) + 1
        began = time.monotonic()
        running: set[asyncio.Task[None]] = set()
        try:
            for number in range(int(work.read.get("images", 1))):
                if work.failed or work.interrupted.is_set():
                    break
                while len(running) >= most:
                    done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    _raise_first(done)
                name = f"image {number}"
                running.add(asyncio.create_task(self._maker.make(work, number), name=name))
                if self._backends.count_waiting() < MOST_IN_ORDER:
                    await asyncio.sleep(ORDER_S)
            work.all_begun = True
            if any(task.done() for task in running):
                work.call.emit({"keep_alive": True})
            while running:
                done, running = await asyncio.wait(
                    running,
                    timeout=self._script.keep_alive_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not done:
                    work.call.emit({"keep_alive": True})
                _raise_first(done)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        await send_grid(self._maker, work, self._models, began)


def _raise_first(done: set[asyncio.Task[None]]) -> None:
    for task in done:
        task.result()
