"""Reporting in memory, with the real words: what was asked of it is in `calls`."""

from __future__ import annotations

from bot.core import reports as report_cards
from bot.core.drawing.request import Asker
from bot.core.ids import JobId
from bot.core.ui.card import Card


class SmallReports:
    """The door that the cog of reports calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, JobId, int, int | None]] = []

    async def report(self, target: JobId, asker: Asker, message: int) -> Card:
        self.calls.append(("report", target, asker.user, message))
        return report_cards.thanks()

    async def report_message(self, message: int, asker: Asker) -> Card:
        self.calls.append(("report", JobId(""), asker.user, message))
        return report_cards.not_mine()

    async def remove(self, target: JobId, asker: Asker) -> Card:
        self.calls.append(("remove", target, asker.user, None))
        return report_cards.removed(1) if asker.moderator else report_cards.moderators_only()

    async def block(self, target: JobId, asker: Asker, hours: int | None) -> Card:
        self.calls.append(("block", target, asker.user, hours))
        return Card("blocked") if asker.moderator else report_cards.moderators_only()
