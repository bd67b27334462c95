"""/models with pages of images and the member's default model."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.interactions.context import BotInteraction, context_of_interaction
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.result_buttons import read_form
from bot.adapters.discord.render.models import Pressed, build_draw_form, present, pressed
from bot.core.models import ItemKind, ListPosition
from bot.flow.drawing.requests import DrawingRequests
from bot.flow.models import ModelBrowser

KIND_CHOICES: Final = [
    app_commands.Choice(name="Models", value=ItemKind.MODELS.value),
    app_commands.Choice(name="LoRAs", value=ItemKind.LORAS.value),
    app_commands.Choice(name="Styles", value=ItemKind.STYLES.value),
]


class ModelsCog(commands.Cog):
    """A panel is seen by whoever opened it alone, so its presses are theirs."""

    def __init__(
        self,
        gallery: ModelBrowser,
        desk: DrawingRequests,
        answers: InteractionResponder,
        *,
        prompt_max: int,
    ) -> None:
        self._model_browser, self._requests, self._responder = gallery, desk, answers
        self._prompt_max = prompt_max

    @app_commands.command(description="See what you can draw with, and choose your usual model")
    @app_commands.describe(
        search="Only those with these words in their name",
        kind="Models, LoRAs or styles; models if you leave this out",
    )
    @app_commands.choices(kind=KIND_CHOICES)
    async def models(
        self, interaction: BotInteraction, search: str = "", kind: str = ItemKind.MODELS.value
    ) -> None:
        """Show the first page privately."""
        asker = context_of_interaction(interaction)
        place = ListPosition(ItemKind(kind), 0, search.strip())
        await present(interaction, self._model_browser.show_page(asker, place))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: BotInteraction) -> None:
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
            title = self._model_browser.find_title(kind, press.key) or f"this {kind.singular_name}"
            form = build_draw_form(kind, press.key, title, prompt_max=self._prompt_max)
            await self._responder.open_form(interaction, form)
        elif press.verb == "form":
            asked, _ = read_form(interaction)
            wish = self._model_browser.build_request(kind, press.key, asked.prompt, asked.source)
            asker = context_of_interaction(interaction)
            await self._responder.answer_job(
                interaction,
                self._requests.submit_request(wish, asker),
                private=self._requests.is_private(wish, asker),
            )
        else:
            await self._show_page(interaction, press)

    async def _show_page(self, interaction: BotInteraction, press: Pressed) -> None:
        asker, place = context_of_interaction(interaction), press.place
        match press.verb:
            case "pick":
                asking = self._model_browser.show_item(asker, press.key, place)
            case "usual":
                asking = self._model_browser.set_usual_model(asker, press.key, place)
            case "forget":
                asking = self._model_browser.clear_usual_model(asker, press.key, place)
            case "refresh":
                asking = self._model_browser.refresh_catalog(asker, place)
            case _:
                asking = self._model_browser.show_page(asker, place)
        await present(interaction, asking)
