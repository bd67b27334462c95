"""Plain messages that draw: a trigger phrase in a chosen channel, or a call by name anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import discord
from discord.ext import commands

from bot.adapters.discord.cog_bases import Ears
from bot.adapters.discord.interactions.attachments import picture_of, reader
from bot.adapters.discord.interactions.context import asker_of_message, channels_of
from bot.adapters.discord.interactions.cooldown import Recently
from bot.adapters.discord.interactions.message_replies import Replies
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.request import Wish
from bot.core.jobs.answers import only_in_servers
from bot.core.triggers import match as trigger_match
from bot.core.triggers.cards import how_to_ask
from bot.core.triggers.match import Heard, Silent
from bot.flow.drawing.requests import Declined, Desk
from bot.flow.jobs.cancellation import Stopping
from bot.flow.triggers.registry import Phrases

REFUSAL_LASTS_S: Final = 15.0
REFUSAL_AGAIN_S: Final = 600.0
SAID_BY_PEOPLE: Final = (discord.MessageType.default, discord.MessageType.reply)


@dataclass(frozen=True, slots=True)
class Words:
    """What triggers, and how often it may: a person waits `cooldown_s` after an accepted one.

    `tick` gives seconds that never jump; the cooldown is measured with it.
    """

    phrases: Phrases
    cooldown_s: float = 5.0
    tick: Callable[[], float] = time.monotonic


class Triggers(Ears):
    """A message in, a reply with a card out; and silence wherever nothing was asked.

    `accepted` remembers who was let in lately.
    """

    def __init__(
        self,
        words: Words,
        desk: Desk,
        stopping: Stopping,
        replies: Replies,
        accepted: Recently,
    ) -> None:
        self._phrases, self._desk, self._stopping = words.phrases, desk, stopping
        self._replies, self._accepted = replies, accepted
        self._seen = Recently(REFUSAL_AGAIN_S, words.tick)
        self._refused = Recently(REFUSAL_AGAIN_S, words.tick)
        self._told = Recently(REFUSAL_AGAIN_S, words.tick)

    async def hear(self, message: discord.Message) -> None:
        """Nearly every message ends at the first lines: they run for all that people say."""
        guild = message.guild
        me = 0 if guild is None else guild.me.id
        if guild is not None and message.author.id != me:
            self._desk.heard(message.channel.id)
        if message.author.bot or message.webhook_id is not None:
            return
        if guild is None:
            if self._told.first(message.author.id):
                await self._replies.say(message, only_in_servers())
            return
        phrases, content = self._phrases, message.content
        index = phrases.heard_in(guild.id, channels_of(message))
        called = phrases.after_mention(guild.id) if "<@" in content else None
        heard = trigger_match.hear(content, index, me, phrases.mentions, called)
        if isinstance(heard, Heard) and message.type in SAID_BY_PEOPLE:
            await self._draw(message, heard)
        elif heard is Silent.CALL and message.type in SAID_BY_PEOPLE:
            await self._explain(message)

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

    async def _draw(self, message: discord.Message, heard: Heard) -> None:
        if not self._seen.first(message.id):
            return
        # Noted before anything is awaited, or a burst of messages would pass as one.
        if not self._accepted.first(message.author.id):
            await self._replies.wave(message)
            return
        asker, picture = asker_of_message(message), _brought(message)
        # What comes of a picture that somebody hid is not shown to all.
        hidden = picture is not None and picture.is_spoiler()
        wish = Wish(f"message:{message.id}", heard.prompt, spoiler=hidden)
        answer = await (
            self._desk.imagine(wish, asker)
            if picture is None
            else self._desk.imagine_from(wish, reader(picture), asker)
        )
        if isinstance(answer, Declined):
            self._accepted.forget(message.author.id)
            if answer.rule != draw_refusals.ELSEWHERE or heard.mentioned:
                await self._decline(message, answer)
            return
        await self._replies.job(message, answer)

    async def _explain(self, message: discord.Message) -> None:
        """A name and nothing else: one short reply that goes away, as a refusal does.

        Whoever calls again knows by now; an hourglass would say that there is something to wait
        for.
        """
        called = (message.author.id, Silent.CALL)
        if self._refused.first(called) and not await self._replies.say(
            message, how_to_ask(), for_s=REFUSAL_LASTS_S
        ):
            self._refused.forget(called)

    async def _decline(self, message: discord.Message, answer: Declined) -> None:
        """A message has no private answer: one short reply that goes away, or an hourglass.

        Words that are not fit to show are not said again before everybody.
        """
        card = answer.card
        if not answer.aloud:
            sentence, _, _ = card.content.partition("\n")
            card = replace(card, content=sentence, panel=None)
        reason = (message.author.id, answer.rule)
        if reason in self._refused:
            await self._replies.wave(message)
        elif await self._replies.say(message, card, for_s=REFUSAL_LASTS_S):
            self._refused.note(reason)
        else:
            await self._replies.wave(message)


def _brought(message: discord.Message) -> discord.Attachment | None:
    """The picture that a message brings: its own, else the one of ours that it replies to."""
    own = picture_of(message.attachments)
    if own is not None or message.guild is None or message.reference is None:
        return own
    # What stands in this channel can be seen by all who could reply to it, whoever asked for it;
    # anything from elsewhere is a forward and no reply.
    replied = message.reference.resolved
    if (
        not isinstance(replied, discord.Message)
        or replied.author.id != message.guild.me.id
        or replied.channel.id != message.channel.id
    ):
        return None
    return picture_of(replied.attachments)
