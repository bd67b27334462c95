"""A server's switch: what waits is returned, what is drawn ends, and no moment falls between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.core.drawing.request import DrawRequest, GenerationParams
from bot.core.errors import BackendError
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import AcceptedJob
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, SwarmEvent
from bot.core.limits.quota import LimitScope
from bot.flow.jobs.guild_switch import GuildSwitch
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, MODERATOR, NOON
from tests.support.flow import FakePainter, Stage, stage
from tests.support.settings import set_fields

ELSEWHERE = replace(MIA, guild=8, channel=80)


class Slow(FakePainter):
    """Draws until it is let go."""

    def __init__(self) -> None:
        super().__init__(script=self._slowly)
        self.go_on = asyncio.Event()

    def _slowly(self, order: GenerationParams) -> list[SwarmEvent | BackendError | asyncio.Event]:
        return [SamplingStep(0, 0.5), self.go_on, ImageReady(0, "View/0.png"), RequestEnded()]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path, painter=Slow(), house=HostSettings(max_in_flight=1)) as here:
        yield here


async def off(here: Stage) -> None:
    await set_fields(here.flow.guild_settings, MODERATOR, drawing=False)
    await here.kit.tasks.wait_for_tasks(("switching", "delivery"))


@dataclass
class _Between:
    """Stopping, with something that happens in between."""

    cancel_queued_job: Callable[[Job, str], Awaitable[bool]]


def painter(here: Stage) -> Slow:
    assert isinstance(here.painter, Slow)
    return here.painter


async def three(here: Stage) -> tuple[Job, list[tuple[Job, int]]]:
    """One that is being drawn, and two that wait, each with its message."""
    here.work()
    running, _ = await here.ask()
    await here.becomes(running.id, "running")
    return running, [await here.ask(asker=asker, images=2) for asker in (MIA, BEN)]


async def test_what_waits_is_returned_in_words_and_what_is_drawn_ends(here: Stage) -> None:
    """The person reads why, and what they have left; their picture under way comes."""
    running, waiting = await three(here)
    await off(here)
    for job, message in waiting:
        assert await here.state(job.id) == "cancelled"
        content = here.board.messages[message].card.content
        left = 19 if job.requester == MIA.user else 20
        assert content == (
            "Cancelled (drawing was turned off on this server). 2 pictures "
            f"returned, {left} left today.\n```\na fox\n```"
        )
    assert await here.state(running.id) == "running"
    assert painter(here).interrupted == []
    painter(here).go_on.set()
    await here.becomes(running.id, "done")
    await here.balanced()
    assert len(await here.books.rows("charges")) == 1


async def test_what_began_in_that_very_moment_goes_on(here: Stage) -> None:
    """It was waiting when we looked; between the look and the deed a worker took it."""
    job, _ = await here.ask()
    here.work()
    await here.becomes(job.id, "running")
    assert job.state is State.QUEUED  # as it was seen
    assert not await here.flow.cancellation.cancel_queued_job(job, "too late")
    assert await here.state(job.id) == "running"
    painter(here).go_on.set()
    await here.becomes(job.id, "done")
    assert painter(here).interrupted == []


async def test_other_servers_go_on(here: Stage) -> None:
    """It is one server's switch."""
    await three(here)
    theirs, message = await here.ask(asker=ELSEWHERE)
    await off(here)
    assert await here.state(theirs.id) == "queued"
    assert "in line" in here.board.messages[message].card.content
    painter(here).go_on.set()
    await here.becomes(theirs.id, "done")


async def test_on_again_works_at_once_also_by_the_returned_ones_button(here: Stage) -> None:
    """[Draw again] is below what was returned."""
    _, ((job, message), _) = await three(here)
    await off(here)
    (button,) = here.board.messages[message].card.buttons
    assert (button.action, button.label) == ("retry", "Draw again")
    await set_fields(here.flow.guild_settings, MODERATOR, drawing=True)
    again = await here.flow.requests.submit_button_action("retry", job.id, MIA, "interaction:900")
    assert isinstance(again, AcceptedJob)
    assert again.job.order.images == 2


async def test_who_switches_on_again_meanwhile_keeps_what_is_still_there(here: Stage) -> None:
    """A slip of the finger costs nobody their place who has not lost it yet."""
    _, waiting = await three(here)
    stopping, given_back = here.flow.cancellation, []

    async def give_back(job: Job, reason: str) -> bool:
        given_back.append(job.id)
        await set_fields(here.flow.guild_settings, MODERATOR, drawing=True)
        return await type(stopping).cancel_queued_job(stopping, job, reason)

    here.flow.guild_switch._cancellation = _Between(give_back)  # type: ignore[assignment]  # one door of it
    await off(here)
    assert given_back == [waiting[0][0].id]
    assert [await here.state(job.id) for job, _ in waiting] == ["cancelled", "queued"]
    await here.balanced()


async def test_a_death_after_the_choice_leaves_nobody_waiting(tmp_path: Path) -> None:
    """The choice was in the books; the next start does the rest, and says it."""
    async with stage(tmp_path) as before:
        job, message = await before.ask()
        board = before.board
        await before.books.books.settings.update_guild_settings(
            MODERATOR, lambda old: replace(old, drawing=False), NOON
        )
    async with stage(tmp_path, board=board) as after:
        await after.flow.guild_settings.load_settings()
        await after.restart()
        await after.flow.guild_switch.cancel_in_disabled_guilds()
        await after.kit.tasks.wait_for_tasks(("delivery",))
        assert await after.state(job.id) == "cancelled"
        assert "turned off on this server" in board.messages[message].card.content
        assert after.painter.drawn == []
        await after.balanced()


async def test_no_wish_slips_in_while_the_switch_is_turned(tmp_path: Path) -> None:
    """Asked before, at and after the very moment: refused, returned, or drawn; never left over."""
    house = HostSettings(max_in_flight=1)
    async with stage(tmp_path, painter=Slow(), house=house) as here:
        await here.books.books.limits.set_limit(
            MODERATOR, LimitScope.GUILD, 7, {"day": None, "waiting": None}, NOON
        )

        async def ask(number: int) -> bool:
            answer = await here.flow.requests.submit_request(
                DrawRequest(f"interaction:x{number}", "a fox"), MIA
            )
            if isinstance(answer, AcceptedJob):
                here.flow.status.cancel_expectation(answer.job.id)
            return isinstance(answer, AcceptedJob)

        here.work()
        asking: list[asyncio.Task[bool]] = []
        for number in range(40):
            if number == 20:
                await asyncio.wait(asking[:5])
                switch = asyncio.create_task(
                    set_fields(here.flow.guild_settings, MODERATOR, drawing=False)
                )
            if number == 38:
                await switch  # the last two always come after the switch
            asking.append(asyncio.create_task(ask(number)))
            if number % 3 == 0:
                await asyncio.sleep(0)
        answers = await asyncio.gather(*asking)
        await here.kit.tasks.wait_for_tasks(("switching", "delivery"))
        rows = await here.books.rows("jobs")
        assert 0 < answers.count(True) == len(rows) < 40
        assert "queued" not in {row["state"] for row in rows}
        await here.balanced()


async def test_a_switch_returns_what_waits_in_its_server_and_counts_it(here: Stage) -> None:
    switch: GuildSwitch = here.flow.guild_switch
    await here.ask()
    await here.ask(asker=BEN)
    theirs, _ = await here.ask(asker=ELSEWHERE)
    assert await switch.cancel_waiting_jobs(MIA.guild) == 0, "the server still draws"
    await here.books.books.settings.update_guild_settings(
        MODERATOR, lambda old: replace(old, drawing=False), NOON
    )
    await here.flow.guild_settings.load_settings()
    assert await switch.cancel_waiting_jobs(ELSEWHERE.guild) == 0
    assert await switch.cancel_waiting_jobs(MIA.guild) == 2
    assert await switch.cancel_waiting_jobs(MIA.guild) == 0
    assert await here.state(theirs.id) == "queued"
