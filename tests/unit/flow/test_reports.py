"""Reports: once a person and picture, few an hour, within one server, whatever Discord says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core import reports as report_cards
from bot.core.drawing.request import RequestContext
from bot.core.errors import DiscordUnavailable, MissingPermission
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import Job
from bot.core.jobs.model import Post, Purpose
from bot.core.reports import ReportOutcome
from bot.flow.reports import NOTIFY_AT_COUNTS
from tests.support.books import BEN, MIA, MODERATOR
from tests.support.flow import FakeBoard, Stage, may_delete_anywhere, stage
from tests.support.settings import set_fields

LOG = 90


@asynccontextmanager
async def reported(folder: Path, board: FakeBoard | None = None) -> AsyncIterator[Stage]:
    """A stage whose server has a log channel."""
    async with stage(folder, board=board) as here:
        here.work()
        await set_fields(here.flow.guild_settings, MODERATOR, log_channel=LOG)
        yield here


async def drawn(here: Stage, prompt: str = "a fox") -> tuple[Job, int]:
    """A picture of Mia's that everybody sees."""
    job, message = await here.ask(prompt)
    job = await here.becomes(job.id, "done")
    await here.says(message, "left today")
    return job, message


def in_the_log(here: Stage) -> list[str]:
    """What the reports in the log channel say."""
    return [
        str(here.board.messages[message].card.embed)
        for message, channel in here.board.places.items()
        if channel == LOG and "was reported" in here.board.messages[message].card.content
    ]


async def test_each_report_is_noted_and_few_of_them_are_said(tmp_path: Path) -> None:
    async with reported(tmp_path) as here:
        job, message = await drawn(here)
        for number in range(1, 12):
            somebody = replace(BEN, user=1000 + number)
            card = await here.flow.reports.report_job(job.id, somebody, message)
            assert card == report_cards.THANKS_CARD
            assert await here.flow.reports.report_job(job.id, somebody, message) == (
                report_cards.ALREADY_REPORTED_CARD
            )
            told = sum(count <= number for count in NOTIFY_AT_COUNTS)
            assert len(in_the_log(here)) == told, f"after {number} reports"
        said = in_the_log(here)
        assert len(said) == 3
        assert "people" not in said[0]
        assert "3 people have reported it so far" in said[1]
        assert "10 people have reported it so far" in said[2]
        _, total = await here.kit.stores.audit.list_audit_rows(7, 0, 50, f"member:{MIA.user}")
        assert total == 11


async def test_a_message_is_reported_by_its_menu(tmp_path: Path) -> None:
    async with reported(tmp_path) as here:
        _, message = await drawn(here)
        report = here.flow.reports.report_message
        assert await report(4711, BEN) == report_cards.FOREIGN_MESSAGE_CARD
        elsewhere = RequestContext(5, "eve", 8, 80)
        assert await report(message, elsewhere) == job_answers.UNKNOWN_JOB_CARD
        assert await report(message, BEN) == report_cards.THANKS_CARD
        assert await report(message, BEN) == report_cards.ALREADY_REPORTED_CARD
        (said,) = in_the_log(here)
        assert f"/7/{BEN.channel}/{message})" in said


async def test_nobody_reports_more_than_five_an_hour(tmp_path: Path) -> None:
    async with reported(tmp_path) as here:
        here.hands.now += timedelta(minutes=1)
        for number in range(6):
            job, message = await drawn(here, f"fox {number}")
            card = await here.flow.reports.report_job(job.id, BEN, message)
            assert card == (report_cards.THANKS_CARD if number < 5 else report_cards.TOO_MANY_CARD)
        here.hands.now += timedelta(hours=1, minutes=1)
        assert await here.flow.reports.report_job(job.id, BEN, message) == report_cards.THANKS_CARD


async def test_two_presses_at_once_are_one_report(tmp_path: Path) -> None:
    async with reported(tmp_path) as here:
        job, _ = await drawn(here)
        now = here.hands.now
        first = await here.kit.stores.reports.record_report(BEN, job, now)
        second = await here.kit.stores.reports.record_report(BEN, job, now)
        assert (first.outcome, first.reporter_count) == (ReportOutcome.RECORDED, 1)
        assert (second.outcome, second.reporter_count) == (ReportOutcome.DUPLICATE, 1)


async def test_ones_own_and_another_servers_picture_are_not_reported(tmp_path: Path) -> None:
    async with reported(tmp_path) as here:
        job, message = await drawn(here)
        elsewhere = RequestContext(5, "eve", 8, 80)
        report = here.flow.reports
        assert await report.report_job(job.id, MIA, message) == report_cards.OWN_PICTURE_CARD
        for card in (
            await report.report_job(job.id, elsewhere, message),
            await report.delete_images(job.id, elsewhere, may_delete_anywhere),
            await report.block_requester(job.id, elsewhere, 1),
        ):
            assert card.content.startswith(("This picture is too old", "I no longer have a record"))
        assert message in here.board.messages
        assert await here.kit.stores.blocks.list_blocks(7, here.hands.now) == ()
        assert in_the_log(here) == []


async def test_without_a_log_channel_nothing_is_noted(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        job, message = await drawn(here)
        card = await here.flow.reports.report_job(job.id, BEN, message)
        assert card == report_cards.NO_LOG_CHANNEL_CARD
        _, total = await here.kit.stores.audit.list_audit_rows(7, 0, 50)
        assert total == 0
        await set_fields(here.flow.guild_settings, MODERATOR, log_channel=LOG)
        assert await here.flow.reports.report_job(job.id, BEN, message) == report_cards.THANKS_CARD


@pytest.mark.parametrize("error", [MissingPermission("50001"), DiscordUnavailable("503")])
async def test_a_log_channel_that_takes_nothing(
    tmp_path: Path, error: MissingPermission | DiscordUnavailable
) -> None:
    async with reported(tmp_path) as here:
        job, message = await drawn(here)
        here.board.trouble["post"] = [error]
        card = await here.flow.reports.report_job(job.id, BEN, message)
        assert card == report_cards.LOG_FAILED_CARD


@pytest.mark.parametrize("next_one", [BEN, replace(BEN, user=1001)])
async def test_a_report_that_was_not_heard_is_heard_with_the_next(
    tmp_path: Path, next_one: RequestContext
) -> None:
    """Or nobody would hear of that picture before its third report."""
    async with reported(tmp_path) as here:
        job, message = await drawn(here)
        here.board.trouble["post"] = [DiscordUnavailable("503")]
        await here.flow.reports.report_job(job.id, BEN, message)
        await here.flow.notices.load_left()
        here.board.trouble.clear()
        card = await here.flow.reports.report_job(job.id, next_one, message)
        assert card == report_cards.THANKS_CARD
        for _ in range(2):  # now, and at the next start
            await here.flow.notices.resume()
            assert len(in_the_log(here)) == 1
            await here.flow.notices.load_left()
        assert (
            await here.flow.reports.report_job(job.id, BEN, message)
            == report_cards.ALREADY_REPORTED_CARD
        )


async def test_a_picture_is_deleted_by_who_may_delete_in_its_channel(tmp_path: Path) -> None:
    async with reported(tmp_path) as here:
        job, message = await drawn(here)

        async def may_delete(channel: int) -> bool:
            return channel == LOG

        denied = await here.flow.reports.delete_images(job.id, MODERATOR, may_delete)
        assert denied == report_cards.delete_denied_card(job.channel)
        assert message in here.board.messages
        member = f"member:{MIA.user}"
        _, total = await here.kit.stores.audit.list_audit_rows(7, 0, 50, member)
        assert total == 0


async def test_who_reported_is_told_to_moderators_and_not_to_the_log_channel(
    tmp_path: Path,
) -> None:
    async with reported(tmp_path) as here:
        job, message = await drawn(here)
        eve = replace(BEN, user=1001, name="eve")
        for somebody in (BEN, eve, eve):
            await here.flow.reports.report_job(job.id, somebody, message)
        (said,) = in_the_log(here)
        assert str(BEN.user) not in said
        told = await here.flow.reports.list_reporters(job.id, MODERATOR)
        assert told.content == f"Reported by <@{BEN.user}> and <@{eve.user}>."
        elsewhere = RequestContext(5, "eve", 8, 80)
        nothing = await here.flow.reports.list_reporters(job.id, elsewhere)
        assert "<@" not in nothing.content


@pytest.mark.parametrize(("hours", "until"), [(1, timedelta(hours=1)), (0, None)])
async def test_a_block_from_a_report_has_its_span(
    tmp_path: Path, hours: int, until: timedelta | None
) -> None:
    async with reported(tmp_path) as here:
        job, _ = await drawn(here)
        await here.flow.reports.block_requester(job.id, MODERATOR, hours)
        (block,) = await here.kit.stores.blocks.list_blocks(7, here.hands.now)
        assert block.user == MIA.user
        assert block.until == (None if until is None else here.hands.now + until)
        assert block.reason == "a reported picture"


async def test_a_deleted_picture_stays_charged_and_is_deleted_once(tmp_path: Path) -> None:
    async with reported(tmp_path) as here:
        job, message = await drawn(here)
        assert await here.flow.reports.delete_images(
            job.id, MODERATOR, may_delete_anywhere
        ) == report_cards.picture_deleted_card(1)
        assert message not in here.board.messages
        await here.flow.history.mark_message_deleted(message)
        assert await here.flow.reports.delete_images(
            job.id, MODERATOR, may_delete_anywhere
        ) == report_cards.picture_deleted_card(0)
        record, _ = await here.kit.stores.audit.list_audit_rows(7, 0, 50, f"member:{MIA.user}")
        assert [row.action for row in record] == ["picture.deleted"]
        await here.balanced()


async def test_whoever_erases_themselves_leaves_a_moderator_a_way(tmp_path: Path) -> None:
    """The report's buttons say what goes on working: *Delete* under the picture, and /block."""
    async with reported(tmp_path) as here:
        job, message = await drawn(here)
        await here.flow.reports.report_job(job.id, BEN, message)
        await here.flow.privacy.erase_data(MIA)
        for card in (
            await here.flow.reports.delete_images(job.id, MODERATOR, may_delete_anywhere),
            await here.flow.reports.block_requester(job.id, MODERATOR, None),
        ):
            assert card.content.startswith("I no longer have a record of this picture.")
            assert "/block" in card.content
            assert "/imagine" not in card.content
        delete = here.flow.cancellation.delete_result
        assert await delete(job.id, BEN, message, job.channel) == job_answers.UNKNOWN_JOB_CARD
        assert message in here.board.messages
        assert await delete(job.id, MODERATOR, message, job.channel) is None
        assert message not in here.board.messages


async def test_what_discord_does_not_let_us_delete_is_told(tmp_path: Path) -> None:
    async with reported(tmp_path) as here:
        job, _ = await drawn(here)
        here.board.trouble["delete"] = [MissingPermission("50013")]
        assert (
            await here.flow.reports.delete_images(job.id, MODERATOR, may_delete_anywhere)
            == report_cards.DELETE_FAILED_CARD
        )


async def test_what_was_deleted_stands_in_the_record_also_where_the_rest_stayed(
    tmp_path: Path,
) -> None:
    async with reported(tmp_path) as here:
        job, message = await drawn(here)
        ring = await here.kit.stores.posts.record_post_intent(
            Post(job.id, Purpose.PING, "n-ring", job.channel, here.hands.now)
        )
        await here.kit.stores.posts.mark_post_sent(replace(ring, message=7777))
        here.board.trouble["delete"] = [None, MissingPermission("50013")]
        assert (
            await here.flow.reports.delete_images(job.id, MODERATOR, may_delete_anywhere)
            == report_cards.DELETE_FAILED_CARD
        )
        assert message not in here.board.messages
        record, _ = await here.kit.stores.audit.list_audit_rows(7, 0, 50, f"member:{MIA.user}")
        assert [row.action for row in record] == ["picture.deleted"]


async def test_a_direct_message_is_deleted_by_whose_it_is_alone(tmp_path: Path) -> None:
    board = FakeBoard(trouble={"token": [MissingPermission("x")], "bot": [MissingPermission("x")]})
    board.trouble["post"] = [MissingPermission("x")]
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "done")
        posts = {
            post.purpose.value: post for post in await here.kit.stores.posts.list_job_posts(job.id)
        }
        direct = posts["direct"]
        assert direct.message is not None
        eve = RequestContext(BEN.user, "ben", 0, direct.channel)
        mine = RequestContext(MIA.user, "mia", 0, direct.channel)
        delete = here.flow.cancellation.delete_result
        refused = await delete(job.id, eve, direct.message, direct.channel)
        assert refused == job_answers.UNKNOWN_JOB_CARD
        assert direct.message in here.board.messages
        assert await delete(job.id, mine, direct.message, direct.channel) is None
        assert direct.message not in here.board.messages
        _, total = await here.kit.stores.audit.list_audit_rows(7, 0, 50)
        assert total == 0  # nobody's act on somebody else's
