"""/triggers commands for moderators."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.channels import OwnChannels, find_chosen_channel
from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions import autocomplete
from bot.adapters.discord.interactions.context import (
    BotInteraction,
    build_context,
    find_own_role,
)
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.core.drawing.refusals import missing_permission_refusal
from bot.core.drawing.request import RequestContext
from bot.core.triggers.phrase import PHRASE_LENGTH_MAX
from bot.core.ui.card import MessageCard
from bot.flow.triggers.commands import DryRunContext, TriggerCommands
from bot.flow.triggers.cooldown import RecentKeys

RawChannel: TypeAlias = app_commands.AppCommandChannel | app_commands.AppCommandThread
PageNumber = app_commands.Range[int, 1]
PhraseText = app_commands.Range[str, 1, PHRASE_LENGTH_MAX]
# A choice of the menu may name a channel before the phrase.
PhraseChoice = app_commands.Range[str, 1, 100]
SentenceText = app_commands.Range[str, 1, 4000]


class ChannelTransformer(app_commands.Transformer):
    """Any channel or thread where people write, also one that the bot does not see."""

    writable_types: Final = [
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
        """Return Discord's option type."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """Return all channel types except categories."""
        return self.writable_types

    async def transform(self, _: BotInteraction, value: RawChannel, /) -> RawChannel:
        """Take it as it comes."""
        return value


ChannelOption: TypeAlias = app_commands.Transform[RawChannel, ChannelTransformer]


@app_commands.default_permissions(manage_guild=True)
class TriggersCog(
    BotCog,
    commands.GroupCog,
    group_name="triggers",
    group_description="Phrases that draw from plain messages",
):
    """Trigger commands. Discord's Integrations settings decide who may use them.

    `accepted` remembers whose message was accepted lately.
    """

    def __init__(
        self, requests: TriggerCommands, responder: InteractionResponder, accepted: RecentKeys
    ) -> None:
        self._triggers, self._responder, self._accepted_users = requests, responder, accepted

    @app_commands.command(description="Add a trigger phrase")
    @app_commands.describe(
        phrase="For example: draw me {prompt} (without {prompt}, the prompt comes last)",
        channel="Only this channel (default: every channel where phrases are on)",
    )
    async def add(
        self, interaction: BotInteraction, phrase: PhraseText, channel: ChannelOption | None = None
    ) -> None:
        """Add a phrase at once."""
        asker = build_context(interaction)
        place = 0 if channel is None else channel.id
        here, deaf = OwnChannels(interaction), _is_content_hidden(interaction)
        await self._responder.answer_privately(
            interaction, self._triggers.add_phrase(asker, phrase, place, here, deaf=deaf)
        )

    @app_commands.command(description="Remove a trigger phrase")
    @app_commands.describe(
        phrase="Choose a phrase from the list",
        channel="Its channel, if the same phrase exists in several",
    )
    async def remove(
        self,
        interaction: BotInteraction,
        phrase: PhraseChoice,
        channel: ChannelOption | None = None,
    ) -> None:
        """Remove a phrase. Removing a host's phrase starts an own list."""
        asker = build_context(interaction)
        place = 0 if channel is None else channel.id
        await self._responder.answer_privately(
            interaction, self._triggers.remove_phrase(asker, phrase, place)
        )

    @remove.autocomplete("phrase")
    async def _complete_phrase(
        self, interaction: BotInteraction, typed: str
    ) -> list[app_commands.Choice[str]]:
        asker = build_context(interaction)
        return autocomplete.pick_choices(
            self._triggers.list_choices(asker.guild, OwnChannels(interaction).name), typed
        )

    @app_commands.command(name="list", description="List the trigger phrases and where they work")
    @app_commands.describe(page="Page number")
    async def list_phrases(self, interaction: BotInteraction, page: PageNumber = 1) -> None:
        """Show the list privately."""
        asker = build_context(interaction)
        here, deaf = OwnChannels(interaction), _is_content_hidden(interaction)
        await self._responder.answer_privately(
            interaction, self._triggers.list_phrases(asker, page, here, deaf=deaf)
        )

    @app_commands.command(description="Test what a sentence would do here, and why")
    @app_commands.describe(sentence="Something a member might write in this channel")
    async def test(self, interaction: BotInteraction, sentence: SentenceText) -> None:
        """Nothing is drawn or charged."""
        asker = build_context(interaction)
        spot = DryRunContext(
            _channel_ids(asker),
            _bot_id(interaction),
            content_hidden=_is_content_hidden(interaction),
            on_cooldown=asker.user in self._accepted_users,
            bot_role=find_own_role(interaction.guild),
        )
        await self._responder.answer_privately(
            interaction, self._triggers.try_sentence(asker, sentence, spot)
        )

    @app_commands.command(description="Turn trigger phrases on or off in a channel")
    @app_commands.describe(
        channel="The channel, with its threads (default: this one)", on="False turns them off there"
    )
    async def enable(
        self, interaction: BotInteraction, channel: ChannelOption | None = None, on: bool = True
    ) -> None:
        """Turn phrases on or off in a channel. Mentions always work."""
        asker = build_context(interaction)
        if channel is None:
            places = _channel_ids(asker)
        else:
            parent = getattr(channel, "parent_id", None)
            places = (channel.id, parent) if parent else (channel.id,)
        await self._responder.answer_privately(
            interaction, self._enable_channel(interaction, asker, places, on)
        )

    async def _enable_channel(
        self, interaction: BotInteraction, asker: RequestContext, places: tuple[int, ...], on: bool
    ) -> MessageCard:
        """Turn a channel on, with a warning if the bot may not write there."""
        card = await self._triggers.enable_channel(
            asker, places, on, deaf=_is_content_hidden(interaction)
        )
        name, lacks = find_chosen_channel(interaction, places[0])
        if not on or not lacks:
            return card
        return replace(
            card, content=f"{card.content}\n{missing_permission_refusal(lacks, name).sentence}"
        )


def _channel_ids(asker: RequestContext) -> tuple[int, ...]:
    return (asker.channel, asker.parent) if asker.parent else (asker.channel,)


def _bot_id(interaction: BotInteraction) -> int:
    user = interaction.client.user
    return interaction.application_id if user is None else user.id


def _is_content_hidden(interaction: BotInteraction) -> bool:
    return not interaction.client.intents.message_content
