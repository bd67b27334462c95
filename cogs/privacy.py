"""/privacy."""

from __future__ import annotations

from typing import Final

from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
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
    """/privacy, private and about oneself.

    In direct messages it covers every guild, for members who have left one.
    """

    def __init__(self, privacy: PrivacyCommands, responder: InteractionResponder) -> None:
        self._privacy, self._responder = privacy, responder
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
        asker = build_context(interaction)
        await self._responder.send_files(
            interaction,
            lambda send: self._privacy.export_data(
                asker,
                interaction.filesize_limit,
                send,
                everywhere=_covers_every_guild(asker, everywhere),
            ),
        )

    @app_commands.command(description="Delete your data (asks first)")
    @app_commands.describe(everywhere="On all servers where you used me, not just this one")
    async def erase(self, interaction: BotInteraction, everywhere: bool = False) -> None:
        """Ask for confirmation first."""
        asker = build_context(interaction)
        await self._responder.answer_privately(
            interaction,
            self._privacy.confirm_erasure(asker, everywhere=_covers_every_guild(asker, everywhere)),
        )

    async def _answer_question(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        asker = build_context(interaction)
        if int(press.arguments["user"]) != asker.user:
            await self._responder.send_private(interaction, privacy_cards.WRONG_MEMBER_CARD)
            return
        asking = (
            _build_declined_card()
            if press.action == "keep"
            else self._privacy.erase_data(
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
    return privacy_cards.ERASURE_DECLINED_CARD
