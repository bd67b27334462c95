"""Port `Messages` over discord.py's requests.

Messages are addressed by their ids. Nothing is fetched first and nothing is remembered.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

import discord
from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES

from bot.adapters.discord import discord_internals
from bot.adapters.discord.discord_internals import MISSING
from bot.adapters.discord.render.message import render_content
from bot.adapters.discord.rest.find import is_message_of
from bot.adapters.discord.rest.rate_limit_headers import build_channel_route, build_token_route
from bot.adapters.discord.rest.rate_limits import RateLimitRoute
from bot.adapters.discord.rest.request_queue import RequestQueue
from bot.adapters.discord.rest.sender import Json, OutgoingRequest, RequestSender
from bot.core.errors import MemberGone, MessageGone, MissingPermission, TokenExpired
from bot.core.ids import NO_JOB
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.ports import ContentSupplier

SEARCHED_MESSAGES: Final = timedelta(seconds=30)  # our clock and Discord's may differ
PAGE_SIZE: Final = 100  # messages in one answer, the most that Discord gives
SEARCHED_PAGES_MAX: Final = 10
SILENT: Final = discord.MessageFlags(suppress_notifications=True)
MEMBERS: Final = RateLimitRoute("GET /guilds/:id/members/:id", "")
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

        Within a few minutes the same nonce gives the same message. A message to reply to may be
        gone. A post of no job notifies nobody, also where people chose "All Messages". Raises
        MissingPermission for a private post outside direct messages.
        """
        if post.private and post.purpose is not Purpose.DIRECT:
            raise MissingPermission("a private one never becomes public")
        data = await self._call(
            build_channel_route("POST", post.channel, "/messages"),
            lambda: self._send_request(post, shown, reply_to),
            shown,
        )
        return int(data["id"])

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        """Edit when the rate limit allows, with what `supply` returns then. None sends nothing.

        Progress that waits is dropped when a final edit comes for the same message. Raises
        TokenExpired without a token, and MessageGone without a message or for a private message
        that only its token can reach.
        """
        message, token = post.message, post.token if by_token else None
        if message is None or (post.private and not by_token):
            raise MessageGone("there is no message that we could reach")
        if by_token and token is None:
            raise TokenExpired("there is no token")
        route = (
            build_channel_route("PATCH", post.channel)
            if token is None
            else build_token_route("PATCH", token)
        )
        path = post.channel if token is None else token

        def make() -> OutgoingRequest | None:
            if (shown := supply()) is None:
                return None
            return OutgoingRequest(lambda: self._patch(path, message, shown), _measure_files(shown))

        await self._sender.send_request(
            route, make, message=message, final=final, by_token=by_token
        )

    async def find_message(
        self,
        post: Post,
        *,
        reply_to: int | None = None,
        card: MessageCard | None = None,
        after: int = 0,
    ) -> int | None:
        me = None if self._client.user is None else str(self._client.user.id)
        newest = max(after, discord.utils.time_snowflake(post.created_at - SEARCHED_MESSAGES))
        for _ in range(SEARCHED_PAGES_MAX):
            page = await self._list_messages(post.channel, newest)
            for data in page:
                if data["author"]["id"] == me and is_message_of(post, data, reply_to, card):
                    return int(data["id"])
            if len(page) < PAGE_SIZE:
                return None
            newest = int(page[-1]["id"])
        return None

    async def _list_messages(self, channel: int, after: int) -> list[Json]:
        """Return the next messages after a message or time, oldest first."""
        history = await self._call(
            build_channel_route("GET", channel, "/messages"),
            lambda: self._client.http.logs_from(channel, PAGE_SIZE, after=after),
        )
        return sorted(history, key=lambda data: int(data["id"]))

    async def edit_original_response(self, post: Post, shown: MessageContent) -> int:
        if (token := post.token) is None:
            raise TokenExpired("there is no token")
        data = await self._call(
            build_token_route("PATCH", token),
            lambda: self._patch(token, None, shown),
            shown,
            by_token=True,
        )
        return int(data["id"])

    async def has_attachments(self, post: Post) -> bool:
        if (message := post.message) is None:
            return False
        route = build_channel_route("GET", post.channel)
        try:
            data = await self._call(
                route, lambda: self._client.http.get_message(post.channel, message)
            )
        except MessageGone:
            return False
        return bool(data["attachments"])

    async def open_dm_channel(self, user: int) -> int:
        opened = await self._call(
            DM_CHANNELS_PER_MINUTE, lambda: self._client.http.start_private_message(user)
        )
        return int(opened["id"])

    async def delete_message(self, channel: int, message: int) -> None:
        route = build_channel_route("DELETE", channel)
        with contextlib.suppress(MessageGone):
            await self._call(route, lambda: self._client.http.delete_message(channel, message))

    def is_guild_member(self, guild: int) -> bool:
        return self._client.get_guild(guild) is not None

    async def has_left(self, guild: int, user: int) -> bool:
        request = OutgoingRequest(lambda: self._client.http.get_member(guild, user))
        try:
            await self._sender.send_request(MEMBERS, lambda: request, final=False)
        except MemberGone:
            return True
        return False

    def get_upload_limit(self, guild: int) -> int:
        known = self._client.get_guild(guild)
        return DEFAULT_FILE_SIZE_LIMIT_BYTES if known is None else known.filesize_limit

    async def close(self) -> None:
        """Stop requests in progress, also after the client was closed.

        Those who wait for one get DiscordUnavailable.
        """
        await self._sender.close()

    async def _call(
        self,
        route: RateLimitRoute,
        send: Callable[[], Coroutine[Any, Any, Json]],
        shown: MessageContent | None = None,
        *,
        by_token: bool = False,
    ) -> Json:
        request = OutgoingRequest(send, 0 if shown is None else _measure_files(shown))
        return await self._sender.send_request(route, lambda: request, by_token=by_token)

    async def _send_request(self, post: Post, shown: MessageContent, reply_to: int | None) -> Json:
        channel, reference = post.channel, MISSING
        if reply_to is not None:
            reference = {"message_id": reply_to, "channel_id": channel, "fail_if_not_exists": False}
        more = {"nonce": post.nonce, "flags": SILENT if post.job == NO_JOB else MISSING}
        with discord_internals.encode_message(
            **render_content(shown).to_send(), **more, message_reference=reference
        ) as params:
            return await discord_internals.send_message(self._client, channel, params)

    async def _patch(self, place: int | str, message: int | None, shown: MessageContent) -> Json:
        """Edit by a channel's id, or by an interaction's token (its first answer if None)."""
        with discord_internals.encode_message(**render_content(shown).to_edit()) as params:
            if isinstance(place, str):
                return await discord_internals.edit_by_token(self._client, place, message, params)
            assert message is not None
            return await discord_internals.edit_message(self._client, place, message, params)


def _measure_files(shown: MessageContent) -> int:
    return sum(len(upload.data) for upload in shown.files)
