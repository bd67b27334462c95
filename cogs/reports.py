"""Report, under a result and in the menu of a message, and what moderators press below a report."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import JOB_PATTERN, ComponentEvent, ComponentRoute
from bot.core.jobs.answers import GUILDS_ONLY_CARD
from bot.flow.reports import ReportCommands

REPORT_MENU: Final = "Report to moderators"
REPORT_ACTIONS: Final = ("report", "remove", "block")


class ReportsCog(BotCog):
    """Report buttons. The flow decides who may press them."""

    def __init__(self, reports: ReportCommands, responder: InteractionResponder) -> None:
        self._reports, self._responder = reports, responder
        self.routes = (ComponentRoute(REPORT_ACTIONS, JOB_PATTERN, self._handle_press),)
        self.menus = (app_commands.ContextMenu(name=REPORT_MENU, callback=self._report_message),)

    async def _handle_press(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        if interaction.guild_id is None or interaction.message is None:
            await self._responder.send_private(interaction, GUILDS_ONLY_CARD)
            return
        asker = build_context(interaction)
        match press.action:
            case "report":
                asking = self._reports.report_job(press.target, asker, interaction.message.id)
            case "remove":
                asking = self._reports.delete_images(press.target, asker)
            case _:
                hours = int(press.argument) if press.argument else None
                asking = self._reports.block_requester(press.target, asker, hours)
        await self._responder.answer_privately(interaction, asking)

    async def _report_message(self, interaction: BotInteraction, message: discord.Message) -> None:
        asker = build_context(interaction)
        await self._responder.answer_privately(
            interaction, self._reports.report_message(message.id, asker)
        )
