"""One picture of a request, from its prompt to its frame.

What goes wrong here is an error frame, and pictures that have not begun are left out. A session's
interrupt is silent for what waits and an error for what runs, and AutoWebUI does not hear it.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from PIL import Image

from bot.sandbox.swarmui import frames, params, prompts
from bot.sandbox.swarmui.asking import Asking
from bot.sandbox.swarmui.backend import Backend
from bot.sandbox.swarmui.backends import Backends
from bot.sandbox.swarmui.bench import OUT_OF_MEMORY, WENT_WRONG, Bench, Piece
from bot.sandbox.swarmui.errors import InternalFault, Interrupted, Refused
from bot.sandbox.swarmui.intake import Intake, numbered
from bot.sandbox.swarmui.interrupts import first_of
from bot.sandbox.swarmui.keeping import Keeper
from bot.sandbox.swarmui.models import SUBTYPES, ModelFile
from bot.sandbox.swarmui.work import Work

INTERRUPTED: Final = "Generation session interrupted."
NOTHING_CAME: Final = (
    "No images were generated (all refused, or failed - check server logs for details)."
)
_NOT_JSON: Final = (
    "<html>502</html>",
    "[1, 2",
    '{"gen_progress": 7}',
    '{"image": null}',
    "null",
)


class PictureMaker:
    """Makes the pictures of all requests. `restart` and `shut_down` are faults of those names."""

    def __init__(
        self,
        models: Iterable[ModelFile],
        intake: Intake,
        backends: Backends,
        keeper: Keeper,
        bench: Bench,
        *,
        tell: Callable[[Work], None],
        nopreviews: bool,
        restart: Callable[[], None],
        shut_down: Callable[[], None],
    ) -> None:
        self._models, self._intake, self._backends = models, intake, backends
        self._keeper, self._bench, self._tell = keeper, bench, tell
        self._nopreviews, self._restart, self._shut_down = nopreviews, restart, shut_down

    async def make(self, work: Work, number: int) -> None:
        """Make a picture. Its last frame is a `keep_alive`, once all pictures have begun."""
        await self._one(work, number)
        if work.all_begun:
            work.call.emit({"keep_alive": True})

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
            backend = await self._backends.acquire(self._asking(work, parsed))
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

    def _asking(self, work: Work, parsed: prompts.Parsed) -> Asking:
        read = parsed.params
        name = read.get("model")
        main = (one for one in self._models if one.subtype == SUBTYPES[0])
        model = next((one for one in main if one.short == name), None)
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
            missing_lora=next((one for one in read.get("loras", []) if one == "(None)"), None),
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
        extra = work.extra | parsed.extra
        date = work.stamp.at.strftime("%Y-%m-%d")
        piece = Piece(
            str(first),
            work.request,
            parsed.params,
            frames.metadata(params.shown(parsed.params), extra, preview=True, date=date),
            work.call.fault,
            not (self._nopreviews and parsed.params.get("nopreviews")),
            await asyncio.to_thread(self._brought, work, parsed.params),
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

    def _brought(self, work: Work, read: dict[str, Any]) -> dict[str, bytes]:
        """Return the bytes of the pictures to start from."""
        found = {}
        for key in ("initimage", "maskimage"):
            given = str(read.get(key) or "")
            if given.startswith(params.SERVER_PATHS):
                found[key] = self._intake.file(work.call.session, given)
            elif given:
                found[key] = base64.b64decode(given.partition(",")[2] or given)
        return found

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
                models=frames.used_models(mine, extra, self._models),
            )
            index = int(piece.index) + k
            if k >= expected:
                work.extras += 1
                index = int(work.read.get("images", 1)) * expected + work.extras
            await self.send(work, mine, picture, told, index)
            if int(work.call.session.user.settings["maximagesinminigrid"]) > 1:
                work.drawn.append(picture)
            work.made += 1

    async def send(
        self, work: Work, read: dict[str, Any], picture: Image.Image, told: str, index: int
    ) -> None:
        """Save a picture and send its frame."""
        shown = await self._keeper.keep(work, read, picture, told)
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
        if call.fault == "die" and step == 2:
            self._bench.kill()
        if call.fault == "dead_socket" or (call.fault in ("crash", "die") and step == 2):
            raise Refused(WENT_WRONG)
        if work.cut or step < 1:
            return
        work.cut = True
        if call.fault == "close":
            call.drop()
        elif call.fault == "garbage":
            for text in _NOT_JSON:
                call.raw(text)
        elif call.fault == "restart":
            self._restart()
        elif call.fault == "shutdown":
            self._shut_down()
