"""Our messages on Discord."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from bot.core.jobs.model import Post, ReplyAddress
from bot.core.ui.card import MessageCard, MessageContent

ContentSupplier: TypeAlias = Callable[[], MessageContent | None]


class Messages(Protocol):
    """Messages of the bot on Discord.

    Every method raises a MessageError, and waits for its turn within Discord's rate limits.
    """

    async def send_message(
        self, post: Post, shown: MessageContent, *, reply_to: int | None = None
    ) -> int:
        """Send a new message with the post's nonce and return its id.

        One of no job notifies nobody.
        """

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        """Edit when the rate limit allows. `supply` is called then, None sends nothing.

        Final edits go before progress. `by_token` uses the interaction's token instead of the
        bot's.
        """

    async def find_message(
        self,
        post: Post,
        *,
        reply_to: int | None = None,
        card: MessageCard | None = None,
        after: int = 0,
    ) -> int | None:
        """Look for a post's message after a crash, in its channel since `created_at`.

        A job's message is recognised by its buttons or files, a ping by the message it replies to,
        and one of no job by its whole card. Messages up to `after` are others.
        """

    async def edit_original_response(self, post: Post, shown: MessageContent) -> int:
        """Edit the first answer of the post's token and return that message's id.

        The id may be unknown, because it was deferred or sent right before a crash. Raises
        TokenExpired or Gone if there was no first answer.
        """

    async def has_attachments(self, post: Post) -> bool:
        """Return True if the post's message exists and has files outside an embed."""

    async def open_dm_channel(self, user: int) -> int:
        """Return the direct message channel of a user."""

    async def delete_message(self, channel: int, message: int) -> None: ...

    def is_guild_member(self, guild: int) -> bool:
        """Return True if the bot is a member of that guild."""

    async def has_left(self, guild: int, user: int) -> bool:
        """Ask Discord once whether a person is no member of that guild any more."""

    def get_upload_limit(self, guild: int) -> int:
        """Bytes a file may have in that guild, by bot token."""


class Reply(Protocol):
    """Way back to the member whose command, button, form or message asked for a job."""

    @property
    def address(self) -> ReplyAddress: ...

    async def send_card(self, post: Post, card: MessageCard) -> Post | None:
        """Send a job's status card and return its post, or None if it could not be sent.

        The returned post has the message, and no token if another way than the interaction's was
        needed. Raises RequestUnseen if the person saw nothing but that the interaction failed, and
        no other of Discord's errors.
        """

    async def send_notice(self, card: MessageCard) -> None:
        """Send a card that belongs to no job."""
