"""Reports: from whoever saw a picture to those who moderate; and what these may do about it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import structlog

from bot.core import reports as cards
from bot.core.drawing.request import Asker
from bot.core.errors import BoardError
from bot.core.history import cards as history_cards
from bot.core.history.model import Place
from bot.core.ids import NO_JOB, JobId
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import Job
from bot.core.jobs.model import Post, Purpose
from bot.core.reports import Reported
from bot.core.ui.card import Card, Shown
from bot.flow.blocks import Blocking
from bot.flow.runtime.services import Kit
from bot.flow.settings.store import Policies

# With so many people behind it, it is said in the log channel again.
SAID_AT: Final = frozenset({1, 3, 10, 30, 100})
UNHEARD: Final = 1_000
log = structlog.stdlib.get_logger(__name__)


class Reporting:
    """Answers are private cards. The author of a reported picture sees nothing of it."""

    def __init__(self, kit: Kit, policies: Policies, blocking: Blocking) -> None:
        self._kit, self._policies, self._blocking = kit, policies, blocking
        # Reported, but not written into the log channel: whoever reports it next is heard.
        self._unheard: OrderedDict[JobId, None] = OrderedDict()

    async def report(self, target: JobId, asker: Asker, message: int) -> Card:
        """Tell the moderators of a result, by the message in which somebody saw it."""
        job = await self._job(target, asker)
        if job is None or (job.order.private and job.requester != asker.user):
            return job_answers.unknown_job()
        if job.requester == asker.user:
            return cards.yours()
        if not (channel := self._policies.of(asker.guild).log_channel):
            return cards.nobody_listens()
        now = self._kit.clock.now()
        report = await self._kit.books.report(asker, job, now)
        match report.what:
            case Reported.AGAIN if job.id not in self._unheard:
                return cards.again()
            case Reported.TOO_MANY:
                return cards.too_many()
            case Reported.NOTED:
                log.info("picture reported", job=job.id, guild=asker.guild, people=report.people)
        if report.people not in SAID_AT and job.id not in self._unheard:
            return cards.thanks()
        link = history_cards.link(asker.guild, asker.channel, message)
        card = cards.for_moderators(job, asker.user, link, report.people)
        post = Post(NO_JOB, Purpose.STATUS, self._kit.fresh.nonce(), channel, now)
        try:
            await self._kit.board.post(post, Shown(card))
        except BoardError as error:
            log.warning("report not written", guild=asker.guild, why=type(error).__name__)
            self._unheard[job.id] = None
            if len(self._unheard) > UNHEARD:
                self._unheard.popitem(last=False)
            return cards.not_heard()
        self._unheard.pop(job.id, None)
        return cards.thanks()

    async def report_message(self, message: int, asker: Asker) -> Card:
        """The same by the menu of a message, which may be anybody's."""
        post = await self._kit.books.post_of_message(message)
        return cards.not_mine() if post is None else await self.report(post.job, asker, message)

    async def remove(self, target: JobId, asker: Asker) -> Card:
        """Delete a reported picture wherever the server can see it; it stays charged."""
        if not asker.moderator:
            return cards.moderators_only()
        if (job := await self._job(target, asker)) is None:
            return cards.unknown()
        deleted, refused = 0, False
        for channel, message in await self._messages(job):
            try:
                await self._kit.board.delete(channel, message)
            except BoardError as error:
                log.info("not deleted", job=job.id, why=type(error).__name__)
                refused = True
                break
            deleted += 1
        if deleted:
            await self._kit.books.note(asker, "picture.deleted", job, self._kit.clock.now())
        return cards.not_removed() if refused else cards.removed(deleted)

    async def block(self, target: JobId, asker: Asker, hours: int | None) -> Card:
        """Keep a picture's author from drawing; 0 is for good.

        Without `hours`, or with others than are offered, it asks for how long.
        """
        if not asker.moderator:
            return cards.moderators_only()
        if (job := await self._job(target, asker)) is None:
            return cards.unknown()
        if hours is None or hours not in dict(cards.SPANS):
            return cards.how_long(job)
        span = hours or None
        return await self._blocking.block(
            asker, job.requester, job.requester_name, span, cards.REASON, clear=False
        )

    async def _job(self, target: JobId, asker: Asker) -> Job | None:
        job = await self._kit.books.job(target)
        return job if job is not None and job.guild == asker.guild else None

    async def _messages(self, job: Job) -> list[tuple[int, int]]:
        """Where its pictures are, and the ring that replied to them."""
        found = [
            (image.channel or job.channel, image.message)
            for image in await self._kit.books.images(job.id)
            if image.message is not None and image.place is Place.CHANNEL
        ]
        for post in await self._kit.books.posts(job.id):
            if found and post.purpose is Purpose.RING and post.message is not None:
                found.append((post.channel, post.message))
        return list(dict.fromkeys(found))
