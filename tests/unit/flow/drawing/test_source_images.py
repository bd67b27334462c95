"""What a wish begins from: a brought picture, a result, somebody else's words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import DrawRequest, GenerationParams
from bot.core.errors import NoPicture, Refused
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.jobs.model import AcceptedJob
from bot.core.limits.quota import LimitScope
from bot.flow.drawing.image_turns import WAITING_MAX
from bot.flow.drawing.requests import DeclinedRequest, RequestResult
from bot.flow.drawing.source_images import (
    UPSCALE_FACTOR,
    VARIATION_STRENGTH,
    VARY_CREATIVITY,
    rebuild_request,
    strip_private_fields,
)
from tests.support.books import BEN, MIA, MODERATOR
from tests.support.flow import FakePainter, Stage, png, stage
from tests.support.limits import LimitDesk
from tests.support.settings import set_fields


class Able(FakePainter):
    """A server with or without the nodes that vary a seed."""

    features: frozenset[str] = frozenset({"variation_seed", "refiners"})

    def get_snapshot(self) -> CatalogSnapshot:
        return replace(super().get_snapshot(), features=self.features)


class Unable(Able):
    features = frozenset({"refiners"})


async def bring(here: Stage, data: bytes, source: str = "interaction:900") -> RequestResult:
    async def read() -> bytes:
        return data

    return await here.flow.requests.submit_with_image(
        DrawRequest(source, "a fox", creativity=0.3), read, MIA
    )


def inputs(folder: Path) -> list[Path]:
    return list((folder / "spool" / "inputs").glob("*"))


def order_of(answer: RequestResult) -> GenerationParams:
    assert isinstance(answer, AcceptedJob), answer
    return answer.job.order


def rule_of(answer: RequestResult) -> str:
    """Why it was declined, or nothing."""
    return answer.rule if isinstance(answer, DeclinedRequest) else ""


async def vary(here: Stage, job: Job, number: int) -> RequestResult:
    """Press *Vary*, each `number` once."""
    return await here.flow.requests.submit_button_action(
        "vary", job.id, MIA, f"interaction:{900 + number}", "1"
    )


async def drawn(here: Stage, **options: int) -> Job:
    job, message = await here.ask(**options)
    await here.becomes(job.id, "done")
    await here.says(message, "seed")
    found = await here.kit.stores.jobs.find_job(job.id)
    assert found is not None
    return found


async def test_a_brought_picture_is_drawn_from_after_a_restart(tmp_path: Path) -> None:
    """The job waits, the process ends, the next one has the picture still."""
    async with stage(tmp_path) as here:
        order = order_of(await bring(here, png(side=40)))
        assert order.creativity == 0.3
        assert (order.image_width, order.image_height) == (40, 40)
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        await here.restart()
        here.work()
        [job] = [JobId(str(row["id"])) for row in await here.books.rows("jobs")]
        await here.becomes(job, "done")
        [image] = painter.begun_from
        assert image is not None
        assert image.startswith(b"\x89PNG")
        await here.balanced()


async def test_a_refused_wish_leaves_no_picture_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.flow.drawing.image_turns.REFUSED_PAUSE_S", 0.0)
    async with stage(tmp_path) as here:
        for data in (b"nonsense", b""):
            answer = await bring(here, data)
            assert isinstance(answer, DeclinedRequest)
            assert "Nothing was charged" in answer.card.content
            assert "a fox" in answer.card.content
        assert inputs(tmp_path) == []
        await bring(here, png(side=40))
        seen_before = await bring(here, png(side=40))
        assert isinstance(seen_before, AcceptedJob)
        assert not seen_before.created
        assert len(inputs(tmp_path)) == 1


async def test_a_wish_that_is_refused_anyway_fetches_nothing(tmp_path: Path) -> None:
    fetched: list[int] = []

    async def read() -> bytes:
        fetched.append(1)
        return png()

    async with stage(tmp_path) as here:
        for wish in (
            DrawRequest("interaction:1", ""),
            DrawRequest("interaction:2", "a fox", steps=9999),
        ):
            assert isinstance(
                await here.flow.requests.submit_with_image(wish, read, MIA), DeclinedRequest
            )
        locked = replace(MIA, missing="Attach Files")
        wish = DrawRequest("interaction:3", "a fox")
        assert isinstance(
            await here.flow.requests.submit_with_image(wish, read, locked), DeclinedRequest
        )
        assert fetched == []


async def test_what_cannot_be_fetched_is_told_with_the_prompt(tmp_path: Path) -> None:
    async def read() -> bytes:
        raise Refused("input.away", "Discord didn't give me that picture.")

    async with stage(tmp_path) as here:
        answer = await here.flow.requests.submit_with_image(
            DrawRequest("interaction:1", "a fox"), read, MIA
        )
        assert isinstance(answer, DeclinedRequest)
        assert answer.card.content.startswith("Discord didn't")
        assert "a fox" in answer.card.content


async def test_a_picture_that_is_gone_is_said_clearly(tmp_path: Path) -> None:
    """To whoever presses Reroll, and as the end of a job that waited too long: returned."""
    async with stage(tmp_path) as here:
        answer = await bring(here, png(side=40))
        assert isinstance(answer, AcceptedJob)
        for path in inputs(tmp_path):
            path.unlink()
        again = await here.flow.requests.submit_button_action(
            "reroll", answer.job.id, MIA, "interaction:5"
        )
        assert isinstance(again, DeclinedRequest)
        assert again.rule == "input.gone"
        assert "Send it again" in again.card.content

        here.work()
        failed = await here.becomes(answer.job.id, "failed")
        assert "Send it again" in failed.reason
        await here.balanced()


async def test_vary_keeps_the_seed_of_its_picture_and_adds_another(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=Able()) as here:
        here.work()
        job = await drawn(here, images=3)
        order = order_of(
            await here.flow.requests.submit_button_action("vary", job.id, MIA, "interaction:5", "3")
        )
        assert (order.seed, order.images) == (job.order.seed + 2, 1)
        assert order.variation == VARIATION_STRENGTH
        assert order.variation_seed is not None
        assert not order.image


async def test_vary_begins_from_the_picture_where_the_server_cannot_vary(tmp_path: Path) -> None:
    """Also for what is varied already; from the server once the spool is empty."""
    painter = Unable()
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job = await drawn(here)
        order = order_of(
            await here.flow.requests.submit_button_action("vary", job.id, MIA, "interaction:5", "1")
        )
        assert order.image
        assert order.creativity == VARY_CREATIVITY
        assert order.variation is None

        await here.kit.spool.delete_job_files(job.id)
        from_there = await here.flow.requests.submit_button_action(
            "vary", job.id, MIA, "interaction:6", "1"
        )
        assert order_of(from_there).image

        def lose(_: str) -> bytes:
            raise NoPicture

        painter.bytes_of = lose
        gone = await here.flow.requests.submit_button_action(
            "vary", job.id, MIA, "interaction:7", "1"
        )
        assert isinstance(gone, DeclinedRequest)
        assert gone.rule == "picture.gone"


async def test_vary_fetches_nothing_for_a_request_that_is_refused(tmp_path: Path) -> None:
    """Presses come one after the other, as many as may wait, and leave nothing behind."""
    painter, fetched = Unable(), list[str]()

    def fetch(ref: str) -> bytes:
        fetched.append(ref)
        return png()

    async with stage(tmp_path, painter=painter) as here:
        worker = here.kit.tasks.spawn_task(here.flow.worker.process_queue(), "worker")
        job = await drawn(here)
        worker.cancel()
        await here.kit.spool.delete_job_files(job.id)
        painter.bytes_of = fetch
        presses = (vary(here, job, number) for number in range(20))
        answers = await asyncio.gather(*presses)
        assert {rule_of(answer) for answer in answers} == {"", "input.busy"}
        refused = await vary(here, job, 20)
        assert rule_of(refused) == "queue.waiting"
        accepted = [answer for answer in answers if isinstance(answer, AcceptedJob)]
        assert len(accepted) == len(fetched) == len(inputs(tmp_path)) == WAITING_MAX


async def test_vary_leaves_no_picture_of_a_request_that_is_refused_meanwhile(
    tmp_path: Path,
) -> None:
    class Slow(Unable):
        async def fetch_image(self, ref: str) -> bytes:
            if await here.books.rows("images"):
                await set_fields(here.flow.guild_settings, MODERATOR, drawing=False)
            return await super().fetch_image(ref)

    async with stage(tmp_path, painter=Slow()) as here:
        here.work()
        job = await drawn(here)
        await here.kit.spool.delete_job_files(job.id)
        assert rule_of(await vary(here, job, 1)) == "off"
        assert inputs(tmp_path) == []


@pytest.mark.parametrize("action", ["reroll", "retry", "upscale"])
async def test_a_refused_button_does_not_even_read_its_picture(
    tmp_path: Path, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[JobId] = []

    async def load(name: JobId) -> bytes:
        read.append(name)
        return png()

    async with stage(tmp_path, painter=Able()) as here:
        answer = await bring(here, png(side=40))
        assert isinstance(answer, AcceptedJob)
        await here.post_card(answer)
        here.work()
        await here.becomes(answer.job.id, "done")
        limits = LimitDesk(here.flow.limits)
        await limits.set_limit(MODERATOR, LimitScope.GUILD, MIA.guild, "the server", {"day": 1})
        monkeypatch.setattr(here.kit.spool, "load_init_image", load)
        refused = await here.flow.requests.submit_button_action(
            action, answer.job.id, MIA, "interaction:5", "1"
        )
        assert rule_of(refused).startswith("quota")
        assert read == []


async def test_vary_begins_from_no_picture_that_a_moderator_deleted(tmp_path: Path) -> None:
    """Even while its file is still there."""
    async with stage(tmp_path, painter=Unable()) as here:
        here.work()
        job = await drawn(here)
        await here.books.books.history.mark_images_removed(job.id)
        await here.kit.spool.delete_job_files(job.id)
        gone = await here.flow.requests.submit_button_action(
            "vary", job.id, MIA, "interaction:5", "1"
        )
        assert isinstance(gone, DeclinedRequest)
        assert gone.rule == "picture.gone"


async def test_upscale_draws_the_same_picture_larger_and_only_once(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=Able()) as here:
        here.work()
        job = await drawn(here, images=2)
        answer = await here.flow.requests.submit_button_action(
            "upscale", job.id, MIA, "interaction:5", "2"
        )
        order = order_of(answer)
        assert (order.seed, order.images, order.upscale) == (job.order.seed + 1, 1, UPSCALE_FACTOR)
        assert isinstance(answer, AcceptedJob)
        await here.post_card(answer)
        await here.becomes(answer.job.id, "done")
        again = await here.flow.requests.submit_button_action(
            "upscale", answer.job.id, MIA, "interaction:6", "1"
        )
        assert isinstance(again, DeclinedRequest)
        assert again.rule == "upscale.again"


@pytest.mark.parametrize("argument", ["0", "2", "99"])
@pytest.mark.parametrize("action", ["vary", "upscale"])
async def test_a_picture_that_never_was_cannot_be_gone_on_from(
    tmp_path: Path, action: str, argument: str
) -> None:
    async with stage(tmp_path, painter=Able()) as here:
        here.work()
        job = await drawn(here)
        answer = await here.flow.requests.submit_button_action(
            action, job.id, MIA, "interaction:5", argument
        )
        assert isinstance(answer, DeclinedRequest)
        assert len(await here.books.rows("jobs")) == 1


@pytest.mark.parametrize("action", ["vary", "upscale"])
async def test_only_its_owner_goes_on_from_a_picture(tmp_path: Path, action: str) -> None:
    async with stage(tmp_path, painter=Able()) as here:
        here.work()
        job = await drawn(here)
        answer = await here.flow.requests.submit_button_action(
            action, job.id, BEN, "interaction:5", "1"
        )
        assert isinstance(answer, DeclinedRequest)
        assert answer.rule == "not-yours"


async def asked(here: Stage, change: Callable[[DrawRequest], DrawRequest]) -> Job:
    answer = await here.flow.requests.submit_request(
        change(DrawRequest("interaction:50", "a fox")), MIA
    )
    assert isinstance(answer, AcceptedJob), answer
    return answer.job


async def test_somebody_elses_words_come_without_their_picture(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=Able()) as here:
        answer = await bring(here, png(side=40))
        assert isinstance(answer, AcceptedJob)
        theirs = order_of(
            await here.flow.requests.submit_button_action(
                "use", answer.job.id, BEN, "interaction:6"
            )
        )
        assert (theirs.prompt, theirs.image, theirs.creativity) == ("a fox", "", None)
        assert (theirs.width, theirs.height) == (1024, 1024)


async def test_edit_keeps_what_its_form_does_not_show(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=Able()) as here:
        job = await asked(here, lambda wish: replace(wish, spoiler=True, private=True, upscale=1.5))
        form = DrawRequest("interaction:60", "a blue fox", steps=30)
        order = order_of(await here.flow.requests.submit_edit_form(job.id, form, MIA))
        assert (order.prompt, order.steps) == ("a blue fox", 30)
        assert (order.spoiler, order.private, order.upscale) == (True, True, 1.5)


async def test_reroll_of_a_private_one_is_private_and_anothers_use_is_not(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job = await asked(here, lambda wish: replace(wish, private=True))
        assert order_of(
            await here.flow.requests.submit_button_action("reroll", job.id, MIA, "interaction:6")
        ).private
        assert not order_of(
            await here.flow.requests.submit_button_action("use", job.id, MIA, "interaction:7")
        ).private


async def test_parameters_of_a_private_one_are_its_requesters(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        private = await asked(here, lambda wish: replace(wish, private=True))
        assert (await here.flow.requests.build_parameters_card(private.id, BEN)).embed is None
        mine = (await here.flow.requests.build_parameters_card(private.id, MIA)).embed
        assert mine is not None
        assert "Prompt: a fox" in mine.body
        elsewhere = replace(MIA, guild=8)
        assert (await here.flow.requests.build_parameters_card(private.id, elsewhere)).embed is None


async def test_a_rebuilt_wish_makes_the_same_order_and_a_stripped_one_is_nobodys(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, painter=Able()) as here:
        job = await asked(
            here, lambda wish: replace(wish, private=True, images=2, steps=9, upscale=1.5)
        )
        wish = rebuild_request(job.order)
        assert (wish.seed, wish.images, wish.steps) == (job.order.seed, 2, 9)
        assert (wish.private, wish.upscale) == (True, 1.5)
        others = strip_private_fields(replace(wish, image="p1", variation=0.3, creativity=0.2))
        kept = replace(wish, images=1, seed=None, private=None, upscale=None)
        assert others == replace(kept, image_width=0, image_height=0)
