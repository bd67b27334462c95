"""SwarmUI away and back: what is said, who waits, and how a dead backend is told from bad luck."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

from bot.core.errors import (
    BackendCrashed,
    BackendDown,
    BackendError,
    BackendStalled,
    FileRefused,
    GenerationNotStarted,
    LoginRequired,
    NoBackend,
    RequestRejected,
    WebPage,
)
from bot.core.ids import JobId
from bot.core.jobs.job import Event, Failed
from bot.core.jobs.outage_notices import OutageNotice
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, StatusFrame, SwarmEvent
from bot.core.jobs.status_line import IDLE_STATUS
from bot.flow.jobs.outage import (
    ANNOUNCE_PAUSE_S,
    PROBE_PAUSE_MAX_S,
    PROBE_PAUSE_MIN_S,
    TRIAL_PAUSE_MIN_S,
)
from bot.flow.jobs.outage_alerts import OutageAlerts
from bot.flow.ports import Stores
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA
from tests.support.flow import FakePainter, Hands, Stage, stage

Story: TypeAlias = list[SwarmEvent | BackendError | asyncio.Event]
DREW: Final[Story] = [SamplingStep(0, 0.5), ImageReady(0, "View/0.png"), RequestEnded()]
# Virtual time runs while a picture is drawn in real time: nobody is returned for being late.
PATIENT: Final = HostSettings(outage_wait=timedelta(days=400))


def listening(here: Stage, channel: int = 0) -> tuple[list[str], list[str]]:
    """What is announced, and the lines under the bot's name."""
    said: list[str] = []
    shown: list[str] = []

    async def show(text: str) -> None:
        shown.append(text)

    here.flow.outage._status_line._show = show
    flow, host = here.flow, replace(here.kit.host, log_channel=channel)
    context = replace(here.kit.context, host=host)
    alerts = OutageAlerts(flow.queue, flow.guild_settings, here.kit.ports, context)

    def announce(notice: OutageNotice) -> None:
        said.append(notice.build_text(alerts._count_waiting().total()))
        alerts(notice)

    here.flow.outage._announce = announce
    return said, shown


async def test_down_and_back_are_said_once_each_in_channel_and_presence(tmp_path: Path) -> None:
    painter = FakePainter(down=BackendDown())
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        said, shown = listening(here, channel=777)
        here.work()
        job, message = await here.ask(images=3)
        await here.says(message, "offline")
        for _ in range(100):
            await asyncio.sleep(0)
        assert [text.split("<")[0] for text in said] == ["SwarmUI stopped answering "]
        assert "; 3 pictures are waiting. " in said[0]
        assert shown == ["SwarmUI is offline, pictures are waiting"]
        painter.down = None
        here.hands.let_go()
        await here.becomes(job.id, "done")
        assert len(said) == 2
        assert said[1].startswith("SwarmUI is back after ")

        async def told() -> bool:
            return shown[-1] == IDLE_STATUS

        await here.until(told)
        texts = [
            s.card.content for m, s in here.board.messages.items() if here.board.places[m] == 777
        ]
        assert texts == said


async def test_a_dead_backend_burns_two_jobs_and_the_others_wait(tmp_path: Path) -> None:
    """It goes on saying that it runs, and answers every question."""
    alive = False

    def script(_: object) -> Story:
        return list(DREW) if alive else [StatusFrame(1, 0, 0, 1), BackendCrashed()]

    painter = FakePainter(script=script)
    async with stage(tmp_path, painter=painter, hands=Hands(held=True), house=PATIENT) as here:
        said, _ = listening(here)
        jobs = [(await here.ask(f"fox {n}", replace(MIA, user=200 + n)))[0] for n in range(6)]
        here.work()

        async def is_down() -> bool:
            return here.flow.queue.down_since is not None

        await here.until(is_down)

        async def settled() -> bool:
            return "running" not in [await here.state(job.id) for job in jobs]

        await here.until(settled)
        states = [await here.state(job.id) for job in jobs]
        assert states.count("failed") == 2
        assert states.count("queued") == 4
        assert len(said) == 1
        assert said[0].startswith("SwarmUI fails every picture ")
        drawn = len(painter.drawn)
        alive = True
        here.hands.let_go()
        for job, state in zip(jobs, states, strict=True):
            await here.becomes(job.id, "failed" if state == "failed" else "done")
        assert len(painter.drawn) == drawn + 4
        assert len(said) == 2
        await here.balanced()


async def test_a_trial_lets_one_job_through_at_a_time(tmp_path: Path) -> None:
    at_once = 0
    most = 0
    gate = asyncio.Event()

    def script(_: object) -> Story:
        nonlocal at_once, most
        if here.flow.outage.on_trial:
            at_once += 1
            most = max(most, at_once)
            return [StatusFrame(1, 0, 0, 1), gate, *DREW]
        return list(DREW) if gate.is_set() else [BackendCrashed()]

    painter = FakePainter(script=script)
    async with stage(tmp_path, painter=painter, hands=Hands(held=True), house=PATIENT) as here:
        jobs = [(await here.ask(f"fox {n}", replace(MIA, user=200 + n)))[0] for n in range(6)]
        here.work()

        async def is_down() -> bool:
            return here.flow.queue.down_since is not None

        await here.until(is_down)
        here.hands.let_go()

        async def tries() -> bool:
            """One is tried, and what was under way when the backend broke has ended."""
            if not at_once:  # asked first: from here on one of them runs, and it waits for us
                return False
            states = [await here.state(job.id) for job in jobs]
            return states.count("running") == 1

        await here.until(tries)
        for _ in range(30):  # each look takes its turn behind whatever another job would write
            states = [await here.state(job.id) for job in jobs]
            assert states.count("running") == 1
        assert most == 1, "the others wait for its verdict"
        gate.set()

        async def over() -> bool:
            return here.flow.queue.down_since is None

        await here.until(over)


async def test_a_backend_that_never_comes_back_returns_everybody(tmp_path: Path) -> None:
    painter = FakePainter(script=lambda _: [StatusFrame(1, 0, 0, 1), BackendCrashed()])
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        jobs = [(await here.ask(f"fox {n}", replace(MIA, user=200 + n)))[0] for n in range(12)]
        here.work()

        async def is_down() -> bool:
            return here.flow.queue.down_since is not None

        await here.until(is_down)
        here.hands.let_go()
        for job in jobs:
            await here.becomes(job.id, "failed")
        assert len(painter.drawn) <= 16, "it is tried now and then, not all the time"
        assert await here.books.rows("holds") == []
        await here.balanced()


async def test_refusals_of_the_server_are_said_and_open_nothing(tmp_path: Path) -> None:
    error: BackendError = RequestRejected("The GPU ran out of memory.")
    async with stage(tmp_path, painter=FakePainter(script=lambda _: [error])) as here:
        here.work()
        for n in range(4):
            job, message = await here.ask(f"fox {n}")
            await here.becomes(job.id, "failed")
            await here.says(
                message,
                (
                    "The GPU ran out of memory. 1 picture returned, 20 left today. Try a "
                    "smaller size."
                ),
            )
        assert len(here.painter.drawn) == 4, "a refusal is not asked for again"
        assert here.flow.queue.down_since is None


async def test_silence_is_tried_once_more_and_is_no_outage(tmp_path: Path) -> None:
    stories: list[Story] = [list(DREW), [StatusFrame(1, 0, 0, 1), BackendStalled()]]
    painter = FakePainter(script=lambda _: stories.pop())
    async with stage(tmp_path, painter=painter) as here:
        said, _ = listening(here)
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "done")
        assert len(painter.drawn) == 2
        assert said == []


async def test_a_login_that_ran_out_keeps_places(tmp_path: Path) -> None:
    painter = FakePainter(script=lambda _: [LoginRequired()])
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "requires a login that I don't have. Its host has to fix this.")
        painter.script = lambda _: list(DREW)
        here.hands.let_go()
        await here.becomes(job.id, "done")
        await here.balanced()


def without_backend(status: str) -> FakePainter:
    """A server that answers every question, and whose backends draw nothing."""
    return FakePainter(
        script=lambda _: [StatusFrame(1, 0, 1, 0), NoBackend()], backend_status=status
    )


async def test_without_a_backend_places_are_kept_and_nothing_flaps(tmp_path: Path) -> None:
    """Each look finds a server that answers; only a picture or another status is "back"."""
    painter = without_backend("errored")
    async with stage(tmp_path, painter=painter, house=PATIENT) as here:
        said, _ = listening(here)
        jobs = [(await here.ask(f"fox {n}", replace(MIA, user=200 + n)))[0] for n in range(3)]
        here.work()

        async def tried_often() -> bool:
            return len(painter.drawn) >= 8

        await here.until(tried_often)
        assert [text.split("<")[0] for text in said] == ["SwarmUI lost its backends "]
        for job in jobs:
            assert await here.state(job.id) in ("queued", "running")
        painter.script = lambda _: list(DREW)
        for job in jobs:
            await here.becomes(job.id, "done")
        assert len(said) == 2, "errored also stands while another backend draws"
        await here.balanced()


async def test_a_backend_that_runs_again_is_noticed_without_a_trial(tmp_path: Path) -> None:
    painter = without_backend("errored")
    async with stage(tmp_path, painter=painter, hands=Hands(held=True), house=PATIENT) as here:
        said, _ = listening(here)
        here.work()
        job, message = await here.ask()
        await here.says(message, "has no backend running. Nothing was charged.")
        painter.backend_status = "loading"
        painter.script = lambda _: list(DREW)
        here.hands.held = False
        began = here.hands.now
        painter.backend_status = "running"
        here.hands.let_go()
        await here.becomes(job.id, "done")
        assert here.hands.now - began < timedelta(seconds=TRIAL_PAUSE_MIN_S)
        assert len(said) == 2


async def test_a_trial_costs_no_attempt(tmp_path: Path) -> None:
    """Whoever has one attempt left keeps the place until the server draws again."""
    painter = FakePainter(script=lambda _: [StatusFrame(1, 0, 0, 1), BackendCrashed()])
    async with stage(tmp_path, painter=painter, house=PATIENT) as here:
        jobs = [(await here.ask(f"fox {n}", replace(MIA, user=200 + n)))[0] for n in range(4)]
        here.work()

        async def tried_often() -> bool:
            return len(painter.drawn) >= 12

        await here.until(tried_often)
        states = [await here.state(job.id) for job in jobs]
        assert states.count("failed") == 2
        painter.script = lambda _: list(DREW)
        for job, state in zip(jobs, states, strict=True):
            await here.becomes(job.id, "failed" if state == "failed" else "done")
        await here.balanced()


async def test_a_server_that_is_busy_with_others_breaks_nothing(tmp_path: Path) -> None:
    """Three orders in a row that it did not begin: no outage, and each is tried twice."""
    painter = FakePainter(script=lambda _: [StatusFrame(1, 0, 0, 1), GenerationNotStarted()])
    async with stage(tmp_path, painter=painter) as here:
        said, _ = listening(here)
        here.work()
        for number in range(4):
            job, message = await here.ask(f"fox {number}", replace(MIA, user=200 + number))
            await here.becomes(job.id, "failed")
            await here.says(message, "busy with something else")
        assert said == []
        assert len(painter.drawn) == 8


async def test_a_page_instead_of_the_api_keeps_places(tmp_path: Path) -> None:
    """A proxy's page, with 200: the server behind it starts again."""
    painter = FakePainter(down=WebPage())
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "offline")
        assert await here.state(job.id) == "queued"
        painter.down = None
        here.hands.let_go()
        await here.becomes(job.id, "done")


async def test_back_while_the_late_are_returned_it_keeps_the_others(tmp_path: Path) -> None:
    """The first was too late; while that is written, SwarmUI is back."""

    class Slow:
        def __init__(self, jobs: Any) -> None:
            self._jobs = jobs

        def __getattr__(self, name: str) -> Any:
            return getattr(self._jobs, name)

        async def apply_job_event(self, job: JobId, event: Event, now: datetime) -> Any:
            moved = await self._jobs.apply_job_event(job, event, now)
            if isinstance(event, Failed):
                await here.flow.outage._end_outage()
            return moved

    def around(stores: Stores) -> Stores:
        jobs: Any = Slow(stores.jobs)
        return replace(stores, jobs=jobs)

    async with stage(tmp_path, painter=FakePainter(down=BackendDown()), around=around) as here:
        first, _ = await here.ask("one")
        second, _ = await here.ask("two", BEN)
        await here.flow.outage.begin_outage(BackendDown())
        here.hands.now += here.kit.host.outage_wait
        await here.flow.outage._fail_expired_jobs()
        assert [await here.state(job.id) for job in (first, second)] == ["failed", "queued"]


async def test_a_server_that_stays_away_is_asked_less_and_less_often(tmp_path: Path) -> None:
    """As long as it is away, and never more seldom than the longest pause says."""
    pauses: list[float] = []
    enough = asyncio.Event()

    class Counted(Hands):
        async def sleep(self, seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 10:
                enough.set()
            await super().sleep(seconds)

    painter = FakePainter(down=BackendDown())
    async with stage(tmp_path, painter=painter, hands=Counted()) as here:
        watching = here.kit.tasks.spawn_task(here.flow.outage.watch_backend(), "outage")
        await here.flow.outage.begin_outage(BackendDown())
        await asyncio.wait_for(enough.wait(), 60)
        watching.cancel()
    assert pauses[0] == PROBE_PAUSE_MIN_S
    assert pauses == sorted(pauses)
    assert pauses[9] == PROBE_PAUSE_MAX_S


async def test_the_same_cause_is_announced_once_in_ten_minutes(tmp_path: Path) -> None:
    """Another cause is news. What lasts beyond the ten minutes is announced after all."""
    async with stage(tmp_path, painter=FakePainter(down=BackendDown())) as here:
        said, shown = listening(here)
        outage = here.flow.outage
        for _ in range(3):
            await outage.begin_outage(BackendDown())
            await outage._end_outage()
            here.hands.now += timedelta(minutes=3)
        assert [text.split(" <")[0].split(" after")[0] for text in said] == [
            "SwarmUI stopped answering",
            "SwarmUI is back",
        ]
        await outage.begin_outage(LoginRequired())
        await outage._end_outage()
        assert said[2].startswith("SwarmUI became unusable ")
        await outage.begin_outage(BackendDown())
        assert len(said) == 4
        here.hands.now += timedelta(seconds=ANNOUNCE_PAUSE_S)
        outage._announce_outage()
        assert said[4].startswith("SwarmUI stopped answering ")
        await outage._end_outage()
        assert said[5].startswith("SwarmUI is back after ")
        await here.kit.tasks.wait_for_tasks(("status line",))
        assert shown[0] != IDLE_STATUS
        assert shown[-1] == IDLE_STATUS


async def test_files_that_are_refused_stop_nobody_and_are_fetched_later(tmp_path: Path) -> None:
    """Half an hour long, and announced three times at most."""

    class Refusing(FakePainter):
        refuses = True

        async def fetch_image(self, ref: str) -> bytes:
            if self.refuses:
                raise FileRefused
            return await super().fetch_image(ref)

    painter = Refusing()
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        said, _ = listening(here)
        here.work()
        jobs = [await here.ask(f"fox {n}", replace(MIA, user=200 + n)) for n in range(4)]
        for _, message in jobs:
            await here.says(message, "doesn't hand the file out. Nothing was charged.")
        assert here.flow.queue.down_since is None
        assert len(said) == 1
        painter.refuses = False
        here.hands.let_go()
        for job, _ in jobs:
            await here.becomes(job.id, "done")
        assert len(painter.drawn) == 4
        assert painter.interrupted == []
        await here.balanced()


async def test_a_file_that_stays_refused_ends_with_the_true_sentence(tmp_path: Path) -> None:
    class Refusing(FakePainter):
        async def fetch_image(self, ref: str) -> bytes:
            raise FileRefused

    async with stage(tmp_path, painter=Refusing()) as here:
        here.work()
        job, message = await here.ask()
        await here.becomes(job.id, "failed")
        await here.says(message, "doesn't hand the file out. 1 picture returned")
        await here.balanced()


async def test_a_drawing_that_alone_is_refused_does_not_circle(tmp_path: Path) -> None:
    """A proxy lets everything pass but the drawing: each look finds the server well."""
    painter = FakePainter(script=lambda _: [LoginRequired()])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        await here.becomes(job.id, "failed")
        assert len(painter.drawn) == 2
        await here.says(message, "1 picture returned")
        await here.balanced()
