"""/history and its buttons."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.interactions.context import BotInteraction, context_of_interaction
from bot.adapters.discord.interactions.history_buttons import LeafPress, hand_over, turn
from bot.adapters.discord.interactions.responder import InteractionResponder, send_follow_up
from bot.core.ui.card import MessageCard
from bot.flow.history import HistoryCommands as Past


class HistoryCog(commands.Cog):
    """One list, its buttons, and a word to those whose pictures no place would take."""

    def __init__(self, past: Past, answers: InteractionResponder) -> None:
        self._history_commands, self._responder = past, answers

    @app_commands.command(description="See what was drawn for you here, and get it again")
    @app_commands.describe(search="Only what has these words in its prompt or its model's name")
    async def history(
        self, interaction: BotInteraction, search: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        """Show it privately."""
        asker = context_of_interaction(interaction)
        await self._responder.answer_privately(
            interaction, self._history_commands.show_history(asker, search or "")
        )

    @commands.Cog.listener()
    async def on_leaf_press(self, interaction: BotInteraction, press: LeafPress) -> None:
        """A button of a list was pressed, perhaps long after it was sent."""
        asker = context_of_interaction(interaction)
        match press.action:
            case "resend":
                await hand_over(
                    interaction,
                    lambda send: self._history_commands.resend_files(
                        asker, press.target, interaction.filesize_limit, send
                    ),
                )
            case "delete":
                await self._show_page(
                    interaction,
                    self._history_commands.delete_entry(asker, press.target, press.spot),
                )
            case _:
                await self._show_page(
                    interaction, self._history_commands.show_page(asker, press.spot)
                )

    async def _show_page(
        self, interaction: BotInteraction, asking: Coroutine[Any, Any, MessageCard]
    ) -> None:
        await turn(interaction, asking, patience_s=self._responder.deadline_s)

    @commands.Cog.listener()
    async def on_app_command_completion(
        self,
        interaction: BotInteraction,
        _: app_commands.Command[Any, ..., Any] | app_commands.ContextMenu,
    ) -> None:
        """Their answer is out."""
        await self._send_reminder(interaction)

    @commands.Cog.listener()
    async def on_answered(self, interaction: BotInteraction) -> None:
        """The same for a button or a form of a job's message."""
        await self._send_reminder(interaction)

    async def _send_reminder(self, interaction: BotInteraction) -> None:
        """Remind a member of an outcome they have not seen."""
        if interaction.guild_id is None or not interaction.response.is_done():
            return
        if interaction.response.type is discord.InteractionResponseType.modal:
            return  # a form is open before them: the next answer will do
        card = await self._history_commands.take_reminder(context_of_interaction(interaction))
        if card is not None:
            await send_follow_up(interaction, card)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, gone: discord.RawMessageDeleteEvent) -> None:
        """Remove links to a deleted message."""
        await self._history_commands.mark_message_deleted(gone.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, gone: discord.RawBulkMessageDeleteEvent) -> None:
        """Remove links to several deleted messages."""
        for message in gone.message_ids:
            await self._history_commands.mark_message_deleted(message)
