"""The desk and its buttons: who may, in which server, and what a refusal leaves behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.drawing.request import DrawRequest
from bot.core.errors import Refused
from bot.core.ids import JobId
from bot.core.jobs.model import AcceptedJob
from bot.core.limits.quota import LimitScope
from bot.flow.drawing.requests import DeclinedRequest
from tests.support.books import BEN, MIA, MODERATOR, job_id
from tests.support.flow import stage
from tests.support.limits import LimitDesk

ELSEWHERE = replace(MIA, guild=8)


async def test_only_the_owner_gets_and_sends_the_form(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask("a fox")
        desk = here.flow.requests
        mine = await desk.load_edit_form(job.id, MIA)
        assert isinstance(mine, DrawRequest)
        assert (mine.prompt, mine.seed) == ("a fox", 42)
        for other in (BEN, MODERATOR):
            theirs = await desk.load_edit_form(job.id, other)
            assert isinstance(theirs, DeclinedRequest)
            assert theirs.rule == "not-yours"
            sent = await desk.submit_edit_form(
                job.id, DrawRequest("interaction:77", "an owl"), other
            )
            assert isinstance(sent, DeclinedRequest)
        assert len(await here.books.rows("jobs")) == 1


@pytest.mark.parametrize("action", ["reroll", "retry", "use", "draw"])
async def test_a_job_of_another_server_is_unknown_here(tmp_path: Path, action: str) -> None:
    """A forged custom_id gets nothing, not even whose it is."""
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        answer = await here.flow.requests.submit_button_action(
            action, job.id, ELSEWHERE, "interaction:9"
        )
        assert isinstance(answer, DeclinedRequest)
        assert answer.rule == "unknown"
        assert isinstance(
            await here.flow.requests.load_edit_form(job.id, ELSEWHERE), DeclinedRequest
        )
        stopping = here.flow.cancellation
        assert await stopping.cancel_job(job.id, ELSEWHERE) is not None
        assert await stopping.delete_result(job.id, ELSEWHERE, message, 70) is not None
        assert await here.state(job.id) == "queued"
        assert message in here.board.messages


@pytest.mark.parametrize("action", ["reroll", "retry", "use", "draw"])
async def test_an_unknown_id_is_a_clear_sentence(tmp_path: Path, action: str) -> None:
    async with stage(tmp_path) as here:
        answer = await here.flow.requests.submit_button_action(
            action, job_id(999), MIA, "interaction:9"
        )
        assert isinstance(answer, DeclinedRequest)
        assert "/imagine" in answer.card.content


async def test_reroll_takes_another_seed_and_retry_the_same(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask("a fox", seed=7)
        retried = await here.flow.requests.submit_button_action(
            "retry", job.id, MIA, "interaction:8"
        )
        rerolled = await here.flow.requests.submit_button_action(
            "reroll", job.id, MIA, "interaction:9"
        )
        assert isinstance(retried, AcceptedJob)
        assert isinstance(rerolled, AcceptedJob)
        assert retried.job.order == job.order
        assert rerolled.job.order == replace(job.order, seed=42)


async def test_using_anothers_prompt_makes_one_picture_of_ones_own(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask("a fox", images=4, seed=7)
        used = await here.flow.requests.submit_button_action("use", job.id, BEN, "interaction:9")
        assert isinstance(used, AcceptedJob)
        assert used.job.requester == BEN.user
        assert (used.job.order.images, used.job.order.seed) == (1, 42)
        assert used.job.order.prompt == "a fox"


async def test_what_is_left_can_be_drawn_from_a_refusal(tmp_path: Path) -> None:
    """You asked for 4 pictures but have 2 left today: [Draw 2]."""
    async with stage(tmp_path) as here:
        numbers = {"day": 2}
        await LimitDesk(here.flow.limits).set_limit(
            MODERATOR, LimitScope.GUILD, MIA.guild, "the server", numbers
        )
        refused = await here.flow.requests.submit_request(
            DrawRequest("interaction:5", "a fox", images=4), MIA
        )
        assert isinstance(refused, DeclinedRequest)
        assert refused.card.content.startswith("You asked for 4 pictures but have 2 left today.")
        [button] = [b for b in refused.card.buttons if b.action.startswith("draw")]
        assert button.label == "Draw 2"
        action, argument, target = button.custom_id.split(":")
        stranger = await here.flow.requests.submit_button_action(
            action, job_id(0), BEN, "interaction:6", argument
        )
        assert isinstance(stranger, DeclinedRequest)
        drawn = await here.flow.requests.submit_button_action(
            action,
            JobId(target),
            MIA,
            "interaction:7",
            argument,
        )
        assert isinstance(drawn, AcceptedJob)
        assert drawn.job.order.images == 2
        other = await here.flow.requests.submit_button_action(
            action, drawn.job.id, BEN, "interaction:8", "1"
        )
        assert isinstance(other, DeclinedRequest)


async def test_the_same_source_is_the_same_job(tmp_path: Path) -> None:
    """A gateway that resumes may tell an event twice."""
    async with stage(tmp_path) as here:
        first = await here.flow.requests.submit_request(DrawRequest("message:1", "a fox"), MIA)
        again = await here.flow.requests.submit_request(DrawRequest("message:1", "a fox"), MIA)
        assert isinstance(first, AcceptedJob)
        assert isinstance(again, AcceptedJob)
        assert (again.job.id, again.created) == (first.job.id, False)
        assert len(await here.books.rows("holds")) == 1


async def test_an_edit_goes_through_every_check(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask("a fox")
        desk = here.flow.requests
        for number, prompt in enumerate(["", "<lora:x>", "x" * 2001]):
            answer = await desk.submit_edit_form(
                job.id, DrawRequest(f"interaction:{number}0", prompt), MIA
            )
            assert isinstance(answer, DeclinedRequest)
        tagged = await desk.submit_edit_form(
            job.id, DrawRequest("interaction:99", "an owl <lora:x>"), MIA
        )
        assert isinstance(tagged, AcceptedJob)
        assert tagged.job.order.prompt == "an owl"


async def test_what_the_form_leaves_empty_is_the_usual(tmp_path: Path) -> None:
    """Also after a refusal: a form that leads back to the same refusal is a dead end."""
    async with stage(tmp_path) as here:
        asked = DrawRequest("interaction:5", "a fox", steps=99, aspect="16:9", images=2)
        refused = await here.flow.requests.submit_request(asked, MIA)
        assert isinstance(refused, DeclinedRequest)
        [button] = refused.card.buttons
        assert button.action == "edit"
        form = DrawRequest("interaction:6", "a fox")
        drawn = await here.flow.requests.submit_edit_form(JobId(button.target), form, MIA)
        assert isinstance(drawn, AcceptedJob)
        assert (drawn.job.order.steps, drawn.job.order.aspect) == (20, "1:1")
        assert drawn.job.order.images == 2


async def test_too_many_pictures_are_offered_as_fewer(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        refused = await here.flow.requests.submit_request(
            DrawRequest("interaction:5", "a fox", images=99), MIA
        )
        assert isinstance(refused, DeclinedRequest)
        [button] = refused.card.buttons
        assert button.label == "Draw 4"
        target = JobId(button.target)
        drawn = await here.flow.requests.submit_button_action(
            "draw", target, MIA, "interaction:6", "4"
        )
        assert isinstance(drawn, AcceptedJob)
        assert drawn.job.order.images == 4


async def test_what_could_not_be_read_of_a_form_does_not_lose_the_rest(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask("a fox", images=3)
        form = DrawRequest("interaction:6", "an owl", negative="rain")
        trouble = Refused("form.number", "Seed must be a whole number.", offers=(("edit", "Edit"),))
        refused = await here.flow.requests.submit_edit_form(job.id, form, MIA, trouble)
        assert isinstance(refused, DeclinedRequest)
        [button] = refused.card.buttons
        kept = await here.flow.requests.load_edit_form(JobId(button.target), MIA)
        assert isinstance(kept, DrawRequest)
        assert (kept.prompt, kept.negative, kept.images) == ("an owl", "rain", 3)


async def test_a_refused_wish_does_not_take_the_name_of_who_presses(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        refused = await here.flow.requests.submit_request(DrawRequest("message:5", "<lora:x>"), BEN)
        assert isinstance(refused, DeclinedRequest)
        [button] = refused.card.buttons
        theirs = await here.flow.requests.load_edit_form(JobId(button.target), MIA)
        assert isinstance(theirs, DeclinedRequest)
        assert MIA.name not in theirs.card.content
