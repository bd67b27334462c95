"""Routes of a final message to a member, each tried only when the one before is gone.

    edit with the interaction's token    until a minute before it expires
    edit with the bot's token            until 55 minutes of the message's age
    a new message in the same channel    the old card shrinks to a link
    a direct message                     the old card says so
    (none; the caller keeps the images)

A private message takes the first and the fourth route only, so it never becomes public. While
Discord is down, the same route is tried again for some minutes. Each route has its own upload
limit, and all files of a request share `REQUEST_LIMIT`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

import structlog

from bot.core.errors import (
    DiscordUnavailable,
    FilesTooLarge,
    MalformedRequest,
    MessageError,
    MessageGone,
    MessageTooOld,
    MissingPermission,
    TokenExpired,
)
from bot.core.history import cards as history_cards
from bot.core.history.model import DeliveryPlace
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job
from bot.core.jobs.model import Post, Purpose
from bot.core.jobs.upload_limits import PERSON_LIMIT, shrinking_limits
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.jobs.status_message import EDITABLE_FOR, is_token_alive
from bot.flow.ports import Messages, PostStore
from bot.flow.runtime.clock import Clock

log = structlog.stdlib.get_logger(__name__)
RETRY_PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0)
ContentBuilder: TypeAlias = Callable[[int], Awaitable[MessageContent]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeliveredTo:
    """Message that holds the final result. `edited` means the status message."""

    channel: int
    message: int
    place: DeliveryPlace
    edited: bool = False


@dataclass(slots=True)
class _DeliveryAttempt:
    """One way up. `away` notes that a rung gave way because Discord did not answer."""

    job: Job
    build_content: ContentBuilder
    file_sizes: tuple[int, ...]
    was_unavailable: bool = False

    @property
    def is_private(self) -> bool:
        return self.job.order.private


class DeliveryRoutes:
    """Brings one last card (with or without pictures) to the person who waits for it."""

    def __init__(
        self, messages: Messages, posts: PostStore, clock: Clock, new_nonce: Callable[[], str]
    ) -> None:
        self._messages, self._posts, self._clock, self._new_nonce = (
            messages,
            posts,
            clock,
            new_nonce,
        )

    async def deliver(
        self, job: Job, make: ContentBuilder, *, sizes: tuple[int, ...] = (), anew: bool = True
    ) -> DeliveredTo | None:
        """Say the last word once. `make(limit)` draws it up with files of at most `limit` bytes.

        `sizes` are those of the files it would like to carry; `anew` False stops after the edits:
        where the message is gone, nobody wants another. Returns None when every rung was refused,
        and raises Unavailable when none held and Discord was away at one of them.
        """
        climb = _DeliveryAttempt(job, make, sizes)
        posts = {post.purpose: post for post in await self._posts.list_job_posts(job.id)}
        status = posts.get(Purpose.STATUS)
        landed = await self._find_direct_message(posts.get(Purpose.DIRECT))
        if landed is None and status is not None and Purpose.RESULT not in posts:
            landed = await self._deliver_by_edit(climb, status)
        if landed is not None and landed.edited:
            return landed
        if landed is None and anew:
            landed = None if climb.is_private else await self._deliver_new_message(climb, status)
            landed = landed or await self._deliver_directly(climb)
        if landed is None and anew and climb.was_unavailable:
            raise DiscordUnavailable("Discord was away, and no other way was open")
        if landed is not None and not landed.edited:
            await self.leave_link(job, _forwarding_card(climb, landed))
        return landed

    async def leave_link(self, job: Job, card: MessageCard) -> None:
        """Let the old card, if it can be reached, say where its last word went."""
        posts = {post.purpose: post for post in await self._posts.list_job_posts(job.id)}
        status = posts.get(Purpose.STATUS)
        if status is None or status.message is None:
            return
        for by_token in self._list_edit_tokens(status, job, at_any_age=True):
            try:
                await self._messages.edit_message(
                    status, lambda: MessageContent(card), final=True, by_token=by_token
                )
            except MessageError as error:
                log.debug("old card stays", job=job.id, by_token=by_token, why=_error_name(error))
            else:
                return

    def _list_edit_tokens(self, post: Post, job: Job, *, at_any_age: bool = False) -> list[bool]:
        """List usable tokens for an edit, True for the interaction's, False for the bot's."""
        now = self._clock.now()
        ways = [True] if is_token_alive(post, now) else []
        if post.message is None or post.private or job.order.private:
            return ways
        young = now - post.created_at < EDITABLE_FOR
        return [*ways, False] if young or at_any_age else ways

    async def _deliver_by_edit(self, climb: _DeliveryAttempt, post: Post) -> DeliveredTo | None:
        unsure = False
        for by_token in self._list_edit_tokens(post, climb.job):
            limit = self._messages.get_upload_limit(climb.job.guild)
            if by_token:
                limit = post.upload_limit or PERSON_LIMIT
            try:
                message = await self._send_within_limit(
                    climb, limit, self._build_editor(post, by_token)
                )
            except MalformedRequest:
                if climb.file_sizes:
                    break
            except (
                TokenExpired,
                MessageTooOld,
                MissingPermission,
                MessageGone,
                FilesTooLarge,
                DiscordUnavailable,
            ) as error:
                unsure = unsure or isinstance(error, DiscordUnavailable)
                log.info("rung gave way", job=post.job, by_token=by_token, why=_error_name(error))
            else:
                if post.message is None:
                    post = replace(post, message=message)
                    await self._posts.mark_post_sent(post)
                return self._build_edit_result(climb, post)
        climb.was_unavailable = climb.was_unavailable or unsure
        if unsure and climb.file_sizes and await self._has_attachments(post):
            return self._build_edit_result(climb, post)
        return None

    def _build_edit_result(self, climb: _DeliveryAttempt, post: Post) -> DeliveredTo:
        assert post.message is not None
        place = DeliveryPlace.PRIVATE if climb.is_private else DeliveryPlace.CHANNEL
        return DeliveredTo(post.channel, post.message, place, edited=True)

    def _build_editor(
        self, post: Post, by_token: bool
    ) -> Callable[[MessageContent], Awaitable[int]]:
        async def edit_status(shown: MessageContent) -> int:
            if post.message is None:  # sent, but we died before it was written down
                return await self._messages.edit_original_response(post, shown)
            await self._messages.edit_message(post, lambda: shown, final=True, by_token=by_token)
            return post.message

        return edit_status

    async def _has_attachments(self, post: Post) -> bool:
        """Return True if an unanswered edit arrived, so that it is not sent twice."""
        if post.message is None or post.private:
            return False
        try:
            return await self._messages.has_attachments(post)
        except MessageError:
            return False

    async def _deliver_new_message(
        self, climb: _DeliveryAttempt, status: Post | None
    ) -> DeliveredTo | None:
        job = climb.job
        limit = self._messages.get_upload_limit(job.guild)
        message = await self._send_once(climb, Purpose.RESULT, job.channel, limit)
        if message is None:
            return None
        edited = status is not None and message == status.message
        return DeliveredTo(job.channel, message, DeliveryPlace.CHANNEL, edited)

    async def _deliver_directly(self, climb: _DeliveryAttempt) -> DeliveredTo | None:
        requester = climb.job.requester
        try:
            channel = await self._retry_while_unavailable(
                lambda: self._messages.open_dm_channel(requester)
            )
        except MessageError as error:
            self._log_route_failure(climb, Purpose.DIRECT, error)
            return None
        message = await self._send_once(climb, Purpose.DIRECT, channel, PERSON_LIMIT)
        return None if message is None else DeliveredTo(channel, message, DeliveryPlace.DIRECT)

    async def _find_direct_message(self, post: Post | None) -> DeliveredTo | None:
        """Find the direct message of an earlier try."""
        if post is None:
            return None
        if post.message is None:
            try:
                message = await self._messages.find_message(post)
            except MessageError:
                return None
            if message is None:
                return None
            post = replace(post, message=message)
            await self._posts.mark_post_sent(post)
        assert post.message is not None
        return DeliveredTo(post.channel, post.message, DeliveryPlace.DIRECT)

    async def _send_once(
        self, climb: _DeliveryAttempt, purpose: Purpose, channel: int, limit: int
    ) -> int | None:
        """Send a message once, after looking for the message of an earlier try."""
        job, now = climb.job, self._clock.now()
        mine = Post(job.id, purpose, self._new_nonce(), channel, now, private=climb.is_private)
        post = await self._posts.record_post_intent(mine)
        if post.message is not None:
            return post.message
        unsure = post.nonce != mine.nonce

        async def send_if_absent(shown: MessageContent) -> int:
            nonlocal unsure
            if unsure and (there := await self._find_message(post)) is not None:
                return there
            unsure = True
            if purpose is Purpose.DIRECT:
                # Buttons are checked against the server that they are pressed in: here is none. To
                # take one's own picture away needs no server.
                kept = tuple(one for one in shown.card.buttons if one.action == "delete")
                shown = replace(shown, card=replace(shown.card, buttons=kept))
            return await self._messages.send_message(post, shown)

        try:
            message = await self._send_within_limit(climb, limit, send_if_absent)
        except MessageError as error:
            self._log_route_failure(climb, purpose, error)
            return None
        await self._posts.mark_post_sent(replace(post, message=message))
        return message

    async def _find_message(self, post: Post) -> int | None:
        try:
            return await self._messages.find_message(post)
        except MissingPermission:  # we may speak there but not look: the nonce has to do
            return None

    def _log_route_failure(
        self, climb: _DeliveryAttempt, purpose: Purpose, error: MessageError
    ) -> None:
        climb.was_unavailable = climb.was_unavailable or isinstance(error, DiscordUnavailable)
        log.info("rung gave way", job=climb.job.id, purpose=purpose.value, why=_error_name(error))

    async def _send_within_limit(
        self, climb: _DeliveryAttempt, limit: int, send: Callable[[MessageContent], Awaitable[T]]
    ) -> T:
        """Send, smaller when it was too large, and again while Discord is away."""
        *earlier, last = shrinking_limits(limit, climb.file_sizes)
        for one in earlier:
            try:
                return await self._build_and_send(climb, one, send)
            except FilesTooLarge as error:
                log.info("too large", job=climb.job.id, limit=one, why=str(error))
        return await self._build_and_send(climb, last, send)

    async def _build_and_send(
        self, climb: _DeliveryAttempt, limit: int, send: Callable[[MessageContent], Awaitable[T]]
    ) -> T:
        shown = await climb.build_content(limit)
        return await self._retry_while_unavailable(lambda: send(shown))

    async def _retry_while_unavailable(self, call: Callable[[], Awaitable[T]]) -> T:
        for pause in RETRY_PAUSES_S:
            try:
                return await call()
            except DiscordUnavailable:
                await self._clock.sleep(pause)
        return await call()


def _forwarding_card(climb: _DeliveryAttempt, landed: DeliveredTo) -> MessageCard:
    job = climb.job
    if landed.place is DeliveryPlace.DIRECT:
        return history_cards.sent_directly_card(job, pictures=bool(climb.file_sizes))
    link = history_cards.message_link(job.guild, landed.channel, landed.message)
    return (
        job_cards.moved_card(job, link)
        if climb.file_sizes
        else history_cards.result_elsewhere_card(link)
    )


def _error_name(error: Exception) -> str:
    return type(error).__name__
