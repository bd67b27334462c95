"""/models: what one may draw with, with pictures, and one's own usual model."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.interactions.context import Gear, asker_of_interaction
from bot.adapters.discord.interactions.responder import Answers
from bot.adapters.discord.interactions.result_buttons import read_form
from bot.adapters.discord.render.models import Pressed, draw_form, present, pressed
from bot.core.models import Kind, Place
from bot.flow.drawing.requests import Desk
from bot.flow.models import Gallery

KINDS: Final = [
    app_commands.Choice(name="Models", value=Kind.MODELS.value),
    app_commands.Choice(name="LoRAs", value=Kind.LORAS.value),
    app_commands.Choice(name="Styles", value=Kind.STYLES.value),
]


class Models(commands.Cog):
    """A panel is seen by whoever opened it alone, so its presses are theirs."""

    def __init__(self, gallery: Gallery, desk: Desk, answers: Answers, *, prompt_max: int) -> None:
        self._gallery, self._desk, self._answers = gallery, desk, answers
        self._prompt_max = prompt_max

    @app_commands.command(description="See what you can draw with, and choose your usual model")
    @app_commands.describe(
        search="Only those with these words in their name",
        kind="Models, LoRAs or styles; models if you leave this out",
    )
    @app_commands.choices(kind=KINDS)
    async def models(
        self, interaction: Gear, search: str = "", kind: str = Kind.MODELS.value
    ) -> None:
        """Show the first page privately."""
        asker = asker_of_interaction(interaction)
        place = Place(Kind(kind), 0, search.strip())
        await present(interaction, self._gallery.page(asker, place))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Gear) -> None:
        """The one place where panels and their form are answered: a restart may lie between."""
        if interaction.type not in (
            discord.InteractionType.component,
            discord.InteractionType.modal_submit,
        ):
            return
        press = pressed(interaction)
        if press is None or interaction.guild_id is None:
            return
        kind = press.place.kind
        if press.verb == "draw":
            title = self._gallery.title(kind, press.key) or f"this {kind.one}"
            form = draw_form(kind, press.key, title, prompt_max=self._prompt_max)
            await self._answers.open(interaction, form)
        elif press.verb == "form":
            asked, _ = read_form(interaction)
            wish = self._gallery.wish(kind, press.key, asked.prompt, asked.source)
            asker = asker_of_interaction(interaction)
            await self._answers.job(
                interaction,
                self._desk.imagine(wish, asker),
                private=self._desk.is_private(wish, asker),
            )
        else:
            await self._turn(interaction, press)

    async def _turn(self, interaction: Gear, press: Pressed) -> None:
        asker, place = asker_of_interaction(interaction), press.place
        match press.verb:
            case "pick":
                asking = self._gallery.card(asker, press.key, place)
            case "usual":
                asking = self._gallery.choose(asker, press.key, place)
            case "forget":
                asking = self._gallery.forget(asker, press.key, place)
            case "refresh":
                asking = self._gallery.refresh(asker, place)
            case _:
                asking = self._gallery.page(asker, place)
        await present(interaction, asking)
