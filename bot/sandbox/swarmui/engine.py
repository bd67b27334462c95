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
from collections.abc import Callable
from typing import Any, Final

from PIL import Image

from bot.sandbox.swarmui import frames, params, prompts
from bot.sandbox.swarmui.asking import Asking
from bot.sandbox.swarmui.backend import Backend
from bot.sandbox.swarmui.backends import Backends, first_of
from bot.sandbox.swarmui.bench import OUT_OF_MEMORY, WENT_WRONG, Bench, Piece
from bot.sandbox.swarmui.errors import InternalFault, Interrupted, Refused
from bot.sandbox.swarmui.frames import Frame
from bot.sandbox.swarmui.intake import Intake, numbered
from bot.sandbox.swarmui.keeping import Keeper
from bot.sandbox.swarmui.models import ModelFile
from bot.sandbox.swarmui.script import Generation, Report, Script, job_of
from bot.sandbox.swarmui.work import Call, Work

MOST_AT_ONCE: Final = 32
INTERRUPTED: Final = "Generation session interrupted."
NOTHING_CAME: Final = (
    "No images were generated (all refused, or failed - check server logs for details)."
)


class Engine:
    """Makes pictures. `restart` and `shut_down` are what the faults of those names do."""

    def __init__(
        self,
        models: tuple[ModelFile, ...],
        intake: Intake,
        backends: Backends,
        keeper: Keeper,
        script: Script,
        report: Report,
        *,
        nopreviews: bool,
        restart: Callable[[], None],
        shut_down: Callable[[], None],
    ) -> None:
        self._models, self._backends = models, backends
        self._intake = intake
        self._script, self._report = script, report
        self._bench = Bench(script, report)
        self._nopreviews, self._restart, self._shut_down = nopreviews, restart, shut_down
        self._keeper = keeper

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
        running: set[asyncio.Task[None]] = set()
        try:
            for number in range(int(work.read.get("images", 1))):
                if work.failed or work.interrupted.is_set():
                    break
                while len(running) >= most:
                    _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                running.add(asyncio.create_task(self._one(work, number), name=f"image {number}"))
            while running:
                done, running = await asyncio.wait(
                    running,
                    timeout=self._script.keep_alive_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for _ in done or (None,):
                    work.call.emit({"keep_alive": True})
                for task in done:
                    task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _one(self, work: Work, number: int) -> None:
        began = time.monotonic()
        if work.failed or work.interrupted.is_set():
            return
        mine = numbered(work.read, number)
        try:
            session = work.call.session
            parsed = prompts.parse(mine, self._intake.reader(session), session.user.presets)
        except (InternalFault, Refused) as fault:
            if isinstance(fault, Refused):
                self._fail(work, str(fault))
            # The real server takes back a wait that it never counted.
            work.claim.waits -= 1
            self._tell(work)
            return
        work.claim.waits += 1
        self._tell(work)
        backend = None
        try:
            backend = await self._backends.acquire(self._asking(work, parsed.params))
        except Refused as refusal:
            self._fail(work, str(refusal))
        finally:
            work.claim.waits -= 1
        self._tell(work)
        if backend is None:
            return
        try:
            if not work.failed:
                await self._live(work, backend, number, parsed, began)
        finally:
            self._backends.release(backend)

    def _asking(self, work: Work, read: dict[str, Any]) -> Asking:
        name = read.get("model")
        model = next((one for one in self._models if one.short == name), None)
        if model is None:
            read.pop("model", None)
        return Asking(
            model=model,
            features=frozenset(params.features_needed(read)),
            session=work.call.session,
            interrupted=work.interrupted,
            on_load=lambda: self._tell(work),
            type=str(read.get("internalbackendtype", "Any")),
            id=read.get("exactbackendid"),
        )

    def _fail(self, work: Work, words: str) -> None:
        goes_on = bool(work.read.get("continueaftererrors")) and not work.interrupted.is_set()
        work.record.state = "interrupted" if words == INTERRUPTED else "failed"
        if not goes_on:
            work.failed = True
            work.call.emit({"error": words})

    async def _live(
        self, work: Work, backend: Backend, number: int, parsed: prompts.Parsed, began: float
    ) -> None:
        work.claim.live += 1
        if work.record.state == "waiting":
            work.record.state = "running"
        self._tell(work)
        first = work.call.offset + number * int(work.read.get("batchsize", 1))
        drawn = time.monotonic()
        extra = dict(work.extra, **parsed.originals)
        if parsed.warnings:
            extra["parser_warnings"] = parsed.warnings
        if parsed.loras:
            extra["prompted_loras"] = parsed.loras
        date = work.stamp.at.strftime("%Y-%m-%d")
        piece = Piece(
            str(first),
            work.request,
            parsed.params,
            frames.metadata(params.shown(parsed.params), extra, preview=True, date=date),
            work.call.fault,
            not (self._nopreviews and parsed.params.get("nopreviews")),
        )
        try:
            await self._make(work, backend, number, piece, (began, drawn, extra))
        except Interrupted:
            self._fail(work, INTERRUPTED)
        except Refused as refusal:
            self._fail(work, str(refusal))
        finally:
            work.claim.gens -= 1
            work.claim.live -= 1
            self._tell(work)

    async def _make(
        self,
        work: Work,
        backend: Backend,
        number: int,
        piece: Piece,
        told_of: tuple[float, float, dict[str, Any]],
    ) -> None:
        began, drawn, extra = told_of
        picture = await self._worked(work, backend, piece)
        if picture is None:
            raise Refused(NOTHING_CAME)
        if work.call.fault == "error_mid_batch" and number == 1:
            raise Refused(OUT_OF_MEMORY)
        date = work.stamp.at.strftime("%Y-%m-%d")
        expected = int(work.read.get("batchsize", 1))
        for k in range(int(piece.params.get("batchsize", 1))):
            times = (f"{drawn - began:.2f} sec", f"{time.monotonic() - drawn:.2f} sec")
            mine = dict(piece.params, seed=piece.params["seed"] + k)
            told = frames.metadata(
                params.shown(mine),
                extra,
                preview=False,
                date=date,
                times=times,
                unused=params.unused(mine),
            )
            shown = await self._keeper.keep(work, mine, picture, told)
            index = int(piece.index) + k
            if k >= expected:
                work.extras += 1
                index = int(work.read.get("images", 1)) * expected + work.extras
            work.made += 1
            work.call.emit(
                {
                    "image": shown,
                    "batch_index": str(index),
                    "request_id": work.request,
                    "metadata": told,
                }
            )

    async def _worked(self, work: Work, backend: Backend, piece: Piece) -> Image.Image | None:
        working = asyncio.create_task(
            self._bench.work(
                backend, piece, work.call.emit, lambda step: self._at_step(work, step)
            ),
            name=f"draw {piece.request}-{piece.index}",
        )
        if not backend.comfy:
            return await working
        try:
            if not await first_of(working, work.interrupted):
                raise Interrupted
        finally:
            working.cancel()
        return working.result()

    def _at_step(self, work: Work, step: int) -> None:
        """Faults that strike in the middle of the work, each once a request."""
        call = work.call
        if step == 2 and call.fault == "error_mid_batch" and call.images == 1:
            raise Refused(OUT_OF_MEMORY)
        if call.fault == "dead_socket" or (call.fault == "crash" and step == 2):
            raise Refused(WENT_WRONG)
        if work.cut or step < 1:
            return
        work.cut = True
        if call.fault == "close":
            call.drop()
        elif call.fault == "garbage":
            for text in (
                "<html>502</html>",
                "[1, 2",
                '{"gen_progress": 7}',
                '{"image": null}',
                "null",
            ):
                call.raw(text)
        elif call.fault == "restart":
            self._restart()
        elif call.fault == "shutdown":
            self._shut_down()
