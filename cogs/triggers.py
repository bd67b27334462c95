"""Plain messages that draw: a trigger phrase in a chosen channel, or a call by name anywhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import aiohttp
import discord
import structlog
from discord.ext import commands

from bot.adapters.discord.inbound import asker_of_message, channels_of, may_react, may_reply
from bot.adapters.discord.manners import Recently
from bot.adapters.discord.render import render_card
from bot.core import triggers
from bot.core.answer_cards import only_in_servers
from bot.core.card import Card
from bot.core.errors import BoardError
from bot.core.request import Wish
from bot.flow.desk import Declined, Desk
from bot.flow.ports import Board, Shown
from bot.flow.stopping import Stopping

log = structlog.stdlib.get_logger(__name__)

REFUSAL_LASTS_S: Final = 15.0
REFUSAL_AGAIN_S: Final = 600.0
NOT_NOW: Final = "⏳"


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
        board: Board,
    ) -> None:
        self._words, self._desk, self._stopping, self._board = words, desk, stopping, board
        self._accepted = Recently(words.cooldown_s, words.tick)
        self._seen = Recently(REFUSAL_AGAIN_S, words.tick)
        self._refused = Recently(REFUSAL_AGAIN_S, words.tick)
        self._told = Recently(REFUSAL_AGAIN_S, words.tick)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Nearly every message ends at the first lines: they run for all that people say."""
        if message.author.bot or message.webhook_id is not None:
            return
        if message.guild is None:
            if self._told.first(message.author.id):
                await _say(message, only_in_servers())
            return
        self._desk.heard(message.channel.id)
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
            await _wave(message)
            return
        asker = asker_of_message(message)
        answer = await self._desk.imagine(Wish(f"message:{message.id}", prompt), asker)
        if isinstance(answer, Declined):
            self._accepted.forget(message.author.id)
            await self._decline(message, answer)
            return
        if not answer.created:
            return
        post = await self._desk.intend(answer.job, message.channel.id)
        try:
            card = await self._board.post(post, Shown(answer.card), reply_to=message.id)
        except BoardError as error:
            # The job lives all the same: its picture comes as a new message.
            log.warning("card not posted", job=answer.job.id, why=type(error).__name__)
            return
        await self._desk.posted(post, card)

    async def _decline(self, message: discord.Message, answer: Declined) -> None:
        """A message has no private answer: one short reply that goes away, or an hourglass."""
        fresh = (message.author.id, answer.rule) not in self._refused
        if fresh and may_reply(message):
            self._refused.note((message.author.id, answer.rule))
            await _say(message, answer.card, for_s=REFUSAL_LASTS_S)
        else:
            await _wave(message)


async def _say(message: discord.Message, card: Card, *, for_s: float | None = None) -> None:
    """Reply without a ping."""
    with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError):
        said = await message.reply(**render_card(card).to_send(), mention_author=False)
        if for_s is not None:
            await said.delete(delay=for_s)


async def _wave(message: discord.Message) -> None:
    """The refusal that takes no line in the channel."""
    if not may_react(message):
        return
    with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError):
        await message.add_reaction(NOT_NOW)
