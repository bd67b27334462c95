"""Port `Messages` over discord.py's requests.

Messages are addressed by their ids. Nothing is fetched first and nothing is remembered.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import discord
from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES

from bot.adapters.discord import discord_internals
from bot.adapters.discord.render.message import render_content
from bot.adapters.discord.rest.rate_limit_headers import build_channel_route, build_token_route
from bot.adapters.discord.rest.rate_limits import RateLimitRoute
from bot.adapters.discord.rest.request_queue import RequestQueue
from bot.adapters.discord.rest.sender import Json, OutgoingRequest, RequestSender
from bot.core.errors import MessageGone, MissingPermission, TokenExpired
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageContent
from bot.flow.ports import ContentSupplier

SEARCHED_MESSAGES: Final = timedelta(seconds=30)  # our clock and Discord's may differ
DM_CHANNELS_PER_MINUTE: Final = RateLimitRoute("POST /users/@me/channels", "")


class DiscordMessages:
    """Messages of the bot on Discord, sent through the rate-limited queue.

    `turns` must be fed by `trace_config(turns)` as the client's http_trace. Every method raises
    Unavailable before the client has logged in and after it was closed.
    """

    def __init__(self, client: discord.Client, turns: RequestQueue) -> None:
        self._client = client
        self._sender = RequestSender(client, turns)

    async def send_message(
        self, post: Post, shown: MessageContent, *, reply_to: int | None = None
    ) -> int:
        """Send a new message and return its id.

        Sent again within a few minutes, the same nonce gives the same message. A message that it
        would reply to may be gone: it is then sent without. Raises MissingPermission for a private
        post that is no direct message: nothing private comes into a channel.
        """
        if post.private and post.purpose is not Purpose.DIRECT:
            raise MissingPermission("a private one never becomes public")
        return await self._post_message(post.channel, post.nonce, shown, reply_to)

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        """Edit when the rate limit allows, with what `supply` returns then. None sends nothing.

        Progress that waits is dropped when a final edit comes for the same message. Raises
        TokenExpired without a token, and Gone without a message or for a private message that only
        its token can reach.
        """
        message, token = post.message, post.token
        if message is None or (post.private and not by_token):
            raise MessageGone("there is no message that we could reach")
        if by_token and token is None:
            raise TokenExpired("there is no token")

        way = token if by_token else None

        def make() -> OutgoingRequest | None:
            shown = supply()
            if shown is None:
                return None
            if way is None:
                return OutgoingRequest(
                    lambda: self._patch_message(post.channel, message, shown), _measure_files(shown)
                )
            return OutgoingRequest(
                lambda: self._patch_by_token(way, message, shown), _measure_files(shown)
            )

        route = (
            build_channel_route("PATCH", post.channel)
            if way is None
            else build_token_route("PATCH", way)
        )
        await self._sender.send_request(
            route, make, message=message, final=final, by_token=by_token
        )

    async def find_message(self, post: Post) -> int | None:
        """Look for the message of an intent among the fifty that came after it."""
        after = discord.utils.time_snowflake(post.created_at - SEARCHED_MESSAGES)
        history = await self._sender.send_request(
            build_channel_route("GET", post.channel, "/messages"),
            lambda: OutgoingRequest(
                lambda: self._client.http.logs_from(post.channel, 50, after=after)
            ),
        )
        me = None if self._client.user is None else str(self._client.user.id)
        mine = [data for data in history if data["author"]["id"] == me]
        mine.sort(key=lambda data: int(data["id"]))
        for data in mine:
            if str(data.get("nonce")) == post.nonce:
                return int(data["id"])
        for data in mine:
            if _is_message_of(post, data):
                return int(data["id"])
        return None

    async def edit_original_response(self, post: Post, shown: MessageContent) -> int:
        """Edit the first answer of the post's token and return that message's id.

        Raises TokenExpired if there was no answer or no token.
        """
        token = post.token
        if token is None:
            raise TokenExpired("there is no token")
        data = await self._sender.send_request(
            build_token_route("PATCH", token),
            lambda: OutgoingRequest(
                lambda: self._patch_by_token(token, None, shown), _measure_files(shown)
            ),
            by_token=True,
        )
        return int(data["id"])

    async def has_attachments(self, post: Post) -> bool:
        """Return True if the post's message exists and has its own attachments."""
        message = post.message
        if message is None:
            return False
        try:
            data = await self._sender.send_request(
                build_channel_route("GET", post.channel),
                lambda: OutgoingRequest(
                    lambda: self._client.http.get_message(post.channel, message)
                ),
            )
        except MessageGone:
            return False
        return bool(data["attachments"])

    async def open_dm_channel(self, user: int) -> int:
        """Open the direct message channel of a user. Repeated calls return the same one."""
        opened = await self._sender.send_request(
            DM_CHANNELS_PER_MINUTE,
            lambda: OutgoingRequest(lambda: self._client.http.start_private_message(user)),
        )
        return int(opened["id"])

    async def delete_message(self, channel: int, message: int) -> None:
        """Delete a message. One that is already gone is no error."""
        try:
            await self._sender.send_request(
                build_channel_route("DELETE", channel),
                lambda: OutgoingRequest(lambda: self._client.http.delete_message(channel, message)),
            )
        except MessageGone:
            return

    def is_guild_member(self, guild: int) -> bool:
        """Return True if the bot is in that guild, as Discord last said."""
        return self._client.get_guild(guild) is not None

    def get_upload_limit(self, guild: int) -> int:
        """Return the guild's upload limit in bytes, or Discord's smallest if unknown."""
        known = self._client.get_guild(guild)
        return DEFAULT_FILE_SIZE_LIMIT_BYTES if known is None else known.filesize_limit

    async def close(self) -> None:
        """Stop requests in progress. Those who wait for one get DiscordUnavailable.

        The client may already be closed, because a request can outlive its connection.
        """
        await self._sender.close()

    async def _post_message(
        self, channel: int, nonce: str, shown: MessageContent, reply_to: int | None
    ) -> int:
        def make() -> OutgoingRequest:
            return OutgoingRequest(
                lambda: self._send_request(channel, nonce, shown, reply_to), _measure_files(shown)
            )

        data = await self._sender.send_request(
            build_channel_route("POST", channel, "/messages"), make
        )
        return int(data["id"])

    async def _send_request(
        self, channel: int, nonce: str, shown: MessageContent, reply_to: int | None
    ) -> Json:
        reference: Any = discord.utils.MISSING
        if reply_to is not None:
            reference = {
                "message_id": reply_to,
                "channel_id": channel,
                "fail_if_not_exists": False,
            }
        with discord_internals.encode_message(
            **render_content(shown).to_send(), nonce=nonce, message_reference=reference
        ) as params:
            return await discord_internals.send_message(self._client, channel, params)

    async def _patch_message(self, channel: int, message: int, shown: MessageContent) -> Json:
        with discord_internals.encode_message(**render_content(shown).to_edit()) as params:
            return await discord_internals.edit_message(self._client, channel, message, params)

    async def _patch_by_token(self, token: str, message: int | None, shown: MessageContent) -> Json:
        with discord_internals.encode_message(**render_content(shown).to_edit()) as params:
            return await discord_internals.edit_by_token(self._client, token, message, params)


def _measure_files(shown: MessageContent) -> int:
    return sum(len(upload.data) for upload in shown.files)


def _is_message_of(post: Post, data: Json) -> bool:
    """Return True if a message, as JSON, is the one of that post.

    A ping has no button and is recognised by its nonce. A result is recognised by its files, since
    the status message of the job has the same buttons. In direct messages the file names hold the
    job id.
    """
    names = [str(file["filename"]) for file in data["attachments"]]
    if post.purpose is Purpose.DIRECT:
        return any(f"-{post.job}-" in name for name in names)
    if post.purpose is Purpose.PING or (post.purpose is Purpose.RESULT and not names):
        return False
    ids = (
        button.get("custom_id", "")
        for row in data.get("components", ())
        for button in row.get("components", ())
    )
    return any(custom_id.endswith(f":{post.job}") for custom_id in ids)
