"""The files of a finished job once more: whole, in several messages, or in parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import FilesTooLarge, MissingPermission
from bot.core.history import cards as history_cards
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.jobs.model import SpooledFile
from bot.core.ui.card import MessageContent
from bot.flow.jobs import resend
from bot.flow.jobs.resend import split_batches
from tests.support.books import MIA
from tests.support.flow import FakeBoard, FakePainter, Stage, noise, stage
from tests.unit.adapters.pictures.test_media import moving, mp4
from tests.unit.flow.test_history import Box, drawn

MIB = 1024 * 1024


async def sent_again(here: Stage, job: Job, limit: int) -> list[MessageContent]:
    """What comes after a press of Resend."""
    box = Box()
    assert await here.flow.history.resend_files(MIA, job.id, limit, box.put) is None
    assert all(len(file.data) <= limit for shown in box.sent for file in shown.files)
    return box.sent


def join_parts(sent: list[MessageContent]) -> bytes:
    """Join files by name, as the message says."""
    files = {file.name: file.data for shown in sent for file in shown.files}
    return b"".join(data for name, data in sorted(files.items()) if name[-3:].isdigit())


async def test_an_original_that_discord_does_not_take_follows_in_parts(tmp_path: Path) -> None:
    """So the promise of the result's message is kept."""
    big = noise(300)
    board = FakeBoard({"token": [MissingPermission("x")]}, limit=len(big) // 3 - 1)
    async with stage(tmp_path, board=board, painter=FakePainter(bytes_of=lambda _: big)) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        result = next(shown for shown in board.messages.values() if shown.files)
        assert result.card.content.endswith(
            "-# Shown smaller to fit here. The original is in `/history`."
        )
        first, *parts = await sent_again(here, job, len(big) // 3 - 1)
        assert "Shown smaller, because Discord limits" in first.card.content
        assert join_parts(parts) == big
        assert [file.name for shown in parts for file in shown.files] == [
            f"swarmbot-{job.id}-1.png.{number:03}" for number in range(1, 5)
        ]
        assert "parts 1 to 4 of 4" in parts[0].card.content
        assert f"cat swarmbot-{job.id}-1.png.* > swarmbot-{job.id}-1.png" in parts[0].card.content


async def test_parts_of_one_message_fit_one_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = noise(300)
    monkeypatch.setattr(resend, "REQUEST_LIMIT", len(big) // 4)
    async with stage(tmp_path, painter=FakePainter(bytes_of=lambda _: big)) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        _, *parts = await sent_again(here, job, len(big) // 8 - 1)
        assert [len(shown.files) for shown in parts] == [2, 2, 2, 2, 1]
        assert join_parts(parts) == big
        assert "part 9 of 9" in parts[-1].card.content


async def test_a_picture_whose_parts_would_be_too_many_is_not_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = noise(300)
    monkeypatch.setattr(history_cards, "ORIGINAL_MAX", len(big) - 1)
    board = FakeBoard({"token": [MissingPermission("x")]}, limit=len(big) // 3 - 1)
    async with stage(tmp_path, board=board, painter=FakePainter(bytes_of=lambda _: big)) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        result = next(shown for shown in board.messages.values() if shown.files)
        assert result.card.content.endswith("-# Shown smaller to fit here.")
        [only] = await sent_again(here, job, len(big) // 3 - 1)
        assert "Shown smaller" in only.card.content


async def test_an_animation_that_stands_still_says_so_and_its_original_moves(
    tmp_path: Path,
) -> None:
    film = moving("GIF")
    board = FakeBoard({"token": [MissingPermission("x")]}, limit=len(film) // 2)
    async with stage(tmp_path, board=board, painter=FakePainter(bytes_of=lambda _: film)) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        result = next(shown for shown in board.messages.values() if shown.files)
        assert result.card.content.endswith(
            "-# Shown smaller and without its motion to fit here. The original is in `/history`."
        )
        first, *parts = await sent_again(here, job, len(film) // 2)
        assert "Shown smaller and without its motion, because" in first.card.content
        assert join_parts(parts) == film


async def test_a_film_that_the_member_cannot_get_whole_comes_in_parts(tmp_path: Path) -> None:
    film = mp4(frames=bytes(3 * MIB))
    async with stage(tmp_path, painter=FakePainter(bytes_of=lambda _: film)) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        parts = await sent_again(here, job, MIB)
        assert join_parts(parts) == film


def test_originals_are_spread_over_as_many_messages_as_they_need(tmp_path: Path) -> None:
    """Discord takes 25 MiB at once: none is made smaller only to fit with others."""
    sizes = (9 * MIB, 9 * MIB, 9 * MIB, 30 * MIB, 1)
    kept = tuple(
        SpooledFile(JobId("k3v7q2m7x4t6w2z5b6na"), n, tmp_path, "png", 1, 1, size)
        for n, size in enumerate(sizes)
    )
    batches = split_batches(kept, 10 * MIB)
    assert [[one.index for one in batch] for batch in batches] == [[0, 1], [2, 3, 4]]


async def test_refused_parts_do_not_send_the_picture_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord takes less than it says: the parts shrink, and the message above them stays alone."""
    big = noise(300)
    monkeypatch.setattr(resend, "SMALLEST_LIMIT", 1)
    async with stage(tmp_path, painter=FakePainter(bytes_of=lambda _: big)) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        sent: list[MessageContent] = []

        async def send(shown: MessageContent) -> None:
            parts = [file for file in shown.files if file.name[-3:].isdigit()]
            if any(len(file.data) > len(big) // 4 for file in parts):
                raise FilesTooLarge
            sent.append(shown)

        await here.flow.history.resend_files(MIA, job.id, len(big) // 3, send)
        assert sum("Shown smaller" in shown.card.content for shown in sent) == 1
        assert join_parts(sent) == big
