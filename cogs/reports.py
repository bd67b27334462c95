"""Report, under a result and in the menu of a message, and what moderators press below a report."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.cog_bases import MenuCog
from bot.adapters.discord.interactions.context import Gear, asker_of_interaction
from bot.adapters.discord.interactions.responder import Answers
from bot.adapters.discord.interactions.result_buttons import REPORTS, Press
from bot.core.jobs.answers import only_in_servers
from bot.flow.reports import Reporting

MENU: Final = "Report to moderators"


class Reports(MenuCog):
    """Who may press what, the flow knows."""

    def __init__(self, reporting: Reporting, answers: Answers) -> None:
        self._reporting, self._answers = reporting, answers
        self.menus = (app_commands.ContextMenu(name=MENU, callback=self._report),)

    @commands.Cog.listener()
    async def on_press(self, interaction: Gear, press: Press) -> None:
        """One of ours was pressed, perhaps long after it was sent."""
        if press.action not in REPORTS:
            return
        if interaction.guild_id is None or interaction.message is None:
            await self._answers.tell(interaction, only_in_servers())
            return
        asker = asker_of_interaction(interaction)
        match press.action:
            case "report":
                asking = self._reporting.report(press.target, asker, interaction.message.id)
            case "remove":
                asking = self._reporting.remove(press.target, asker)
            case _:
                hours = int(press.argument) if press.argument else None
                asking = self._reporting.block(press.target, asker, hours)
        await self._answers.private(interaction, asking)

    async def _report(self, interaction: Gear, message: discord.Message) -> None:
        asker = asker_of_interaction(interaction)
        await self._answers.private(interaction, self._reporting.report_message(message.id, asker))
