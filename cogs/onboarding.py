"""The first message in a new server, and its two buttons."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands

from bot.adapters.discord.channels import first_place
from bot.adapters.discord.interactions.context import Gear, asker_of_interaction
from bot.adapters.discord.interactions.double_click import Presses
from bot.adapters.discord.interactions.panel_token import MANAGER, manages
from bot.adapters.discord.interactions.responder import Answers
from bot.adapters.discord.render.layout import present
from bot.core.drawing.request import Wish
from bot.core.jobs.answers import under_way
from bot.core.onboarding import FIRST, not_yours_to_set_up
from bot.flow.drawing.requests import Desk
from bot.flow.onboarding import Greeting
from bot.flow.settings.panel import Panel, SettingsDesk


class Welcome(commands.Cog):
    """The buttons stand in public: anybody may draw, and whoever manages the server may set up."""

    def __init__(
        self, greeting: Greeting, settings: SettingsDesk, desk: Desk, answers: Answers
    ) -> None:
        self._greeting, self._settings = greeting, settings
        self._desk, self._answers = desk, answers
        self._presses = Presses()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Somebody invited the bot."""
        await self._greeting.joined(guild.id, lambda _: first_place(guild))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """After an outage, or after a long silence in which somebody may have invited the bot."""
        await self._greeting.joined(guild.id, lambda _: first_place(guild))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Gear) -> None:
        """The greeting may be months old."""
        if interaction.type is not discord.InteractionType.component or not interaction.guild_id:
            return
        data: Any = interaction.data or {}
        match data.get("custom_id"):
            case "welcome:draw":
                await self._draw(interaction)
            case "welcome:setup" if manages(interaction):
                panel = Panel(asker_of_interaction(interaction), MANAGER)
                await present(
                    interaction,
                    self._settings.page(panel),
                    anew=True,
                    patience_s=self._answers.patience_s,
                )
            case "welcome:setup":
                await self._answers.tell(interaction, not_yours_to_set_up())

    async def _draw(self, interaction: Gear) -> None:
        asker = asker_of_interaction(interaction)
        with self._presses.once(asker.user, "welcome:draw") as first:
            if not first:
                await self._answers.tell(interaction, under_way())
                return
            wish = Wish(f"interaction:{interaction.id}", FIRST)
            await self._answers.job(
                interaction,
                self._desk.imagine(wish, asker),
                private=self._desk.is_private(wish, asker),
            )
