"""Which picture of several a file is: told by the seed in it, wherever it was found."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo

from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendDown, BackendError, BadPicture, NoPicture, RequestRejected
from bot.core.jobs.job import Job
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep
from bot.flow.drawing.requests import DeclinedRequest
from bot.flow.jobs.image_fetcher import ImageFetcher, ImageNumbers, fetch_numbered
from tests.support.books import MIA
from tests.support.flow import FakePainter, Stage, png, stage
from tests.unit.core.make import an_order


def seeded(seed: int, **more: Any) -> bytes:
    """A small picture that SwarmUI drew with this seed."""
    info, out = PngInfo(), io.BytesIO()
    info.add_text("parameters", json.dumps({"sui_image_params": {"seed": seed, **more}}))
    Picture.new("RGB", (64, 64), (seed % 256, 0, 0)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def by_name(ref: str) -> bytes:
    """Files of an order with seed 42 whose name is the index that they were drawn with."""
    return seeded(42 + int(Path(ref).stem))


def script_of(*events: Any) -> FakePainter:
    return FakePainter(script=lambda order: list(events), bytes_of=by_name)


async def finish(here: Stage, job: Job) -> None:
    async def is_over() -> bool:
        return not here.flow.delivery._in_progress

    await here.becomes(job.id, "done")
    await here.until(is_over)


async def check_shown(here: Stage, job: Job, message: int, *indices: int) -> None:
    """Card, buttons, files and history name the pictures that came, and draw those again."""
    shown = here.board.messages[message]
    seeds = [42 + index for index in indices]
    text = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]}\u2013{seeds[-1]}"
    assert f"· {text} ·" in shown.card.content
    numbers = [str(index + 1) for index in indices]
    upscales = [one.argument for one in shown.card.buttons if one.action == "upscale"]
    assert upscales == numbers
    assert [Path(one.name).stem.rpartition("-")[2] for one in shown.files] == numbers
    stored = await here.books.books.history.list_job_images(job.id)
    assert [(one.index, one.seed) for one in stored] == list(zip(indices, seeds, strict=True))
    assert [Path(one.path).stem for one in stored] == [str(index) for index in indices]
    for file in await here.kit.spool.list_spooled_files(job.id):
        assert file.path.read_bytes() == seeded(42 + file.index)


async def press(here: Stage, job: Job, action: str, number: str) -> GenerationParams | None:
    source = f"interaction:{next(here.books.numbers)}"
    answer = await here.flow.requests.submit_button_action(action, job.id, MIA, source, number)
    return None if isinstance(answer, DeclinedRequest) else answer.job.order


OUT_OF_MEMORY = RequestRejected("The GPU ran out of memory.")


@pytest.mark.parametrize("error", [OUT_OF_MEMORY, RequestEnded()])
async def test_only_the_second_of_two_came(tmp_path: Path, error: BackendError) -> None:
    painter = script_of(
        SamplingStep(0, 0.5), SamplingStep(1, 0.5), ImageReady(1, "View/1.png"), error
    )
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask(images=2)
        await finish(here, job)
        await check_shown(here, job, message, 1)
        again = await press(here, job, "upscale", "2")
        assert again is not None
        assert (again.seed, again.images) == (43, 1)
        older = await press(here, job, "upscale", "1")  # a card of an earlier release
        assert older is not None
        assert older.seed == 43
        assert await press(here, job, "vary", "3") is None


async def test_the_first_of_three_is_missing_and_its_button_draws_nothing(tmp_path: Path) -> None:
    painter = script_of(ImageReady(1, "View/1.png"), ImageReady(2, "View/2.png"), OUT_OF_MEMORY)
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask(images=3)
        await finish(here, job)
        await check_shown(here, job, message, 1, 2)
        third = await press(here, job, "upscale", "3")
        assert third is not None
        assert third.seed == 44
        assert await press(here, job, "upscale", "1") is None


async def test_over_http_the_second_was_ready_first(tmp_path: Path) -> None:
    """There are no indices: the order is that in which they were finished."""
    painter = script_of(ImageReady(0, "View/1.png"), ImageReady(1, "View/0.png"), RequestEnded())
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask(images=2)
        await finish(here, job)
        await check_shown(here, job, message, 0, 1)


@pytest.mark.parametrize(
    ("saved", "indices"), [(("1", "0"), (0, 1)), (("1",), (1,)), (("2", "1"), (1, 2))]
)
async def test_after_a_recovery(
    tmp_path: Path, saved: tuple[str, ...], indices: tuple[int, ...]
) -> None:
    painter = script_of(SamplingStep(0, 0.5), BackendDown())
    async with stage(tmp_path, painter=painter) as here:
        job, message = await here.ask(images=3 if 2 in indices else 2)
        await here.books.run(job.id)
        found = await here.kit.stores.jobs.find_job(job.id)
        assert found is not None
        painter.saved[found.folder] = [f"View/{name}.png" for name in saved]
        here.flow.worker.resume_job(found)
        await finish(here, job)
        await check_shown(here, job, message, *indices)


async def test_resend_and_vary_find_the_picture_after_the_spool_is_empty(tmp_path: Path) -> None:
    """Paths are unknown, as of a data URL: the folder is listed in the order of finishing."""
    painter = script_of(ImageReady(0, "data:0"), ImageReady(1, "data:1"), RequestEnded())
    painter.bytes_of = lambda ref: seeded(42 + int(ref.removeprefix("data:").rstrip(".png")[-1]))
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, _ = await here.ask(images=2)
        await finish(here, job)
        await here.kit.spool.delete_job_files(job.id)
        found = await here.kit.stores.jobs.find_job(job.id)
        assert found is not None
        painter.saved[found.folder] = ["View/1.png", "View/0.png"]
        sent: dict[str, bytes] = {}

        async def send(content: Any) -> None:
            sent.update({file.name: file.data for file in content.files})

        assert await here.flow.history.resend_files(MIA, job.id, 2**20, send) is None
        assert [Path(name).stem.rpartition("-")[2] for name in sent] == ["1", "2"]
        assert list(sent.values()) == [seeded(42), seeded(43)]
        varied = await press(here, job, "vary", "2")
        assert varied is not None
        begun = await here.kit.spool.load_init_image(varied.image)  # type: ignore[arg-type]  # an id
        assert begun is not None
        assert Picture.open(io.BytesIO(begun)).convert("RGB").getpixel((0, 0)) == (43, 0, 0)


class Readings:
    """A spool that reads nothing out of what is no picture."""

    async def read_metadata(self, data: bytes) -> dict[str, str]:
        if not data.startswith(b"\x89PNG"):
            raise BadPicture
        with Picture.open(io.BytesIO(data)) as image:
            return {key: str(value) for key, value in image.info.items()}


@pytest.mark.parametrize(
    ("data", "taken"),
    [
        ([seeded(44), seeded(42), seeded(43)], [2, 0, 1]),
        ([png(), png(), png()], [0, 1, 2]),
        ([b"a film", b"another"], [0, 1]),
        ([seeded(7), seeded(43)], [0, 1]),
        ([png(), seeded(42), png()], [0, 1, 2]),  # none is lost, whatever they say
        ([seeded(43), seeded(43), seeded(43), seeded(43)], [1, 2, 0, 3]),
    ],
)
async def test_each_file_gets_a_number_of_its_own(data: list[bytes], taken: list[int]) -> None:
    numbers = ImageNumbers(Readings(), an_order(images=3))  # type: ignore[arg-type]  # it only reads
    assert [await numbers.take_index(one, place) for place, one in enumerate(data)] == taken


async def test_a_variation_is_known_by_its_own_seed() -> None:
    order = an_order(images=3, variation_seed=9, variation=0.2)
    numbers = ImageNumbers(Readings(), order)  # type: ignore[arg-type]  # it only reads
    files = [seeded(42, variationseed=seed) for seed in (11, 9, 10)]
    assert [await numbers.take_index(one, place) for place, one in enumerate(files)] == [2, 0, 1]


async def test_what_cannot_be_fetched_is_left_out(tmp_path: Path) -> None:
    def fetch(ref: str) -> bytes:
        if ref == "View/0.png":
            raise NoPicture
        return by_name(ref) if ref != "View/2.png" else b"a page"

    painter = FakePainter(bytes_of=fetch)
    async with stage(tmp_path, painter=painter) as here:
        job, _ = await here.ask(images=3)
        refs = ["View/2.png", "View/1.png", "View/0.png"]
        spool = here.kit.spool
        assert set(await fetch_numbered(painter, spool, job.order, refs)) == {0, 1}
        told: dict[int, str] = {}
        ports = here.kit.ports
        fetcher = ImageFetcher(job, lambda _, index, ref: told.update({index: ref}), ports)
        await fetcher.replace_images(refs)
        assert [one.index for one in await spool.list_spooled_files(job.id)] == [1]
        assert told[1] == "View/1.png"
