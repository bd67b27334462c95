"""Videos and sounds on their way to people: as they came, or returned with a clear word."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.jobs.upload_limits import PERSON_LIMIT, REQUEST_LIMIT
from tests.support.flow import FakeBoard, FakePainter, stage
from tests.unit.adapters.pictures.test_media import WHOLE, mp4


@pytest.mark.parametrize(("kind", "word"), [("mp4", "a video made"), ("mp3", "a sound made")])
async def test_it_comes_as_it_is_and_says_what_it_is(kind: str, word: str, tmp_path: Path) -> None:
    painter = FakePainter(bytes_of=lambda _: WHOLE[kind])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        await here.becomes(job.id, "done")
        (file,) = (await here.says(message, "a fox")).files
        assert (file.name, file.data) == (f"swarmbot-{job.id}-1.{kind}", WHOLE[kind])
        assert word in file.alt_text
        await here.balanced()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (mp4(frames=bytes(PERSON_LIMIT)), "The limit for videos and sounds is 10 MB"),
        (WHOLE["webm"][:200], "incomplete"),
        (b"<html>a grid</html>", "isn't a picture"),
    ],
    ids=["too large", "torn", "a page"],
)
async def test_what_cannot_be_shown_is_returned(data: bytes, word: str, tmp_path: Path) -> None:
    painter = FakePainter(bytes_of=lambda _: data)
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        shown = await here.says(message, "1 picture returned")
        assert word in shown.card.content
        await here.becomes(job.id, "failed")
        await here.balanced()


async def test_a_film_may_be_as_large_as_the_server_takes(tmp_path: Path) -> None:
    """Of a boosted server's 50 MB, up to what one request to Discord holds."""
    for size, comes in ((PERSON_LIMIT + 99, True), (REQUEST_LIMIT, False)):
        film = mp4(frames=bytes(size))
        board = FakeBoard(limit=50 * 1024**2)
        painter = FakePainter(bytes_of=lambda _, film=film: film)  # type: ignore[misc]
        folder = tmp_path / str(size)
        folder.mkdir()
        async with stage(folder, board=board, painter=painter) as here:
            here.work()
            job, message = await here.ask(upload_limit=50 * 1024**2)
            if comes:
                await here.becomes(job.id, "done")
                (file,) = (await here.says(message, "a fox")).files
                assert file.data == film
            else:
                shown = await here.says(message, "1 picture returned")
                assert "The limit for videos and sounds is 24 MB here." in shown.card.content
            await here.balanced()
