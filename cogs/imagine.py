"""/imagine: words in, a picture out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord import menus
from bot.adapters.discord.answers import Answers
from bot.adapters.discord.attachments import reader
from bot.adapters.discord.inbound import Gear, asker_of_interaction
from bot.core.architectures import ASPECTS
from bot.core.request import Model, Wish
from bot.flow.desk import Desk

CHOICES_MAX: Final = 25
CHOICE_LENGTH: Final = 100
LISTS_KEPT: Final = 8

_Folded: TypeAlias = list[tuple[str, str, Model]]

SHAPES: Final = {"1:1": "Square", "16:9": "Wide", "21:9": "Cinema", "9:16": "Phone"}


def _shape(aspect: str) -> app_commands.Choice[str]:
    width, height = map(int, aspect.split(":"))
    usual = "Landscape" if width > height else "Portrait"
    return app_commands.Choice(name=f"{SHAPES.get(aspect, usual)} {aspect}", value=aspect)


class ModelMenu:
    """What may be chosen while a model's name is being typed.

    It is asked at every key: the lower-case names are made once for each list, of which there is
    one for the people of each server and roles that have their own.
    """

    def __init__(self) -> None:
        self._folded: OrderedDict[int, tuple[Sequence[Model], _Folded]] = OrderedDict()

    def choices(self, models: Sequence[Model], typed: str) -> list[app_commands.Choice[str]]:
        """At most 25: names that begin with what was typed, then names that contain it.

        A model whose name is longer than the 100 characters that Discord takes is left out.
        """
        wanted = typed.strip().casefold()
        first: list[Model] = []
        then: list[Model] = []
        for title, name, model in self._fold(models):
            if title.startswith(wanted) or name.startswith(wanted):
                first.append(model)
                if len(first) == CHOICES_MAX:
                    break
            elif len(then) < CHOICES_MAX and (wanted in title or wanted in name):
                then.append(model)
        return [
            app_commands.Choice(name=(model.title or model.name)[:CHOICE_LENGTH], value=model.name)
            for model in (*first, *then)[:CHOICES_MAX]
        ]

    def _fold(self, models: Sequence[Model]) -> _Folded:
        kept = self._folded.get(id(models))
        if kept is None:  # the list is kept beside, so that nothing else can get its id
            folded = [
                (model.title.casefold(), model.name.casefold(), model)
                for model in models
                if len(model.name) <= CHOICE_LENGTH
            ]
            kept = self._folded[id(models)] = (models, folded)
            if len(self._folded) > LISTS_KEPT:
                self._folded.popitem(last=False)
        self._folded.move_to_end(id(models))
        return kept[1]


class Imagine(commands.Cog):
    """Numbers are not bounded here: the desk has a sentence for each that is out of bounds."""

    def __init__(self, desk: Desk, answers: Answers) -> None:
        self._desk, self._answers, self._menu = desk, answers, ModelMenu()

    @app_commands.command(description="Draw a picture from your words")
    @app_commands.describe(
        prompt="What the picture shows",
        negative="What it should not show",
        model="Which model draws it; the server's usual one if you leave this out",
        aspect="Its shape; square if you leave this out",
        images="How many pictures; each counts towards your limit",
        seed="The same seed draws the same picture again; a new one if you leave this out",
        steps="How many steps to draw it in; the model's usual number if you leave this out",
        cfg="How strictly to follow your words; the model's usual value if you leave this out",
        lora="LoRAs, each with a weight if you like: first:0.8, second",
        style="A ready-made look",
        image="A picture to begin from: PNG, JPEG or WebP",
        creativity="How far to go from that picture, 0 to 1; 0.6 if you leave this out",
        upscale="How many times larger to make it at the end, such as 2",
        private="Show it to you alone",
        spoiler="Hide it until somebody clicks it",
        advanced="More of SwarmUI's parameters: --name value --name value",
    )
    @app_commands.choices(aspect=[_shape(aspect) for aspect in ASPECTS])
    async def imagine(
        self,
        interaction: Gear,
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
        """Ask the desk for a picture."""
        wish = Wish(
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
        asker = asker_of_interaction(interaction)
        asking = (
            self._desk.imagine(wish, asker)
            if image is None
            else self._desk.imagine_from(wish, reader(image), asker)
        )
        await self._answers.job(interaction, asking, private=self._desk.is_private(wish, asker))

    @imagine.autocomplete("model")
    async def _models(self, interaction: Gear, typed: str) -> list[app_commands.Choice[str]]:
        return self._menu.choices(self._desk.models(asker_of_interaction(interaction)), typed)

    @imagine.autocomplete("lora")
    async def _loras(self, interaction: Gear, typed: str) -> list[app_commands.Choice[str]]:
        return menus.loras(self._desk.shelf(asker_of_interaction(interaction)).loras, typed)

    @imagine.autocomplete("style")
    async def _styles(self, interaction: Gear, typed: str) -> list[app_commands.Choice[str]]:
        return menus.styles(self._desk.shelf(asker_of_interaction(interaction)).presets, typed)

    @imagine.autocomplete("advanced")
    async def _advanced(self, interaction: Gear, typed: str) -> list[app_commands.Choice[str]]:
        asker = asker_of_interaction(interaction)
        return menus.advanced(self._desk.openings(asker), typed)
