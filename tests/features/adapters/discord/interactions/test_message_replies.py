"""Replies to plain messages are short, public and without a ping."""

from __future__ import annotations

import discord

from bot.adapters.discord.interactions.message_replies import BUSY_EMOJI, MessageReplies
from bot.core.errors import DiscordUnavailable
from bot.core.ids import JobId
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageCard
from tests.features.conftest import Stage
from tests.support.books import NOON

POST = Post(JobId("j" * 20), Purpose.STATUS, "n", 1, NOON)


async def a_message(stage: Stage) -> discord.Message:
    await stage.mia.send(stage.art, "hello")
    return stage.art.history()[-1]


async def test_a_reply_notifies_nobody(stage: Stage) -> None:
    message = await a_message(stage)
    replies = MessageReplies(stage.program.messages)
    assert await replies.send_reply(message, MessageCard("Hi @everyone"))
    reply = stage.art.history()[-1]
    assert reply.reference is not None
    assert reply.reference.message_id == message.id
    assert reply.mentions == []
    assert not reply.mention_everyone


async def test_a_job_card_is_a_reply_whose_post_has_its_message(stage: Stage) -> None:
    message = await a_message(stage)
    reply = MessageReplies(stage.program.messages).reply_to(message)
    assert (reply.address.channel, reply.address.token) == (stage.art.id, None)
    post = Post(POST.job, POST.purpose, "m", reply.address.channel, NOON)
    sent = await reply.send_card(post, MessageCard("Got it."))
    assert sent is not None
    assert sent.message == stage.art.history()[-1].id


async def test_a_card_that_discord_does_not_take_is_none(stage: Stage) -> None:
    message = await a_message(stage)

    class Closed:
        async def send_message(self, *_: object, **__: object) -> int:
            raise DiscordUnavailable("down")

    reply = MessageReplies(Closed()).reply_to(message)  # type: ignore[arg-type]  # one method is called
    assert await reply.send_card(POST, MessageCard("Got it.")) is None


async def test_a_busy_bot_reacts_with_an_hourglass(stage: Stage) -> None:
    message = await a_message(stage)
    await MessageReplies(stage.program.messages).react_busy(message)
    (reaction,) = stage.art.history()[-1].reactions
    assert str(reaction.emoji) == BUSY_EMOJI
