"""What is over: the list, the files once more, and what waits for its owner."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import (
    BackendDown,
    BackendError,
    FileRefused,
    FilesTooLarge,
    HostMustAct,
    MessageError,
    MissingPermission,
    NoPicture,
    NotAllowed,
)
from bot.core.history.cards import HistoryPageRef
from bot.core.history.model import DeliveryPlace
from bot.core.jobs.job import Job
from bot.core.jobs.progress import RequestEnded
from bot.core.ui.card import MessageContent
from bot.flow.history import SEARCH_MAX
from tests.support.books import BEN, MIA
from tests.support.flow import FakeBoard, FakePainter, Stage, noise, png, stage

MIB = 1024 * 1024
CLOSED = ("token", "bot", "post", "direct")


class Box:
    """Takes what is sent privately; `refuses` is raised first, one by one."""

    def __init__(self, *refuses: MessageError) -> None:
        self.sent: list[MessageContent] = []
        self.sizes: list[int] = []
        self.refuses = list(refuses)

    async def put(self, shown: MessageContent) -> None:
        self.sizes.append(max(len(file.data) for file in shown.files))
        if self.refuses:
            raise self.refuses.pop(0)
        self.sent.append(shown)


async def drawn(here: Stage, *prompts: str, **options: int) -> list[Job]:
    """Finished jobs of mia's with these prompts."""
    jobs = []
    for prompt in prompts:
        job, _ = await here.ask(prompt, **options)
        jobs.append(await here.becomes(job.id, "done"))
    return jobs


async def test_the_list_is_mine_newest_first_with_links(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        jobs = await drawn(here, "a fox", "an owl")
        other, _ = await here.ask("a boat", BEN)
        await here.becomes(other.id, "done")
        card = await here.flow.history.show_history(MIA)
        assert card.embed is not None
        first, second = card.embed.body.splitlines()
        assert "an owl" in first
        assert "a fox" in second
        [image] = await here.books.books.history.list_job_images(jobs[1].id)
        assert f"/7/70/{image.message})" in first
        assert "boat" not in card.embed.body
        assert all(button.target in {job.id for job in jobs} for button in card.buttons)
        elsewhere = await here.flow.history.show_history(replace(MIA, guild=8))
        assert "no pictures here yet" in elsewhere.content


async def test_five_make_two_pages_and_a_page_that_is_gone_is_the_last(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        jobs = await drawn(here, *(f"fox {n}" for n in range(5)))
        second = await here.flow.history.show_page(MIA, HistoryPageRef(2))
        assert second.embed is not None
        assert "fox 0" in second.embed.body
        assert second.embed.title == "Page 2 of 2"
        card = await here.flow.history.delete_entry(MIA, jobs[0].id, HistoryPageRef(2))
        assert card.content.startswith("Deleted. Your 4 pictures")
        assert card.embed is not None
        assert card.embed.title == "Your pictures"


async def test_a_search_finds_words_in_any_case_and_language(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        await drawn(here, "Ein ÄRGERLICHER Fuchs", "a boat")
        card = await here.flow.history.show_history(MIA, "fuchs ärgerlicher")
        assert card.embed is not None
        assert "Fuchs" in card.embed.body
        assert "boat" not in card.embed.body
        assert "sdxl" in (await here.flow.history.show_history(MIA, "SDXL boat")).content.casefold()
        assert "None of your pictures" in (await here.flow.history.show_history(MIA, "owl")).content


async def test_a_search_is_cut_to_what_is_kept_of_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        await drawn(here, "x" * SEARCH_MAX)
        found = await here.flow.history.show_history(MIA, "x" * (SEARCH_MAX + 50))
        assert "Your 1 picture here" in found.content


async def test_another_persons_search_shows_them_only_their_own(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        await drawn(here, *(f"a fox {n}" for n in range(5)))
        mine = await here.flow.history.show_history(MIA, "fox")
        spot = HistoryPageRef.from_text(mine.buttons[-1].argument.removeprefix("history:"))
        assert spot.draft
        theirs = await here.flow.history.show_page(BEN, spot)
        assert "fox" not in theirs.content
        assert "no pictures here yet" in theirs.content


async def test_the_original_comes_from_the_spool_though_it_was_shown_smaller(
    tmp_path: Path,
) -> None:
    big = noise(300)
    board = FakeBoard({"token": [MissingPermission("x")]}, limit=len(big) // 2)
    async with stage(tmp_path, board=board, painter=FakePainter(bytes_of=lambda _: big)) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        box = Box()
        assert await here.flow.history.resend_files(MIA, job.id, 10 * MIB, box.put) is None
        assert [file.data for shown in box.sent for file in shown.files] == [big]


async def test_after_the_spools_day_it_comes_from_the_server_by_its_path(tmp_path: Path) -> None:
    """And leaves nothing in the spool, which nobody would sweep again."""
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        [job] = await drawn(here, "a fox", images=2)
        assert [i.path for i in await here.books.books.history.list_job_images(job.id)] == [
            f"View/local/raw/{job.folder}.png",
            f"View/local/raw/{job.folder}-1.png",
        ]
        await here.kit.spool.delete_job_files(job.id)
        painter.saved.clear()
        painter.bytes_of = lambda ref: png((int(ref.endswith("-1-1.png")), 0, 0))
        box = Box()
        assert await here.flow.history.resend_files(MIA, job.id, 10 * MIB, box.put) is None
        assert [file.data for file in box.sent[0].files] == [png((0, 0, 0)), png((1, 0, 0))]
        assert await here.kit.spool.list_spooled_files(job.id) == ()


async def test_without_a_path_the_jobs_folder_is_looked_into(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        await here.books.db.run_transaction(lambda db: db.execute("UPDATE images SET path = ''"))
        await here.kit.spool.delete_job_files(job.id)
        box = Box()
        assert await here.flow.history.resend_files(MIA, job.id, 10 * MIB, box.put) is None
        assert len(box.sent) == 1


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (BackendDown(), "offline"),
        (NoPicture(), "file no longer exists"),
        (FileRefused(), "doesn't hand the file out"),
        (HostMustAct(), "Its host has to fix this"),
        (NotAllowed(), "may not open"),
    ],
)
async def test_a_file_out_of_reach_or_gone_says_so(
    tmp_path: Path, trouble: BackendError, said: str
) -> None:
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        await here.kit.spool.delete_job_files(job.id)
        painter.down = trouble
        box = Box()
        card = await here.flow.history.resend_files(MIA, job.id, 10 * MIB, box.put)
        assert card is not None
        assert said in card.content
        assert box.sent == []


async def test_too_large_after_all_comes_smaller_and_says_so(tmp_path: Path) -> None:
    big = noise(300)
    async with stage(tmp_path, painter=FakePainter(bytes_of=lambda _: big)) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        box = Box(FilesTooLarge("40005"))
        assert await here.flow.history.resend_files(MIA, job.id, 10 * MIB, box.put) is None
        assert box.sizes[0] == len(big)
        assert box.sizes[1] <= len(big) // 2
        assert "Shown smaller" in box.sent[0].card.content


async def test_a_second_press_while_it_is_sent_is_told_so(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        box, begun, go = Box(), asyncio.Event(), asyncio.Event()

        async def slowly(shown: MessageContent) -> None:
            begun.set()
            await go.wait()
            await box.put(shown)

        first = asyncio.create_task(here.flow.history.resend_files(MIA, job.id, MIB, slowly))
        await begun.wait()
        second = await here.flow.history.resend_files(MIA, job.id, MIB, box.put)
        assert second is not None
        assert "already sending" in second.content
        go.set()
        assert await first is None
        assert len(box.sent) == 1
        assert await here.flow.history.resend_files(MIA, job.id, MIB, box.put) is None


async def test_nobody_else_gets_or_deletes_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        box = Box()
        for stranger in (BEN, replace(MIA, guild=8)):
            card = await here.flow.history.resend_files(stranger, job.id, MIB, box.put)
            assert card is not None
            assert "no longer in your history" in card.content
            await here.flow.history.delete_entry(stranger, job.id, HistoryPageRef())
        assert box.sent == []
        assert len(await here.books.books.history.list_job_images(job.id)) == 1
        assert any(shown.files for shown in here.board.messages.values())


async def test_deleting_takes_message_ring_and_file_and_leaves_the_charge(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask()
        here.hands.now += timedelta(minutes=5)
        here.work()
        await here.becomes(job.id, "done")

        async def rung() -> bool:
            return any(shown.card.ping_user for shown in here.board.messages.values())

        await here.until(rung)

        async def noted() -> bool:
            return (
                await here.books.books.posts.list_unsent_pings(here.hands.now - timedelta(hours=1))
                == ()
            )

        await here.until(noted)
        card = await here.flow.history.delete_entry(MIA, job.id, HistoryPageRef())
        assert card.content.startswith("Deleted.")
        assert here.board.messages == {}
        assert await here.kit.spool.list_spooled_files(job.id) == ()
        again = await here.flow.history.delete_entry(MIA, job.id, HistoryPageRef())
        assert again.content.startswith("It's already been deleted.")
        assert len(await here.books.rows("charges")) == 1
        await here.balanced()


async def test_what_discord_will_not_delete_stays_in_the_list(tmp_path: Path) -> None:
    class Clinging(FakeBoard):
        async def delete_message(self, channel: int, message: int) -> None:
            raise MissingPermission("50001")

    async with stage(tmp_path, board=Clinging()) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        card = await here.flow.history.delete_entry(MIA, job.id, HistoryPageRef())
        assert "couldn't delete" in card.content
        assert len(await here.books.books.history.list_job_images(job.id)) == 1


async def test_what_waits_is_said_once_and_then_handed_over(tmp_path: Path) -> None:
    board = FakeBoard({way: [MissingPermission("no")] for way in CLOSED})
    async with stage(tmp_path, board=board) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        assert await here.flow.history.take_reminder(BEN) is None
        assert await here.flow.history.take_reminder(replace(MIA, guild=8)) is None
        card = await here.flow.history.take_reminder(MIA)
        assert card is not None
        assert (
            card.content
            == "One of your pictures is waiting in `/history` because I couldn't post it."
        )
        assert card.buttons[0].custom_id == f"resend:history:1:{job.id}"
        assert await here.flow.history.take_reminder(MIA) is None
        box = Box()
        assert await here.flow.history.resend_files(MIA, job.id, MIB, box.put) is None
        assert len(box.sent) == 1
        assert [i.place for i in await here.books.books.history.list_job_images(job.id)] == [
            DeliveryPlace.PRIVATE
        ]


async def test_who_saw_it_in_the_list_is_not_reminded(tmp_path: Path) -> None:
    board = FakeBoard({way: [MissingPermission("no")] for way in CLOSED})
    async with stage(tmp_path, board=board) as here:
        here.work()
        await drawn(here, "a fox")
        card = await here.flow.history.show_history(MIA)
        assert card.embed is not None
        assert "waiting here" in card.embed.body
        assert await here.flow.history.take_reminder(MIA) is None


async def test_a_failure_that_nobody_would_carry_is_said_at_the_next_command(
    tmp_path: Path,
) -> None:
    board = FakeBoard({way: [MissingPermission("no")] for way in CLOSED})
    painter = FakePainter(script=lambda _: [RequestEnded()])
    async with stage(tmp_path, board=board, painter=painter) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "failed")

        async def rests() -> bool:
            return job.id in here.flow.delivery.list_undelivered_jobs()

        await here.until(rests)
        assert await here.flow.history.take_reminder(BEN) is None
        card = await here.flow.history.take_reminder(MIA)
        assert card is not None
        assert "1 picture returned, 20 left today" in card.content
        assert await here.flow.history.take_reminder(MIA) is None
        assert (
            await here.books.books.jobs.list_unnotified_jobs(here.hands.now - timedelta(days=1))
            == ()
        )


async def test_a_message_that_was_deleted_is_linked_to_no_more(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        [job] = await drawn(here, "a fox")
        [image] = await here.books.books.history.list_job_images(job.id)
        assert image.message is not None
        await here.flow.history.mark_message_deleted(123)
        await here.flow.history.mark_message_deleted(image.message)
        card = await here.flow.history.show_history(MIA)
        assert card.embed is not None
        assert "message deleted" in card.embed.body
        assert "discord.com" not in card.embed.body
        box = Box()
        assert await here.flow.history.resend_files(MIA, job.id, MIB, box.put) is None
