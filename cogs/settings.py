"""/settings: one private panel for what a server may choose."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.channels import chosen_place, role_names
from bot.adapters.discord.interactions.context import Gear, asker_of_interaction
from bot.adapters.discord.interactions.panel_token import Standing, issue, standing
from bot.adapters.discord.interactions.responder import Answers
from bot.adapters.discord.render.layout import Pressed, modal, present, pressed
from bot.core.drawing.refusals import permission_missing
from bot.core.settings.panel_text import NO_LONGER, OPEN_ANEW
from bot.core.ui.card import Card
from bot.core.ui.layout import Form, Sheet
from bot.flow.settings.panel import Panel, SettingsDesk

REFUSALS = {Standing.LOST: NO_LONGER, Standing.OVER: OPEN_ANEW}


class Settings(commands.Cog):
    """A panel is seen by whoever opened it alone; that they still may is asked at every press."""

    def __init__(self, desk: SettingsDesk, answers: Answers) -> None:
        self._desk, self._answers = desk, answers

    @app_commands.command(description="Choose where, what and how people draw in this server")
    @app_commands.default_permissions(manage_guild=True)
    async def settings(self, interaction: Gear) -> None:
        """Open the panel. Who may is Discord's to say: it is not asked again here."""
        panel = Panel(asker_of_interaction(interaction), issue(interaction))
        await self._show(interaction, self._desk.page(panel))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Gear) -> None:
        """The one place where a panel and its forms are answered: a restart may lie between."""
        press = pressed(interaction)
        if press is None:
            return
        worth = standing(interaction, press.stamp)
        if worth is not Standing.GOOD:
            await self._answers.tell(interaction, Card(REFUSALS[worth]))
            return
        panel = Panel(
            asker_of_interaction(interaction), press.stamp, press.view, role_names(interaction)
        )
        match press.verb:
            case "form":
                await self._open(interaction, panel, press)
            case "send":
                sent = self._desk.send(panel, press.argument, press.fields or {})
                await self._show(interaction, sent)
            case "set":
                await self._show(interaction, self._desk.put(panel, press.argument))
            case "pick":
                await self._show(interaction, self._pick(interaction, panel, press))
            case _:
                await self._show(interaction, self._desk.page(panel))

    async def _pick(self, interaction: Gear, panel: Panel, press: Pressed) -> Sheet:
        if press.argument == "log_channel" and press.values and press.values[0].isdecimal():
            name, lacks = chosen_place(interaction, int(press.values[0]))
            if lacks:
                return await self._desk.lacks(panel, permission_missing(lacks, name).sentence)
        return await self._desk.pick(panel, press.argument, press.values)

    async def _open(self, interaction: Gear, panel: Panel, press: Pressed) -> None:
        """A form opens as the first answer or never: it cannot be deferred."""
        made = await self._desk.form(panel, press.argument)
        if isinstance(made, Form):
            await self._answers.open(interaction, modal(made))
        else:
            await self._show(interaction, _ready(made))

    async def _show(self, interaction: Gear, asking: Coroutine[Any, Any, Sheet]) -> None:
        await present(interaction, asking, patience_s=self._answers.patience_s)


async def _ready(sheet: Sheet) -> Sheet:
    return sheet
