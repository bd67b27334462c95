"""/settings with one private panel."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.channels import find_chosen_channel
from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.command_access import CommandAccess
from bot.adapters.discord.interactions.context import BotInteraction, build_context, list_role_names
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import ComponentEvent, ComponentRoute
from bot.adapters.discord.render.layout import render_layout, render_modal
from bot.core.drawing.refusals import missing_permission_refusal
from bot.core.settings.view import SettingsView
from bot.core.ui.layout import Layout, ModalForm
from bot.flow.settings.panel import SettingsPanel, SettingsSession

PANEL: Final = r"(?P<view>[a-z]+(?:\.[0-9]{1,20})?):(?P<argument>[^:]*)(?::[^:]*)?"
"""Ids of older panels end with a further part, which says nothing any more."""


class SettingsCog(BotCog):
    """Settings panel. Whoever may use /settings may press its buttons."""

    def __init__(
        self, panel: SettingsPanel, responder: InteractionResponder, access: CommandAccess
    ) -> None:
        self._panel, self._responder, self._access = panel, responder, access
        self.routes = (
            ComponentRoute(("settings",), rf"(?P<verb>go|set|pick|form):{PANEL}", self._press),
            ComponentRoute(("settings",), rf"(?P<verb>send):{PANEL}", self._press, form=True),
        )

    @app_commands.command(description="Set up channels, models and safety for this server")
    @app_commands.default_permissions(manage_guild=True)
    async def settings(self, interaction: BotInteraction) -> None:
        """Open the panel. Discord decides who may."""
        panel = SettingsSession(build_context(interaction))
        await self._show_layout(interaction, self._panel.show_page(panel))

    @commands.Cog.listener()
    async def on_raw_app_command_permissions_update(
        self, change: discord.RawAppCommandPermissionsUpdateEvent
    ) -> None:
        """Fetch a guild's command rights again after its Integrations page changed."""
        self._access.forget_guild(change.guild.id)

    async def _press(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        if denial := await self._access.find_denial(interaction, "settings"):
            await self._responder.send_private(interaction, denial)
            return
        argument = press.argument
        panel = SettingsSession(
            build_context(interaction),
            SettingsView.from_text(press.arguments["view"]),
            list_role_names(interaction),
        )
        match press.arguments["verb"]:
            case "form":
                await self._open_form(interaction, panel, press)
            case "send":
                sent = self._panel.submit_form(panel, argument, press.fields or {})
                await self._show_layout(interaction, sent)
            case "set":
                await self._show_layout(interaction, self._panel.apply_button(panel, argument))
            case "pick":
                await self._show_layout(
                    interaction, self._apply_selection(interaction, panel, press)
                )
            case _:
                await self._show_layout(interaction, self._panel.show_page(panel))

    async def _apply_selection(
        self, interaction: BotInteraction, panel: SettingsSession, press: ComponentEvent
    ) -> Layout:
        if press.argument == "log_channel" and press.values and press.values[0].isdecimal():
            name, lacks = find_chosen_channel(interaction, int(press.values[0]))
            if lacks:
                return await self._panel.reject_log_channel(
                    panel, missing_permission_refusal(lacks, name).sentence
                )
        return await self._panel.apply_selection(panel, press.argument, press.values)

    async def _open_form(
        self, interaction: BotInteraction, panel: SettingsSession, press: ComponentEvent
    ) -> None:
        """Open a form as the first answer, because it cannot be deferred."""
        made = await self._panel.open_form(panel, press.argument)
        if isinstance(made, ModalForm):
            await self._responder.open_form(interaction, render_modal(made))
        else:
            await self._show_layout(interaction, _return_layout(made))

    async def _show_layout(
        self, interaction: BotInteraction, asking: Coroutine[Any, Any, Layout]
    ) -> None:
        await self._responder.show_panel(interaction, asking, render_layout)


async def _return_layout(sheet: Layout) -> Layout:
    return sheet
