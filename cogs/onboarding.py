"""The first message in a new server, and its two buttons."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.adapters.discord.channels import find_first_channel
from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.command_access import CommandAccess
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.double_click import DoubleClickGuard
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import ComponentEvent, ComponentRoute
from bot.adapters.discord.render.layout import render_layout
from bot.core.command_access import AccessVerdict, access_denied_card
from bot.core.drawing.request import DrawRequest
from bot.core.jobs.answers import ALREADY_WORKING_CARD
from bot.core.onboarding import FIRST_PROMPT, SETUP_DENIED_CARD
from bot.flow.drawing.requests import DrawingRequests
from bot.flow.onboarding import WelcomeMessages
from bot.flow.settings.panel import SettingsPanel, SettingsSession


class WelcomeCog(BotCog):
    """Buttons of the public welcome message."""

    def __init__(
        self,
        welcome: WelcomeMessages,
        settings: SettingsPanel,
        requests: DrawingRequests,
        responder: InteractionResponder,
        access: CommandAccess,
    ) -> None:
        self._welcome, self._panel, self._access = welcome, settings, access
        self._requests, self._responder = requests, responder
        self._click_guard = DoubleClickGuard()
        self.routes = (
            ComponentRoute(("welcome",), "draw", self._submit_first_prompt),
            ComponentRoute(("welcome",), "setup", self._open_settings),
        )

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Welcome a new guild."""
        await self._welcome_guild(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Welcome a guild that may have invited the bot while it was off or in an outage."""
        await self._welcome_guild(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget that a guild was welcomed which removed the bot."""
        await self._welcome.forget_guild(guild.id)

    async def _welcome_guild(self, guild: discord.Guild) -> None:
        me: discord.Member | None = guild.me
        joined_at = None if me is None else me.joined_at
        await self._welcome.welcome_guild(guild.id, joined_at, lambda: find_first_channel(guild))

    async def _open_settings(self, interaction: BotInteraction, _: ComponentEvent) -> None:
        verdict = await self._access.check_access(interaction, "settings")
        if verdict is not AccessVerdict.ALLOWED:
            denial = access_denied_card("settings", verdict)
            lacks_right = verdict is AccessVerdict.NO_RIGHT
            await self._responder.send_private(
                interaction, SETUP_DENIED_CARD if lacks_right else denial
            )
            return
        panel = SettingsSession(build_context(interaction))
        await self._responder.show_panel(
            interaction, self._panel.show_page(panel), render_layout, in_new_message=True
        )

    async def _submit_first_prompt(self, interaction: BotInteraction, _: ComponentEvent) -> None:
        asker = build_context(interaction)
        with self._click_guard.guard_click(asker.user, "welcome:draw") as first:
            if not first:
                await self._responder.send_private(interaction, ALREADY_WORKING_CARD)
                return
            wish = DrawRequest(f"interaction:{interaction.id}", FIRST_PROMPT)
            await self._responder.answer_job(
                interaction,
                self._requests.submit_request(wish, asker),
                private=self._requests.is_private(wish, asker),
            )
