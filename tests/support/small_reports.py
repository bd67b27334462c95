"""Reporting in memory, with the real words: what was asked of it is in `calls`."""

from __future__ import annotations

from bot.core import reports as report_cards
from bot.core.drawing.request import RequestContext
from bot.core.ids import JobId
from bot.core.ui.card import MessageCard


class SmallReports:
    """The door that the cog of reports calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, JobId, int, int | None]] = []

    async def report_job(self, target: JobId, asker: RequestContext, message: int) -> MessageCard:
        self.calls.append(("report", target, asker.user, message))
        return report_cards.thanks_card()

    async def report_message(self, message: int, asker: RequestContext) -> MessageCard:
        self.calls.append(("report", JobId(""), asker.user, message))
        return report_cards.foreign_message_card()

    async def delete_images(self, target: JobId, asker: RequestContext) -> MessageCard:
        self.calls.append(("remove", target, asker.user, None))
        return (
            report_cards.picture_deleted_card(1)
            if asker.moderator
            else report_cards.moderators_only_card()
        )

    async def block_requester(
        self, target: JobId, asker: RequestContext, hours: int | None
    ) -> MessageCard:
        self.calls.append(("block", target, asker.user, hours))
        return MessageCard("blocked") if asker.moderator else report_cards.moderators_only_card()
