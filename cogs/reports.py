"""Report, under a result and in the menu of a message, and what moderators press below a report."""

from __future__ import annotations

from functools import partial
from typing import Final

import discord
from discord import app_commands

from bot.adapters.discord.channels import DeletableChannels
from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.command_access import CommandAccess
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import JOB_PATTERN, ComponentEvent, ComponentRoute
from bot.core.jobs.answers import GUILDS_ONLY_CARD
from bot.flow.reports import ReportCommands

REPORT_MENU: Final = "Report to moderators"
REPORT_ACTIONS: Final = ("report", "remove", "block", "reporters")


class ReportsCog(BotCog):
    """Report buttons. Whoever may use /block may block and see the reporters."""

    def __init__(
        self, reports: ReportCommands, responder: InteractionResponder, access: CommandAccess
    ) -> None:
        self._reports, self._responder, self._access = reports, responder, access
        self.routes = (ComponentRoute(REPORT_ACTIONS, JOB_PATTERN, self._handle_press),)
        self.menus = (app_commands.ContextMenu(name=REPORT_MENU, callback=self._report_message),)

    async def _handle_press(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        if interaction.guild_id is None or interaction.message is None:
            await self._responder.send_private(interaction, GUILDS_ONLY_CARD)
            return
        asker, target = build_context(interaction), press.target
        match press.action:
            case "report":
                asking = self._reports.report_job(target, asker, interaction.message.id)
            case "remove":
                may_delete = DeletableChannels(interaction)
                asking = self._reports.delete_images(target, asker, may_delete)
            case "reporters":
                answer = partial(self._reports.list_reporters, target, asker)
                asking = self._access.answer_if_allowed(interaction, "block", answer)
            case _:
                hours = int(press.argument) if press.argument else None
                answer = partial(self._reports.block_requester, target, asker, hours)
                asking = self._access.answer_if_allowed(interaction, "block", answer)
        await self._responder.answer_privately(interaction, asking)

    async def _report_message(self, interaction: BotInteraction, message: discord.Message) -> None:
        asker = build_context(interaction)
        await self._responder.answer_privately(
            interaction, self._reports.report_message(message.id, asker)
        )
