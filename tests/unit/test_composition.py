"""The flow as it is wired: its parts know each other, and its ports are the ones given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from bot.composition import Flow, build_flow
from bot.core.drawing.request import DrawRequest, GenerationParams
from bot.core.errors import BackendDown
from bot.core.jobs.model import AcceptedJob
from bot.core.jobs.status_line import describe_status
from bot.core.moderation.verdict import ClassifierVerdict
from bot.flow.drawing.requests import DeclinedRequest
from tests.support.books import MIA, MODERATOR
from tests.support.flow import Stage, stage
from tests.support.settings import set_fields


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as here:
        yield here


def test_every_part_of_a_flow_is_built(here: Stage) -> None:
    assert [one.name for one in fields(Flow) if getattr(here.flow, one.name) is None] == []


async def test_all_parts_see_one_line_of_jobs(here: Stage) -> None:
    job, _ = await here.ask()
    await here.flow.queue.refresh_jobs()
    assert [one.id for one in here.flow.queue.living_jobs] == [job.id]
    assert (await here.flow.info.queue_card(MIA)).buttons[0].target == job.id
    await here.flow.cancellation.cancel_own_jobs(MIA)
    assert here.flow.queue.living_jobs == ()


async def test_an_outage_is_shown_in_the_status_line(here: Stage) -> None:
    shown: list[str] = []

    async def show(text: str) -> None:
        shown.append(text)

    flow = build_flow(here.kit.ports, here.kit.context, show)
    await flow.outage.begin_outage(BackendDown())
    await here.kit.tasks.wait_for_tasks(("status line",))
    assert shown == [describe_status(BackendDown())]
    assert flow.queue.down_since == here.hands.now
    assert here.flow.queue.down_since is None, "the flow beside it has heard nothing"
    quiet = build_flow(here.kit.ports, here.kit.context)
    await quiet.outage.begin_outage(BackendDown())
    await here.kit.tasks.wait_for_tasks(("status line",))
    assert len(shown) == 1


async def test_a_server_that_is_switched_off_empties_its_line(here: Stage) -> None:
    job, _ = await here.ask()
    await set_fields(here.flow.guild_settings, MODERATOR, drawing=False)
    await here.becomes(job.id, "cancelled")


@pytest.mark.parametrize("verdict", [ClassifierVerdict.ALLOWED, ClassifierVerdict.REJECTED])
async def test_the_words_of_a_wish_go_to_the_hosts_classifier(
    here: Stage, verdict: ClassifierVerdict
) -> None:
    heard: list[str] = []

    class Judge:
        async def classify_prompt(self, order: GenerationParams) -> ClassifierVerdict:
            heard.append(order.prompt)
            return verdict

        async def classify_image(self, data: bytes, *, age_restricted: bool) -> ClassifierVerdict:
            return verdict

    flow = replace(here.kit, classifier=Judge()).build_flow()
    answer = await flow.requests.submit_request(DrawRequest("interaction:1", "a fox"), MIA)
    assert heard == ["a fox"]
    allowed = verdict is ClassifierVerdict.ALLOWED
    assert isinstance(answer, AcceptedJob if allowed else DeclinedRequest)
