"""/history and its buttons."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import ComponentEvent, ComponentRoute
from bot.adapters.discord.interactions.sending import send_follow_up
from bot.adapters.discord.render.message import render_card
from bot.core.history.cards import HistoryPageRef
from bot.core.ids import ID_PATTERN
from bot.flow.history import HistoryCommands

ENTRY_PATTERN: Final = (
    rf"history:(?P<page>[0-9]{{1,6}}(?:\.{ID_PATTERN})?):(?P<target>{ID_PATTERN})"
)


class HistoryCog(BotCog):
    """/history, its buttons, and reminders of undelivered pictures."""

    def __init__(self, history: HistoryCommands, responder: InteractionResponder) -> None:
        self._history, self._responder = history, responder
        self.routes = (
            ComponentRoute(("resend",), ENTRY_PATTERN, self._resend_files),
            ComponentRoute(("delete", "page"), ENTRY_PATTERN, self._change_page),
        )

    @app_commands.command(description="Your past pictures (only you can see them)")
    @app_commands.describe(search="Only pictures with these words in the prompt or model name")
    async def history(
        self, interaction: BotInteraction, search: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        """Show the first page privately."""
        asker = build_context(interaction)
        await self._responder.answer_privately(
            interaction, self._history.show_history(asker, search or "")
        )

    async def _resend_files(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        asker = build_context(interaction)
        await self._responder.send_files(
            interaction,
            lambda send: self._history.resend_files(
                asker, press.target, interaction.filesize_limit, send
            ),
        )

    async def _change_page(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        asker = build_context(interaction)
        page = HistoryPageRef.from_text(press.arguments["page"])
        asking = (
            self._history.delete_entry(asker, press.target, page)
            if press.action == "delete"
            else self._history.show_page(asker, page)
        )
        await self._responder.show_panel(interaction, asking, render_card)

    @commands.Cog.listener()
    async def on_answered(self, interaction: BotInteraction) -> None:
        """Remind a member of an outcome they have not seen, after an answer."""
        if interaction.guild_id is None or not interaction.response.is_done():
            return
        if interaction.response.type is discord.InteractionResponseType.modal:
            return  # a form is open before them: the next answer will do
        card = await self._history.take_reminder(build_context(interaction))
        if card is not None:
            await send_follow_up(interaction, card)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, gone: discord.RawMessageDeleteEvent) -> None:
        """Remove links to a deleted message."""
        await self._history.mark_message_deleted(gone.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, gone: discord.RawBulkMessageDeleteEvent) -> None:
        """Remove links to several deleted messages."""
        for message in gone.message_ids:
            await self._history.mark_message_deleted(message)
