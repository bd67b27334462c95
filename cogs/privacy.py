"""/privacy."""

from __future__ import annotations

from typing import Final

from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, context_of_interaction
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import ComponentEvent, ComponentRoute
from bot.adapters.discord.render.message import render_card
from bot.core.drawing.request import RequestContext
from bot.core.privacy import cards as privacy_cards
from bot.core.privacy.cards import ALL_GUILDS, THIS_GUILD
from bot.core.ui.card import MessageCard
from bot.flow.privacy import PrivacyCommands

QUESTION_PATTERN: Final = rf"privacy:(?P<reach>{THIS_GUILD}|{ALL_GUILDS}):(?P<user>[0-9]{{1,20}})"


class PrivacyCog(
    BotCog,
    commands.GroupCog,
    group_name="privacy",
    group_description="Your data: download or delete it",
):
    """Everybody asks for themselves, and reads the answer alone.

    In direct messages too, where it is about all servers: who has left one asks there.
    """

    def __init__(self, privacy: PrivacyCommands, responder: InteractionResponder) -> None:
        self._privacy_commands, self._responder = privacy, responder
        self.routes = (
            ComponentRoute(("erase", "purge", "keep"), QUESTION_PATTERN, self._answer_question),
        )
        assert self.app_command is not None
        self.app_command.allowed_contexts = app_commands.AppCommandContext(
            guild=True, dm_channel=True
        )

    @app_commands.command(description="Download your data")
    @app_commands.describe(everywhere="From all servers where you used me, not just this one")
    async def export(self, interaction: BotInteraction, everywhere: bool = False) -> None:
        """Export data. The file comes as a follow-up message."""
        asker = context_of_interaction(interaction)
        await self._responder.send_files(
            interaction,
            lambda send: self._privacy_commands.export_data(
                asker,
                interaction.filesize_limit,
                send,
                everywhere=_covers_every_guild(asker, everywhere),
            ),
        )

    @app_commands.command(description="Delete your data (asks first)")
    @app_commands.describe(everywhere="On all servers where you used me, not just this one")
    async def erase(self, interaction: BotInteraction, everywhere: bool = False) -> None:
        """Nothing goes before a button is pressed."""
        asker = context_of_interaction(interaction)
        await self._responder.answer_privately(
            interaction,
            self._privacy_commands.confirm_erasure(
                asker, everywhere=_covers_every_guild(asker, everywhere)
            ),
        )

    async def _answer_question(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        asker = context_of_interaction(interaction)
        if int(press.arguments["user"]) != asker.user:
            await self._responder.send_private(interaction, privacy_cards.wrong_member_card())
            return
        asking = (
            _build_declined_card()
            if press.action == "keep"
            else self._privacy_commands.erase_data(
                asker,
                everywhere=_covers_every_guild(asker, press.arguments["reach"] == ALL_GUILDS),
                messages=press.action == "purge",
            )
        )
        await self._responder.show_panel(interaction, asking, render_card)


def _covers_every_guild(asker: RequestContext, everywhere: bool) -> bool:
    """In a direct message there is no server to stay in."""
    return everywhere or asker.guild == 0


async def _build_declined_card() -> MessageCard:
    return privacy_cards.erasure_declined_card()
