"""Plain messages that draw, by a trigger phrase or a mention."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import discord
from discord.ext import commands

from bot.adapters.discord.cog_bases import MessageListener
from bot.adapters.discord.interactions.attachments import find_image, make_reader
from bot.adapters.discord.interactions.context import (
    build_message_context,
    find_own_role,
    list_channel_ids,
)
from bot.adapters.discord.interactions.message_replies import MessageReplies
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.request import DrawRequest
from bot.core.jobs.answers import GUILDS_ONLY_CARD
from bot.core.triggers import match as trigger_match
from bot.core.triggers.cards import USAGE_CARD
from bot.core.triggers.match import IgnoreReason, PromptMessage
from bot.flow.drawing.requests import DeclinedRequest, DrawingRequests
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.triggers.cooldown import MessageCooldowns
from bot.flow.triggers.registry import TriggerRegistry

REFUSAL_LIFETIME_S: Final = 15.0
USER_MESSAGE_TYPES: Final = (discord.MessageType.default, discord.MessageType.reply)


class TriggerMessagesCog(MessageListener):
    """Message listener that replies with a card, or stays silent."""

    def __init__(
        self,
        triggers: TriggerRegistry,
        requests: DrawingRequests,
        cancellation: Cancellation,
        replies: MessageReplies,
        cooldowns: MessageCooldowns,
    ) -> None:
        self._triggers, self._requests, self._cancellation = triggers, requests, cancellation
        self._replies, self._cooldowns = replies, cooldowns

    async def handle_message(self, message: discord.Message) -> None:
        """Handle a message. Nearly every one ends at the first lines."""
        guild = message.guild
        if guild is not None and guild.unavailable:
            return  # an outage: its channels and the bot's rights there are not known
        me = 0 if guild is None else guild.me.id
        if guild is not None and message.author.id != me:
            self._requests.message_seen(message.channel.id)
        if message.author.bot or message.webhook_id is not None:
            return
        if guild is None:
            if self._cooldowns.answered_dms.claim_key(message.author.id):
                await self._replies.send_reply(message, GUILDS_ONLY_CARD)
            return
        phrases, content = self._triggers, message.content
        index = phrases.get_channel_index(guild.id, list_channel_ids(message))
        called = phrases.get_mention_index(guild.id) if "<@" in content else None
        role = find_own_role(guild) if "<@&" in content else 0
        heard = trigger_match.read_message(content, index, me, phrases.mentions, called, role)
        if isinstance(heard, PromptMessage) and message.type in USER_MESSAGE_TYPES:
            await self._submit_message(message, heard)
        elif heard is IgnoreReason.BARE_MENTION and message.type in USER_MESSAGE_TYPES:
            await self._send_usage_hint(message)

    async def handle_edit(self, message_id: int) -> None:
        """Cancel the job of an edited message."""
        await self._cancellation.cancel_by_source(f"message:{message_id}")

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Cancel the job of a deleted message or status message."""
        await self._handle_deletion(event.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Cancel the jobs of several deleted messages."""
        for message_id in event.message_ids:
            await self._handle_deletion(message_id)

    async def _handle_deletion(self, message_id: int) -> None:
        self._cooldowns.deleted_messages.record_key(message_id)
        await self._cancellation.withdraw_by_source(f"message:{message_id}")
        await self._cancellation.cancel_by_status_message(message_id)

    async def _submit_message(self, message: discord.Message, heard: PromptMessage) -> None:
        if message.id in self._cooldowns.deleted_messages:
            return  # Discord told of its end first
        if not self._cooldowns.seen_messages.claim_key(message.id):
            return
        # Noted before anything is awaited, or a burst of messages would pass as one.
        author = message.author.id
        if author in self._cooldowns.refused_users or not (
            self._cooldowns.accepted_users.claim_key(author)
        ):
            await self._replies.react_busy(message)
            return
        asker, picture = build_message_context(message), _find_source_image(message)
        # What comes of a picture that somebody hid is not shown to all.
        hidden = picture is not None and picture.is_spoiler()
        wish = DrawRequest(f"message:{message.id}", heard.prompt, spoiler=hidden)
        answer = await (
            self._requests.submit_request(wish, asker)
            if picture is None
            else self._requests.submit_with_image(wish, make_reader(picture), asker)
        )
        if message.id in self._cooldowns.deleted_messages:
            await self._cancellation.withdraw_by_source(wish.source)
            return
        if isinstance(answer, DeclinedRequest):
            self._cooldowns.accepted_users.forget_key(author)
            if answer.rule != draw_refusals.CHANNEL_RULE or heard.mentioned:
                self._cooldowns.refused_users.record_key(author)
                await self._send_refusal(message, answer)
            return
        await self._requests.post_status_card(answer, self._replies.reply_to(message))

    async def _send_usage_hint(self, message: discord.Message) -> None:
        """Answer a mention without text by a short reply that is deleted later.

        A repeated one gets nothing.
        """
        called = (message.author.id, IgnoreReason.BARE_MENTION)
        if self._cooldowns.refusals.claim_key(called) and not await self._replies.send_reply(
            message, USAGE_CARD, for_s=REFUSAL_LIFETIME_S
        ):
            self._cooldowns.refusals.forget_key(called)

    async def _send_refusal(self, message: discord.Message, answer: DeclinedRequest) -> None:
        """Refuse by a short reply that is deleted later, or by an hourglass.

        Text that may not be shown is not repeated.
        """
        card = answer.card
        if not answer.is_public:
            sentence, _, _ = card.content.partition("\n")
            card = replace(card, content=sentence, embed=None)
        reason = (message.author.id, answer.rule)
        if reason in self._cooldowns.refusals:
            await self._replies.react_busy(message)
        elif await self._replies.send_reply(message, card, for_s=REFUSAL_LIFETIME_S):
            self._cooldowns.refusals.record_key(reason)
        else:
            await self._replies.react_busy(message)


def _find_source_image(message: discord.Message) -> discord.Attachment | None:
    own = find_image(message.attachments)
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
    return find_image(replied.attachments)
