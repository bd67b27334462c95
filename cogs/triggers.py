"""Plain messages that draw: a trigger phrase in a chosen channel, or a call by name anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

import discord
from discord.ext import commands

from bot.adapters.discord.inbound import asker_of_message, channels_of
from bot.adapters.discord.manners import Recently
from bot.adapters.discord.replies import Replies
from bot.core import triggers
from bot.core.answer_cards import only_in_servers
from bot.core.request import Wish
from bot.flow.desk import Declined, Desk
from bot.flow.stopping import Stopping

REFUSAL_LASTS_S: Final = 15.0
REFUSAL_AGAIN_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Words:
    """What triggers, as the host set it. Phrases count in `channels` and in their threads.

    `tick` gives seconds that never jump; the cooldown is measured with it.
    """

    phrases: tuple[str, ...] = ()
    channels: Collection[int] = frozenset()
    mentions: bool = True
    cooldown_s: float = 5.0
    tick: Callable[[], float] = time.monotonic


class Triggers(commands.Cog):
    """A message in, a reply with a card out; and silence wherever nothing was asked."""

    def __init__(
        self,
        words: Words,
        desk: Desk,
        stopping: Stopping,
        replies: Replies,
    ) -> None:
        self._words, self._desk, self._stopping, self._replies = words, desk, stopping, replies
        self._accepted = Recently(words.cooldown_s, words.tick)
        self._seen = Recently(REFUSAL_AGAIN_S, words.tick)
        self._refused = Recently(REFUSAL_AGAIN_S, words.tick)
        self._told = Recently(REFUSAL_AGAIN_S, words.tick)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Nearly every message ends at the first lines: they run for all that people say."""
        if message.guild is not None and message.author.id != message.guild.me.id:
            self._desk.heard(message.channel.id)
        if message.author.bot or message.webhook_id is not None:
            return
        if message.guild is None:
            if self._told.first(message.author.id):
                await self._replies.say(message, only_in_servers())
            return
        chosen = any(channel in self._words.channels for channel in channels_of(message))
        phrases = self._words.phrases if chosen else ()
        prompt = triggers.find(message.content, phrases, message.guild.me.id, self._words.mentions)
        if prompt is not None:
            await self._draw(message, prompt)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """An unfurled link is an update too: only an edit has a time of editing."""
        author = event.data.get("author", {})
        if event.data.get("edited_timestamp") and not author.get("bot"):
            await self._stopping.source_gone(f"message:{event.message_id}")

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """It may have been somebody's words, or the card of a living job."""
        await self._gone(event.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """A moderator swept the channel."""
        for message_id in event.message_ids:
            await self._gone(message_id)

    async def _gone(self, message_id: int) -> None:
        await self._stopping.source_gone(f"message:{message_id}")
        await self._stopping.message_deleted(message_id)

    async def _draw(self, message: discord.Message, prompt: str) -> None:
        if not self._seen.first(message.id):
            return
        # Noted before anything is awaited, or a burst of messages would pass as one.
        if not self._accepted.first(message.author.id):
            await self._replies.wave(message)
            return
        asker = asker_of_message(message)
        answer = await self._desk.imagine(Wish(f"message:{message.id}", prompt), asker)
        if isinstance(answer, Declined):
            self._accepted.forget(message.author.id)
            await self._decline(message, answer)
            return
        await self._replies.job(message, answer)

    async def _decline(self, message: discord.Message, answer: Declined) -> None:
        """A message has no private answer: one short reply that goes away, or an hourglass.

        Words that are not drawn are not said again before everybody.
        """
        card = answer.card
        if answer.rule.startswith("words."):
            sentence, _, _ = card.content.partition("\n")
            card = replace(card, content=sentence, panel=None)
        reason = (message.author.id, answer.rule)
        if reason in self._refused:
            await self._replies.wave(message)
        elif await self._replies.say(message, card, for_s=REFUSAL_LASTS_S):
            self._refused.note(reason)
        else:
            await self._replies.wave(message)
