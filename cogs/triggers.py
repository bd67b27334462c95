"""/triggers: which plain messages draw, and where, set by those who manage the server."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.channels import OwnChannels, chosen_place
from bot.adapters.discord.interactions import autocomplete
from bot.adapters.discord.interactions.context import Gear, asker_of_interaction
from bot.adapters.discord.interactions.cooldown import Recently
from bot.adapters.discord.interactions.responder import Answers
from bot.core.drawing.refusals import permission_missing
from bot.core.drawing.request import Asker
from bot.core.triggers.phrase import LENGTH_MAX
from bot.core.ui.card import Card
from bot.flow.triggers.commands import PhraseDesk, Spot

RawPlace: TypeAlias = app_commands.AppCommandChannel | app_commands.AppCommandThread
Page = app_commands.Range[int, 1]
Text = app_commands.Range[str, 1, LENGTH_MAX]
# A choice of the menu may name a channel before the phrase.
Chosen = app_commands.Range[str, 1, 100]
Sentence = app_commands.Range[str, 1, 4000]


class PlaceOption(app_commands.Transformer):
    """Any channel or thread where people write, also one that the bot does not see."""

    types: Final = [
        discord.ChannelType.text,
        discord.ChannelType.news,
        discord.ChannelType.voice,
        discord.ChannelType.stage_voice,
        discord.ChannelType.forum,
        discord.ChannelType.media,
        discord.ChannelType.public_thread,
        discord.ChannelType.private_thread,
        discord.ChannelType.news_thread,
    ]

    @property
    def type(self) -> discord.AppCommandOptionType:
        """What Discord asks for."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """All but categories: nobody writes in one."""
        return self.types

    async def transform(self, _: Gear, value: RawPlace, /) -> RawPlace:
        """Take it as it comes."""
        return value


Place: TypeAlias = app_commands.Transform[RawPlace, PlaceOption]


@app_commands.default_permissions(manage_guild=True)
class Phrases(
    commands.GroupCog, group_name="triggers", group_description="Which plain messages draw"
):
    """Who may use it is Discord's to say (Server Settings, Integrations): it is not asked again.

    `accepted` remembers whose message was let in lately.
    """

    def __init__(self, desk: PhraseDesk, answers: Answers, accepted: Recently) -> None:
        self._desk, self._answers, self._accepted = desk, answers, accepted

    @app_commands.command(description="Add a phrase: a message that has it draws the rest")
    @app_commands.describe(
        phrase="Such as: draw me {prompt}; without {prompt} the prompt comes last",
        channel="Only there; in every channel that listens if you leave this out",
    )
    async def add(self, interaction: Gear, phrase: Text, channel: Place | None = None) -> None:
        """It acts at once."""
        asker = asker_of_interaction(interaction)
        place = 0 if channel is None else channel.id
        here, deaf = OwnChannels(interaction), _deaf(interaction)
        await self._answers.private(
            interaction, self._desk.add(asker, phrase, place, here, deaf=deaf)
        )

    @app_commands.command(description="Remove a phrase")
    @app_commands.describe(
        phrase="Which one; choose it from the list that appears",
        channel="Where it counts, if the same phrase stands in several channels",
    )
    async def remove(self, interaction: Gear, phrase: Chosen, channel: Place | None = None) -> None:
        """The host's phrases can be removed too: the list is the server's own from then on."""
        asker = asker_of_interaction(interaction)
        place = 0 if channel is None else channel.id
        await self._answers.private(interaction, self._desk.remove(asker, phrase, place))

    @remove.autocomplete("phrase")
    async def _phrases(self, interaction: Gear, typed: str) -> list[app_commands.Choice[str]]:
        asker = asker_of_interaction(interaction)
        return autocomplete.pick(
            self._desk.choices(asker.guild, OwnChannels(interaction).name), typed
        )

    @app_commands.command(name="list", description="See the phrases, and where they count")
    @app_commands.describe(page="Which page of the list")
    async def list_(self, interaction: Gear, page: Page = 1) -> None:
        """Say it privately."""
        asker = asker_of_interaction(interaction)
        here, deaf = OwnChannels(interaction), _deaf(interaction)
        await self._answers.private(interaction, self._desk.list(asker, page, here, deaf=deaf))

    @app_commands.command(description="See what a sentence would do here, and why")
    @app_commands.describe(sentence="What somebody might write in this channel")
    async def test(self, interaction: Gear, sentence: Sentence) -> None:
        """Nothing is drawn or charged."""
        asker = asker_of_interaction(interaction)
        spot = Spot(
            _places(asker),
            _ourselves(interaction),
            deaf=_deaf(interaction),
            cooling=asker.user in self._accepted,
        )
        await self._answers.private(interaction, self._desk.test(asker, sentence, spot))

    @app_commands.command(description="Let phrases count in a channel, or not")
    @app_commands.describe(
        channel="Where, with its threads; here if you leave this out",
        on="False switches them off there",
    )
    async def enable(
        self, interaction: Gear, channel: Place | None = None, on: bool = True
    ) -> None:
        """It acts at once. Mentions go on working everywhere."""
        asker = asker_of_interaction(interaction)
        if channel is None:
            places = _places(asker)
        else:
            parent = getattr(channel, "parent_id", None)
            places = (channel.id, parent) if parent else (channel.id,)
        await self._answers.private(interaction, self._enable(interaction, asker, places, on))

    async def _enable(
        self, interaction: Gear, asker: Asker, places: tuple[int, ...], on: bool
    ) -> Card:
        """Where we may not write it counts all the same, but nobody would get anything."""
        card = await self._desk.enable(asker, places, on, deaf=_deaf(interaction))
        name, lacks = chosen_place(interaction, places[0])
        if not on or not lacks:
            return card
        return replace(card, content=f"{card.content}\n{permission_missing(lacks, name).sentence}")


def _places(asker: Asker) -> tuple[int, ...]:
    return (asker.channel, asker.parent) if asker.parent else (asker.channel,)


def _ourselves(interaction: Gear) -> int:
    user = interaction.client.user
    return interaction.application_id if user is None else user.id


def _deaf(interaction: Gear) -> bool:
    """Whether Discord does not show us what people write."""
    return not interaction.client.intents.message_content
