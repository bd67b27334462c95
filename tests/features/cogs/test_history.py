"""/history: private, paged, with buttons that work after a restart and for nobody else."""

from __future__ import annotations

import discord
import pytest

from bot.core.errors import NoPicture
from bot.core.jobs.job import Job
from bot.core.ui.card import CardButton
from cogs.history import HistoryCog
from tests.features.conftest import IMPATIENT, SlowDisk, Stage
from tests.support.flow import png

WAITING = "One of your pictures is waiting in `/history` because I couldn't post it."


@pytest.fixture
async def jobs(stage: Stage) -> list[Job]:
    """Six pictures of mia's, and one of theo's."""
    drawn = [await stage.draw(f"fox number {n}") for n in range(1, 7)]
    await stage.draw("a secret owl", stage.theo)
    return drawn


def lose_picture(ref: str) -> bytes:
    raise NoPicture


async def test_the_newest_come_first_and_only_to_their_owner(stage: Stage, jobs: list[Job]) -> None:
    result = await stage.mia.slash(stage.art, "history")

    assert result.ephemeral
    body = result.response.embeds[0].description
    assert "Your 6 pictures here" in result.response.content
    assert [f"fox number {n}" in body for n in range(1, 7)] == [False, False, *[True] * 4]
    assert "owl" not in body
    assert len(stage.art.history(viewer=stage.theo)) == 7


async def test_nothing_drawn_yet_says_how_to_begin(stage: Stage) -> None:
    result = await stage.mia.slash(stage.art, "history")

    assert result.ephemeral
    assert "no pictures here yet" in result.response.content
    assert "/imagine" in result.response.content


async def test_a_search_without_a_find_says_so(stage: Stage, jobs: list[Job]) -> None:
    result = await stage.mia.slash(stage.art, "history", search="owl")

    assert result.ephemeral
    assert "None of your pictures here match “owl”" in result.response.content


async def test_pages_are_turned_in_place_and_after_a_restart(stage: Stage, jobs: list[Job]) -> None:
    listed = await stage.mia.slash(stage.art, "history")
    await stage.restart()
    await stage.mia.click(listed.response, label="Older")

    body = listed.response.embeds[0].description
    assert "fox number 2" in body
    assert "fox number 3" not in body
    await stage.mia.click(listed.response, label="Newer")
    assert "fox number 3" in listed.response.embeds[0].description
    assert len(stage.art.history(viewer=stage.theo)) == 7


async def test_the_pages_of_a_search_stay_those_of_the_search(
    stage: Stage, jobs: list[Job]
) -> None:
    await stage.draw("a boat")
    listed = await stage.mia.slash(stage.art, "history", search="fox")
    await stage.mia.click(listed.response, label="Older")

    assert "Your 6 pictures here with “fox”" in listed.response.content
    assert "boat" not in listed.response.embeds[0].description


async def test_resend_hands_the_file_over_privately(stage: Stage, jobs: list[Job]) -> None:
    listed = await stage.mia.slash(stage.art, "history")
    result = await stage.mia.click(listed.response, label="Resend 1")

    assert result.ephemeral
    assert await result.response.attachments[0].read() == png()
    assert len(stage.art.history(viewer=stage.theo)) == 7


@IMPATIENT
async def test_two_presses_at_once_delete_one(stage: Stage, jobs: list[Job]) -> None:
    listed = await stage.mia.slash(stage.art, "history")
    disk = SlowDisk(stage)
    presses = [await stage.mia.click(listed.response, label="Delete 1") for _ in range(2)]
    await disk.available()

    assert all(press.acknowledged for press in presses)
    assert "Your 5 pictures here" in listed.response.content


async def test_a_file_that_is_gone_says_so_and_how_to_go_on(stage: Stage, jobs: list[Job]) -> None:
    for job in jobs:
        await stage.program.spool.delete_job_files(job.id)
    stage.program.painter.bytes_of = lose_picture
    listed = await stage.mia.slash(stage.art, "history")
    result = await stage.mia.click(listed.response, label="Resend 1")

    assert result.ephemeral
    assert "file no longer exists" in result.response.content
    assert len(await stage.program.jobs()) == 7


async def test_deleting_shows_the_list_anew(stage: Stage, jobs: list[Job]) -> None:
    listed = await stage.mia.slash(stage.art, "history")
    await stage.mia.click(listed.response, label="Delete 2")

    assert "Deleted. Your 5 pictures here" in listed.response.content
    assert "fox number 5" not in listed.response.embeds[0].description


async def test_another_person_gets_nothing_by_a_button(stage: Stage, jobs: list[Job]) -> None:
    """Nobody sees another's list; who makes up its button is asked for their own history."""
    for action, said in (
        ("resend", "no longer in your history"),
        ("delete", "already been deleted"),
    ):
        message = await stage.show(CardButton(action, action, jobs[0].id, "history:1"))
        result = await stage.theo.click(message, label=action)

        where = result.response if action == "resend" else stage.art.last_message
        assert said in where.content
        assert "fox number" not in where.content
    assert "Your 6 pictures here" in await stage.says(stage.mia, "history")


@IMPATIENT
async def test_a_slow_disk_turns_the_page_a_little_later(stage: Stage, jobs: list[Job]) -> None:
    listed = await stage.mia.slash(stage.art, "history")
    disk = SlowDisk(stage)
    pressed = await stage.mia.click(listed.response, label="Older")
    assert pressed.deferred
    assert "fox number 3" in listed.response.embeds[0].description

    await disk.available()
    assert "fox number 2" in listed.response.embeds[0].description
    assert "fox number 3" not in listed.response.embeds[0].description


async def test_what_waits_is_said_after_the_next_command_once(stage: Stage) -> None:
    await stage.draw_undeliverable()
    first = await stage.mia.slash(stage.art, "quota")
    again = await stage.mia.slash(stage.art, "quota")

    assert [told.content for told in first.followups] == [WAITING]
    assert again.followups == []
    assert stage.art.history(viewer=stage.theo) == []


async def test_what_waits_is_said_after_a_button_too(stage: Stage) -> None:
    await stage.draw()
    picture = stage.art.history()[0]
    await stage.draw_undeliverable()
    form = await stage.press(stage.mia, picture, "edit")
    pressed = await stage.press(stage.mia, picture, "parameters")

    assert form.followups == []  # nothing can be said before a form that is open
    assert [told.content for told in pressed.followups] == [WAITING]


async def test_a_picture_whose_message_was_deleted_has_no_link(stage: Stage) -> None:
    await stage.draw()
    picture = stage.art.history()[0]
    listed = await stage.mia.slash(stage.art, "history")
    assert f"/{picture.id})" in listed.response.embeds[0].description
    await stage.mona.delete(picture)
    listed = await stage.mia.slash(stage.art, "history")
    assert f"/{picture.id})" not in listed.response.embeds[0].description


async def test_pictures_that_were_swept_with_many_messages_have_no_link(stage: Stage) -> None:
    for prompt in ("a red fox", "a blue fox"):
        await stage.draw(prompt)
    pictures = [message.id for message in stage.art.history()]
    gone = discord.RawBulkMessageDeleteEvent(
        {
            "ids": [str(number) for number in pictures[:1]],
            "channel_id": str(stage.art.id),
            "guild_id": str(stage.guild.id),
        }
    )
    await stage.cog(HistoryCog).on_raw_bulk_message_delete(gone)
    listed = await stage.mia.slash(stage.art, "history")
    body = listed.response.embeds[0].description
    assert [f"/{number})" in body for number in pictures] == [False, True]
