"""A job between the line and its end: what SwarmUI does, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from structlog.testing import capture_logs

from bot.core import causes
from bot.core.errors import (
    BackendDown,
    GenerationInterrupted,
    NoPicture,
    RequestRejected,
    StoreError,
)
from bot.core.ids import JobId
from bot.core.jobs.model import Post
from bot.core.jobs.progress import (
    ImageReady,
    RequestEnded,
    SamplingStep,
    SessionRenewed,
    StatusFrame,
    SwarmEvent,
)
from bot.flow.jobs.worker import Worker
from bot.flow.ports import ContentSupplier
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA
from tests.support.flow import FakeBoard, FakeLease, FakePainter, Hands, stage


async def test_an_error_after_some_pictures_keeps_those_and_returns_the_rest(
    tmp_path: Path,
) -> None:
    painter = FakePainter(
        script=lambda _: [
            ImageReady(0, "View/0.png"),
            RequestRejected("The GPU ran out of memory."),
        ]
    )
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask(images=3)
        done = await here.becomes(job.id, "done")
        assert done.ready == 1
        shown = here.board.messages[message]
        assert len(shown.files) == 1
        assert "1 picture was kept, 2 returned" in shown.card.content
        assert await here.books.used() == (1, 1)
        await here.balanced()


async def test_a_stream_without_a_picture_returns_everything(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=FakePainter(script=lambda _: [NoPicture()])) as here:
        here.work()
        job, message = await here.ask(images=2)
        await here.becomes(job.id, "failed")
        shown = await here.says(message, "2 pictures returned, 20 left today.")
        assert "Ref K7Q2" in shown.card.content
        await here.balanced()


async def test_a_slot_is_free_when_swarmui_has_ended_not_when_the_picture_is_here(
    tmp_path: Path,
) -> None:
    """The second is drawn while the first is still being fetched."""
    arrives = asyncio.Event()

    class Slow(FakePainter):
        async def fetch_image(self, ref: str) -> bytes:
            if len(self.drawn) == 1:
                await arrives.wait()
            return await super().fetch_image(ref)

    async with stage(tmp_path, painter=Slow(), house=HostSettings(max_in_flight=1)) as here:
        here.work()
        first, _ = await here.ask()
        second, _ = await here.ask(asker=BEN)
        await here.becomes(second.id, "done")
        assert await here.state(first.id) == "running"
        arrives.set()
        await here.becomes(first.id, "done")
        await here.balanced()


async def test_delivery_holds_up_no_slot(tmp_path: Path) -> None:
    held = asyncio.Event()

    class Slow(FakeBoard):
        async def edit_message(
            self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
        ) -> None:
            if final and not held.is_set():
                held.set()
                await asyncio.Event().wait()
            await super().edit_message(post, supply, final=final, by_token=by_token)

    async with stage(tmp_path, board=Slow(), house=HostSettings(max_in_flight=1)) as here:
        here.work()
        first, _ = await here.ask()
        await held.wait()
        second, _ = await here.ask(asker=BEN)
        await here.becomes(second.id, "done")
        assert await here.state(first.id) == "delivering"


async def test_a_lost_stream_asks_for_the_picture_before_it_draws_again(tmp_path: Path) -> None:
    painter = FakePainter(script=lambda _: [SamplingStep(0, 0.5), BackendDown("gone")])
    async with stage(tmp_path, painter=painter) as here:
        job, _ = await here.ask()

        async def busy(session: str) -> bool:
            painter.saved[painter.drawn[0]] = ["View/0.png"]
            return False

        painter.is_session_busy = busy  # type: ignore[method-assign]  # it finished while we were away
        here.work()
        await here.becomes(job.id, "done")
        assert len(painter.drawn) == 1
        await here.balanced()


async def test_lost_twice_it_is_returned_with_a_word(tmp_path: Path) -> None:
    painter = FakePainter(script=lambda _: [SamplingStep(0, 0.5), BackendDown("gone")])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        await here.becomes(job.id, "failed")
        assert len(painter.drawn) == 2
        await here.says(message, "1 picture returned, 20 left today.")
        await here.balanced()


async def test_cancelled_while_it_draws_it_interrupts_and_returns(tmp_path: Path) -> None:
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [StatusFrame(1, 0, 0, 1), SamplingStep(0, 0.5), never])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "Drawing, step 10 of 20")
        assert await here.flow.cancellation.cancel_job(job.id, MIA) is None
        await here.says(message, "Cancelled. 1 picture returned, 20 left today.")
        assert painter.interrupted == ["session-0"]
        await here.balanced()


async def test_cancelled_after_a_picture_keeps_it(tmp_path: Path) -> None:
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [ImageReady(0, "View/0.png"), never])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask(images=4)

        async def kept() -> bool:
            return bool(await here.kit.spool.list_spooled_files(job.id))

        await here.until(kept)
        await here.flow.cancellation.cancel_job(job.id, MIA)
        shown = await here.says(message, "1 picture was kept, 3 returned")
        assert len(shown.files) == 1
        await here.becomes(job.id, "done")
        await here.balanced()


async def test_somebody_interrupts_on_the_server(tmp_path: Path) -> None:
    async with stage(
        tmp_path, painter=FakePainter(script=lambda _: [GenerationInterrupted()])
    ) as here:
        here.work()
        job, message = await here.ask()
        await here.becomes(job.id, "failed")
        await here.says(message, "1 picture returned")


async def test_while_the_server_is_down_places_are_kept_then_returned(tmp_path: Path) -> None:
    painter = FakePainter(down=BackendDown())
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "offline")
        before = here.hands.now
        here.hands.let_go()
        await here.becomes(job.id, "failed")
        assert here.hands.now - before >= timedelta(minutes=29)
        await here.says(message, "It didn't come back in time. 1 picture returned, 20 left today.")
        assert painter.drawn == []
        await here.balanced()


async def test_back_again_what_waited_is_drawn(tmp_path: Path) -> None:
    painter = FakePainter(down=BackendDown())
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "offline")
        painter.down = None
        here.hands.let_go()
        await here.becomes(job.id, "done")
        await here.balanced()


async def test_a_bug_around_one_job_ends_that_job_only(tmp_path: Path) -> None:
    """The person gets a reference, never the error's text."""
    calls = iter([ZeroDivisionError("a secret")])

    def script(order: object) -> list[object]:
        for error in calls:
            raise error
        return [ImageReady(0, "View/0.png"), RequestEnded()]

    painter = FakePainter(script=script)  # type: ignore[arg-type]  # it raises what no script may
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        _, message = await here.ask()
        shown = await here.says(message, "1 picture returned")
        assert "K7Q2" in shown.card.content
        assert "secret" not in shown.card.content
        other, _ = await here.ask("an owl")
        await here.becomes(other.id, "done")
        await here.balanced()


async def test_a_long_job_rings_once_and_a_quick_one_never(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        quick, _ = await here.ask()
        here.work()
        await here.becomes(quick.id, "done")
        assert len(here.board.messages) == 1
        wait = asyncio.Event()
        here.painter.script = lambda _: [
            SamplingStep(0, 0.5),
            wait,
            ImageReady(0, "View/0.png"),
            RequestEnded(),
        ]
        slow, message = await here.ask()
        await here.says(message, "Drawing")
        here.hands.now += timedelta(seconds=61)
        wait.set()
        await here.becomes(slow.id, "done")

        async def rung() -> bool:
            return any(shown.card.ping_user for shown in here.board.messages.values())

        await here.until(rung)
        [ring] = [n for n, shown in here.board.messages.items() if shown.card.ping_user]
        assert here.board.messages[ring].card.ping_user == MIA.user
        assert here.board.replies[ring] == message
        assert "Your picture is ready." in here.board.messages[ring].card.content


async def test_a_cancelled_job_leaves_no_fetch_behind(tmp_path: Path) -> None:
    """Its picture is on its way to us when nobody wants it any more."""
    never, asked, left = asyncio.Event(), asyncio.Event(), asyncio.Event()
    painter = FakePainter(
        script=lambda _: [ImageReady(0, "View/0.png"), SamplingStep(1, 0.5), never]
    )

    async def fetch(ref: str) -> bytes:
        asked.set()
        try:
            await never.wait()
        finally:
            left.set()
        return b""

    painter.fetch_image = fetch  # type: ignore[method-assign]  # a server that lets us wait
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask(images=2)
        await asked.wait()
        assert await here.flow.cancellation.cancel_job(job.id, MIA) is None
        await here.says(message, "Cancelled. 2 pictures returned")
        assert left.is_set()
        await here.balanced()


class Noting(FakePainter):
    """A SwarmUI that notes when it is interrupted and when a session goes back to the pool."""

    def __init__(self, *events: SwarmEvent) -> None:
        super().__init__(script=lambda _: list(events))
        self.order: list[str] = []

    @asynccontextmanager
    async def lease_session(self) -> AsyncIterator[FakeLease]:
        try:
            async with super().lease_session() as lease:
                yield lease
        finally:
            self.order += [*("interrupted" for _ in self.interrupted), "given back"]


async def test_a_stream_that_breaks_on_our_side_is_closed_before_its_session_goes_back(
    tmp_path: Path,
) -> None:
    """The next job of that session would be the one that is interrupted."""
    painter = Noting(
        SamplingStep(0, 0.1), SessionRenewed("another"), SamplingStep(0, 0.2), RequestEnded()
    )
    async with stage(tmp_path, painter=painter) as here:

        async def note_session(job: JobId, session: str) -> None:
            raise StoreError("full")

        here.kit.stores.jobs.update_job_session = note_session  # type: ignore[method-assign]  # a full disk
        here.work()
        await here.ask()

        async def back() -> bool:
            return bool(painter.order)

        await here.until(back)
        assert painter.order[:2] == ["interrupted", "given back"]


async def test_one_task_is_at_a_job_from_its_start_to_its_end(tmp_path: Path) -> None:
    gate = asyncio.Event()
    events: list[SwarmEvent | asyncio.Event] = [SamplingStep(0, 0.5), gate]
    ends: list[SwarmEvent] = [ImageReady(0, "View/0.png"), RequestEnded()]
    painter = FakePainter(script=lambda _: [*events, *ends])
    async with stage(tmp_path, painter=painter) as here:
        worker: Worker = here.flow.worker
        job, _ = await here.ask()
        assert not worker.has_job(job.id)
        here.work()
        running = await here.becomes(job.id, "running")
        worker.resume_job(running)  # somebody is at it already
        gate.set()
        await here.becomes(job.id, "done")

        async def nobody_is_at_it() -> bool:
            return not worker.has_job(job.id)

        await here.until(nobody_is_at_it)
        assert len(painter.drawn) == 1
        await here.balanced()


async def test_no_more_jobs_are_at_swarmui_than_the_host_allows(tmp_path: Path) -> None:
    gate = asyncio.Event()
    painter = FakePainter(script=lambda _: [gate, ImageReady(0, "View/0.png"), RequestEnded()])
    house = HostSettings(max_in_flight=2, running_per_member=None)
    async with stage(tmp_path, painter=painter, house=house) as here:
        jobs = [(await here.ask(f"fox {number}"))[0] for number in range(3)]
        here.work()
        await here.becomes(jobs[1].id, "running")
        for _ in range(200):
            await asyncio.sleep(0)
        assert [here.flow.worker.has_job(job.id) for job in jobs] == [True, True, False]
        gate.set()
        for job in jobs:
            await here.becomes(job.id, "done")


async def test_the_log_line_of_a_reference_has_swarmuis_own_words(tmp_path: Path) -> None:
    """Members read the sentence alone."""
    said = "Request requires model '/srv/x.safetensors' but the backend does not have that model"
    error = causes.MODEL_NOT_THERE.build_error(said)
    async with stage(tmp_path, painter=FakePainter(script=lambda _: [error])) as here:
        here.work()
        with capture_logs() as logs:
            job, message = await here.ask()
            await here.becomes(job.id, "failed")
            await here.says(message, "No backend of the image server has this model.")
        [line] = [one for one in logs if one.get("ref") == "K7Q2" and "said" in one]
        assert line["said"] == said
        assert "/srv" not in here.board.messages[message].card.content
