"""A board without a budget: it posts at once. Discord's limits have tests of their own."""

from __future__ import annotations

import discord

from bot.adapters.discord.render.message import render_content
from bot.core.jobs.model import Post
from bot.core.ui.card import MessageContent
from bot.flow.ports import ContentSupplier


class PlainBoard:
    """What the cogs use of the port `Messages`, over any client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def send_message(
        self, post: Post, shown: MessageContent, *, reply_to: int | None = None
    ) -> int:
        channel = self._client.get_partial_messageable(post.channel)
        made = render_content(shown).to_send()
        if reply_to is None:
            return (await channel.send(**made)).id
        reference = channel.get_partial_message(reply_to)
        return (await channel.send(**made, reference=reference, mention_author=False)).id

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        raise AssertionError("no cog edits a message")

    async def find_message(self, post: Post) -> int | None:
        channel = self._client.get_partial_messageable(post.channel)
        async for message in channel.history(limit=50):
            rows = (row for row in message.components if isinstance(row, discord.ActionRow))
            ids = (getattr(item, "custom_id", "") for row in rows for item in row.children)
            if any(custom_id.endswith(f":{post.job}") for custom_id in ids):
                return message.id
        return None

    async def edit_original_response(self, post: Post, shown: MessageContent) -> int:
        raise AssertionError("no cog fills in an answer of before")

    async def has_attachments(self, post: Post) -> bool:
        raise AssertionError("no cog asks what a message has")

    async def open_dm_channel(self, user: int) -> int:
        raise AssertionError("no cog writes to people directly")

    def is_guild_member(self, guild: int) -> bool:
        return True

    async def delete_message(self, channel: int, message: int) -> None:
        await self._client.get_partial_messageable(channel).get_partial_message(message).delete()

    def get_upload_limit(self, guild: int) -> int:
        return 10 * 1024 * 1024
