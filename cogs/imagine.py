"""/imagine."""

from __future__ import annotations

from typing import Final, TypeAlias

import discord
from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions import autocomplete
from bot.adapters.discord.interactions.attachments import make_reader
from bot.adapters.discord.interactions.autocomplete import ModelAutocomplete
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.core.drawing.model_defaults import ASPECTS
from bot.core.drawing.request import DrawRequest
from bot.flow.drawing.requests import DrawingRequests

Choices: TypeAlias = list[app_commands.Choice[str]]
ASPECT_NAMES: Final = {"1:1": "Square", "16:9": "Wide", "21:9": "Cinema", "9:16": "Phone"}


def _aspect_choice(aspect: str) -> app_commands.Choice[str]:
    width, height = map(int, aspect.split(":"))
    usual = "Landscape" if width > height else "Portrait"
    return app_commands.Choice(name=f"{ASPECT_NAMES.get(aspect, usual)} {aspect}", value=aspect)


class ImagineCog(BotCog):
    """/imagine. Numbers are unbounded here, because the flow explains each bound."""

    def __init__(self, requests: DrawingRequests, responder: InteractionResponder) -> None:
        self._requests, self._responder = requests, responder
        self._model_autocomplete = ModelAutocomplete()

    @app_commands.command(description="Create a picture from a description")
    @app_commands.describe(
        prompt="Describe the picture",
        negative="What to leave out",
        model="Model (default: the server's)",
        aspect="Aspect ratio (default: square)",
        images="Number of pictures; each counts towards your limit",
        seed="The same seed draws the same picture again (default: a new one)",
        steps="Number of steps (default: the model's)",
        cfg="How closely to follow your words (default: the model's)",
        lora="LoRAs with optional weights, e.g. first:0.8, second",
        style="A ready-made look",
        image="Start from this picture (PNG, JPEG, WebP)",
        creativity="How far to go from that picture, 0 to 1 (default: 0.6)",
        upscale="Upscale factor, e.g. 2",
        private="Only you can see it",
        spoiler="Hide it until someone clicks it",
        advanced="Other SwarmUI parameters: --name value --name value",
    )
    @app_commands.choices(aspect=[_aspect_choice(aspect) for aspect in ASPECTS])
    async def imagine(
        self,
        interaction: BotInteraction,
        prompt: str,
        negative: str = "",
        model: str | None = None,
        aspect: str | None = None,
        images: int | None = None,
        seed: int | None = None,
        steps: int | None = None,
        cfg: float | None = None,
        lora: str = "",
        style: str = "",
        image: discord.Attachment | None = None,
        creativity: float | None = None,
        upscale: float | None = None,
        private: bool | None = None,
        spoiler: bool = False,
        advanced: str = "",
    ) -> None:
        """Submit a request for a picture."""
        wish = DrawRequest(
            source=f"interaction:{interaction.id}",
            prompt=prompt,
            negative=negative,
            model=model,
            aspect=aspect,
            images=images,
            seed=seed,
            steps=steps,
            cfg=cfg,
            lora=lora,
            style=style,
            creativity=creativity,
            upscale=upscale,
            private=private,
            spoiler=spoiler,
            advanced=advanced,
        )
        asker = build_context(interaction)
        asking = (
            self._requests.submit_request(wish, asker)
            if image is None
            else self._requests.submit_with_image(wish, make_reader(image), asker)
        )
        private = self._requests.is_private(wish, asker)
        await self._responder.answer_job(interaction, asking, private=private)

    @imagine.autocomplete("model")
    async def _complete_model(self, interaction: BotInteraction, typed: str) -> Choices:
        return self._model_autocomplete.find_choices(
            self._requests.list_available_models(build_context(interaction)), typed
        )

    @imagine.autocomplete("lora")
    async def _complete_lora(self, interaction: BotInteraction, typed: str) -> Choices:
        return autocomplete.lora_choices(
            self._requests.get_member_snapshot(build_context(interaction)).loras, typed
        )

    @imagine.autocomplete("style")
    async def _complete_style(self, interaction: BotInteraction, typed: str) -> Choices:
        return autocomplete.style_choices(
            self._requests.get_member_snapshot(build_context(interaction)).presets, typed
        )

    @imagine.autocomplete("advanced")
    async def _complete_advanced(self, interaction: BotInteraction, typed: str) -> Choices:
        asker = build_context(interaction)
        return autocomplete.advanced_choices(self._requests.list_settable_params(asker), typed)
