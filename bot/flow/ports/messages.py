"""Our messages on Discord."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from bot.core.jobs.model import Post
from bot.core.ui.card import MessageContent

ContentSupplier: TypeAlias = Callable[[], MessageContent | None]


class Messages(Protocol):
    """Our messages on Discord. Every method raises a BoardError; each waits for its turn within
    Discord's limits before it sends."""

    async def send_message(
        self, post: Post, shown: MessageContent, *, reply_to: int | None = None
    ) -> int:
        """Send a new message with the post's nonce; returns its id."""
        ...

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        """Edit when the budget allows; `supply` is asked at that moment, None sends nothing.

        Finals go before progress. `by_token` picks the interaction's token instead of the bot's.
        """
        ...

    async def find_message(self, post: Post) -> int | None:
        """Look for the message of an intent after a crash: by nonce or job, in recent ones."""
        ...

    async def edit_original_response(self, post: Post, shown: MessageContent) -> int:
        """Make the first answer of the post's token say this; returns that message's id.

        It may be known to nobody: deferred, or sent right before a crash. Raises TokenDead or
        Gone where there was no first answer.
        """
        ...

    async def has_attachments(self, post: Post) -> bool:
        """Whether the post's message is there and has files that a panel does not show."""
        ...

    async def open_dm_channel(self, user: int) -> int:
        """The channel in which a person reads our direct messages."""
        ...

    async def delete_message(self, channel: int, message: int) -> None: ...

    def is_guild_member(self, guild: int) -> bool:
        """Whether we are a member of that guild."""
        ...

    def get_upload_limit(self, guild: int) -> int:
        """Bytes a file may have in that guild, by bot token."""
        ...
