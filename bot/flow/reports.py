"""Reports of pictures, and what moderators may do about them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import structlog

from bot.core import reports as cards
from bot.core.drawing.request import RequestContext
from bot.core.errors import MessageError
from bot.core.history import cards as history_cards
from bot.core.history.model import DeliveryPlace
from bot.core.ids import JobId
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import Job
from bot.core.jobs.model import Purpose
from bot.core.notices import Notice
from bot.core.reports import ReportOutcome, ReportResult
from bot.core.ui.card import MessageCard
from bot.flow.blocks import BlockCommands, DeleteCheck
from bot.flow.jobs.image_removal import ImageRemoval
from bot.flow.notices import Notices
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache

# With so many people behind it, it is said in the log channel again.
NOTIFY_AT_COUNTS: Final = frozenset({1, 3, 10, 30, 100})
UNDELIVERED_MAX: Final = 1_000
log = structlog.stdlib.get_logger(__name__)


class ReportCommands:
    """Answers are private cards. The author of a reported picture sees nothing of it."""

    def __init__(
        self,
        guild_settings: GuildSettingsCache,
        block_commands: BlockCommands,
        removal: ImageRemoval,
        notices: Notices,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._stores, self._messages, self._context = ports.stores, ports.messages, context
        self._guild_settings, self._block_commands = guild_settings, block_commands
        self._removal, self._notices = removal, notices
        # Reported, but not written into the log channel: whoever reports it next is heard.
        self._undelivered: OrderedDict[JobId, None] = OrderedDict()

    async def report_job(self, target: JobId, asker: RequestContext, message: int) -> MessageCard:
        """Report a result to the moderators, from the message that showed it."""
        job = await self._find_job(target, asker)
        if job is None or (job.order.private and job.requester != asker.user):
            return job_answers.UNKNOWN_JOB_CARD
        if job.requester == asker.user:
            return cards.OWN_PICTURE_CARD
        if not (channel := self._guild_settings.get_settings(asker.guild).log_channel):
            return cards.NO_LOG_CHANNEL_CARD
        now = self._context.clock.now()
        link = history_cards.message_link(asker.guild, asker.channel, message)
        unheard = job.id in self._undelivered

        def build_notice(report: ReportResult) -> Notice | None:
            people = report.reporter_count
            is_new = report.outcome is ReportOutcome.RECORDED and people in NOTIFY_AT_COUNTS
            if not is_new and (not unheard or report.outcome is ReportOutcome.TOO_MANY):
                return None
            card = cards.moderator_card(job, link, people)
            return Notice(f"report:{job.id}:{people}", channel, card, now, job.id)

        report = await self._stores.reports.record_report(asker, job, now, build_notice)
        people = report.reporter_count
        match report.outcome:
            case ReportOutcome.DUPLICATE if not unheard:
                return cards.ALREADY_REPORTED_CARD
            case ReportOutcome.TOO_MANY:
                return cards.TOO_MANY_CARD
            case ReportOutcome.RECORDED:
                log.info("picture reported", job=job.id, guild=asker.guild, people=people)
        if (notice := build_notice(report)) is None:
            return cards.THANKS_CARD
        try:
            await self._notices.send(notice)
        except MessageError as error:
            log.warning("report not written", guild=asker.guild, why=type(error).__name__)
            self._undelivered[job.id] = None
            if len(self._undelivered) > UNDELIVERED_MAX:
                self._undelivered.popitem(last=False)
            return cards.LOG_FAILED_CARD
        self._undelivered.pop(job.id, None)
        return cards.THANKS_CARD

    async def report_message(self, message: int, asker: RequestContext) -> MessageCard:
        """Report any message from the message menu."""
        post = await self._stores.posts.find_post_by_message(message)
        if post is None:
            return cards.FOREIGN_MESSAGE_CARD
        return await self.report_job(post.job, asker, message)

    async def delete_images(
        self, target: JobId, asker: RequestContext, may_delete: DeleteCheck
    ) -> MessageCard:
        """Delete a reported picture in the guild and on SwarmUI. It stays charged."""
        job = await self._find_job(target, asker)
        if job is None or job.order.private:  # nobody else can have seen that
            return cards.UNKNOWN_PICTURE_CARD
        found = await self._find_messages(job)
        for channel in dict.fromkeys((job.channel, *(place for place, _ in found))):
            if not await may_delete(channel):
                return cards.delete_denied_card(channel)
        deleted, refused = 0, False
        for channel, message in found:
            try:
                await self._messages.delete_message(channel, message)
            except MessageError as error:
                log.info("not deleted", job=job.id, why=type(error).__name__)
                refused = True
                break
            deleted += 1
        if deleted or not refused:
            await self._removal.remove_images(job.id)
        if deleted:
            now = self._context.clock.now()
            await self._stores.reports.record_moderation(asker, "picture.deleted", job, now)
        return cards.DELETE_FAILED_CARD if refused else cards.picture_deleted_card(deleted)

    async def block_requester(
        self, target: JobId, asker: RequestContext, hours: int | None
    ) -> MessageCard:
        """Block a picture's requester. 0 hours is for good.

        Without valid `hours`, it asks for how long. Whoever may use /block may use this.
        """
        if (job := await self._find_job(target, asker)) is None:
            return cards.UNKNOWN_PICTURE_CARD
        if hours is None or hours not in dict(cards.BLOCK_SPANS):
            return cards.block_duration_card(job)
        span = hours or None
        return await self._block_commands.block_member(
            asker, job.requester, job.requester_name, span, cards.BLOCK_REASON, None
        )

    async def list_reporters(self, target: JobId, asker: RequestContext) -> MessageCard:
        """Name the members who reported a picture."""
        return cards.reporters_card(await self._stores.reports.list_reporters(asker.guild, target))

    async def _find_job(self, target: JobId, asker: RequestContext) -> Job | None:
        job = await self._stores.jobs.find_job(target)
        return job if job is not None and job.guild == asker.guild else None

    async def _find_messages(self, job: Job) -> list[tuple[int, int]]:
        found = [
            (image.channel or job.channel, image.message)
            for image in await self._stores.history.list_job_images(job.id)
            if image.message is not None and image.place is DeliveryPlace.CHANNEL
        ]
        for post in await self._stores.posts.list_job_posts(job.id):
            if found and post.purpose is Purpose.PING and post.message is not None:
                found.append((post.channel, post.message))
        return list(dict.fromkeys(found))
