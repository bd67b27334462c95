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
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

import structlog

from bot.core import errors
from bot.core.history import cards as history_cards
from bot.core.history.model import DeliveryPlace
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job
from bot.core.jobs.model import Post, Purpose
from bot.core.jobs.upload_limits import PERSON_LIMIT, shrinking_limits
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.jobs.delivery_attempt import ContentBuilder, DeliveredTo, DeliveryAttempt
from bot.flow.jobs.status_message import EDITABLE_FOR, is_token_alive
from bot.flow.ports import Messages, PostStore
from bot.flow.runtime.clock import Clock

log = structlog.stdlib.get_logger(__name__)
RETRY_PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0)
T = TypeVar("T")


class DeliveryRoutes:
    """Brings one last card (with or without pictures) to the person who waits for it."""

    def __init__(
        self, messages: Messages, posts: PostStore, clock: Clock, new_nonce: Callable[[], str]
    ) -> None:
        self._messages, self._posts, self._clock = messages, posts, clock
        self._new_nonce = new_nonce

    async def deliver(
        self, job: Job, build: ContentBuilder, *, sizes: tuple[int, ...] = (), anew: bool = True
    ) -> DeliveredTo | None:
        """Deliver the final message once. `make(limit)` builds it with files within `limit` bytes.

        `sizes` are those of the wanted files. `anew` False stops after the edits, because nobody
        wants another message where the first is gone. Returns None if every route failed. Raises
        DiscordUnavailable if none worked and Discord was down at one of them, and MalformedRequest
        if it was refused for what is in it.
        """
        attempt = DeliveryAttempt(job, build, sizes)
        posts = {post.purpose: post for post in await self._posts.list_job_posts(job.id)}
        status = posts.get(Purpose.STATUS)
        result = await self._find_direct_message(posts.get(Purpose.DIRECT))
        if result is None and status is not None and Purpose.RESULT not in posts:
            result = await self._deliver_by_edit(attempt, status)
        if result is not None and result.edited:
            return result
        if result is None and anew:
            if not attempt.is_private:
                result = await self._deliver_new_message(attempt, status)
            result = result or await self._deliver_directly(attempt)
        if result is None and anew and attempt.was_unavailable:
            raise errors.DiscordUnavailable("Discord was away, and no other way was open")
        if result is None and anew and attempt.was_malformed:
            raise errors.MalformedRequest("Discord refuses what is in the message")
        if result is not None and not result.edited:
            await self.leave_link(job, _forwarding_card(attempt, result))
        return result

    async def leave_link(self, job: Job, card: MessageCard) -> bool:
        """Edit the old card to link to the final message. Return False if it can't be reached."""
        posts = {post.purpose: post for post in await self._posts.list_job_posts(job.id)}
        status = posts.get(Purpose.STATUS)
        if status is None or status.message is None:
            return False
        content = MessageContent(card)
        for by_token in self._list_edit_tokens(status, job, at_any_age=True):
            try:
                await self._messages.edit_message(
                    status, lambda: content, final=True, by_token=by_token
                )
            except errors.MessageError as error:
                log.debug("old card stays", job=job.id, by_token=by_token, why=_error_name(error))
            else:
                return True
        return False

    async def remove_status(self, job: Job) -> bool:
        """Delete the status message of a job that nobody waits for. False if it stays."""
        posts = await self._posts.list_job_posts(job.id)
        status = next((post for post in posts if post.purpose is Purpose.STATUS), None)
        if status is None or status.message is None:
            return status is None
        try:
            await self._messages.delete_message(status.channel, status.message)
        except errors.MessageError as error:
            log.info("status stays", job=job.id, why=_error_name(error))
            return isinstance(error, errors.MessageGone)
        return True

    def _list_edit_tokens(self, post: Post, job: Job, *, at_any_age: bool = False) -> list[bool]:
        """List usable tokens for an edit, True for the interaction's, False for the bot's."""
        now = self._clock.now()
        tokens = [True] if is_token_alive(post, now) else []
        if post.message is None or post.private or job.order.private:
            return tokens
        young = now - post.created_at < EDITABLE_FOR
        return [*tokens, False] if young or at_any_age else tokens

    async def _deliver_by_edit(self, attempt: DeliveryAttempt, post: Post) -> DeliveredTo | None:
        unsure = False
        for by_token in self._list_edit_tokens(post, attempt.job):
            limit = self._messages.get_upload_limit(attempt.job.guild)
            if by_token:
                limit = post.upload_limit or PERSON_LIMIT
            try:
                edit = partial(self._edit_status, post, by_token)
                message = await self._send_within_limit(attempt, limit, edit)
            except errors.MalformedRequest:
                if attempt.file_sizes:
                    break
            except errors.MessageError as error:
                unsure = unsure or isinstance(error, errors.DiscordUnavailable)
                log.info("rung gave way", job=post.job, by_token=by_token, why=_error_name(error))
            else:
                if post.message is None:
                    post = replace(post, message=message)
                    await self._posts.mark_post_sent(post)
                return self._build_edit_result(attempt, post)
        attempt.was_unavailable = attempt.was_unavailable or unsure
        if unsure and attempt.file_sizes and await self._has_attachments(post):
            return self._build_edit_result(attempt, post)
        return None

    def _build_edit_result(self, attempt: DeliveryAttempt, post: Post) -> DeliveredTo:
        assert post.message is not None
        place = DeliveryPlace.PRIVATE if attempt.is_private else DeliveryPlace.CHANNEL
        return DeliveredTo(post.channel, post.message, place, edited=True)

    async def _edit_status(self, post: Post, by_token: bool, content: MessageContent) -> int:
        if post.message is None:  # sent, but we died before it was written down
            return await self._messages.edit_original_response(post, content)
        await self._messages.edit_message(post, lambda: content, final=True, by_token=by_token)
        return post.message

    async def _has_attachments(self, post: Post) -> bool:
        """Return True if an unanswered edit arrived, so that it is not sent twice."""
        if post.message is None or post.private:
            return False
        try:
            return await self._messages.has_attachments(post)
        except errors.MessageError:
            return False

    async def _deliver_new_message(
        self, attempt: DeliveryAttempt, status: Post | None
    ) -> DeliveredTo | None:
        job = attempt.job
        limit = self._messages.get_upload_limit(job.guild)
        message = await self._send_once(attempt, Purpose.RESULT, job.channel, limit)
        if message is None:
            return None
        edited = status is not None and message == status.message
        return DeliveredTo(job.channel, message, DeliveryPlace.CHANNEL, edited)

    async def _deliver_directly(self, attempt: DeliveryAttempt) -> DeliveredTo | None:
        open_channel = partial(self._messages.open_dm_channel, attempt.job.requester)
        try:
            channel = await self._retry_while_unavailable(open_channel)
        except errors.MessageError as error:
            self._log_route_failure(attempt, Purpose.DIRECT, error)
            return None
        message = await self._send_once(attempt, Purpose.DIRECT, channel, PERSON_LIMIT)
        return None if message is None else DeliveredTo(channel, message, DeliveryPlace.DIRECT)

    async def _find_direct_message(self, post: Post | None) -> DeliveredTo | None:
        if post is None:
            return None
        message = post.message
        if message is None:
            try:
                message = await self._messages.find_message(post)
            except errors.MessageError:
                return None
            if message is None:
                return None
            await self._posts.mark_post_sent(replace(post, message=message))
        return DeliveredTo(post.channel, message, DeliveryPlace.DIRECT)

    async def _send_once(
        self, attempt: DeliveryAttempt, purpose: Purpose, channel: int, limit: int
    ) -> int | None:
        """Send a message once, after looking for the message of an earlier try."""
        job, now = attempt.job, self._clock.now()
        mine = Post(job.id, purpose, self._new_nonce(), channel, now, private=attempt.is_private)
        post = await self._posts.record_post_intent(mine)
        if post.message is not None:
            return post.message
        unsure = post.nonce != mine.nonce

        async def send_if_absent(content: MessageContent) -> int:
            nonlocal unsure
            if unsure and (found := await self._find_message(post)) is not None:
                return found
            unsure = True
            if purpose is Purpose.DIRECT and not attempt.is_plain:
                # Buttons are checked against the server that they are pressed in: here is none. To
                # take one's own message away needs no server, and by its button it is found again.
                kept = (job_cards.delete_button(job.id),)
                content = replace(content, card=replace(content.card, buttons=kept))
            elif purpose is Purpose.RESULT:
                content = replace(content, card=history_cards.name_requester(content.card, job))
            return await self._messages.send_message(post, content)

        try:
            try:
                message = await self._send_within_limit(attempt, limit, send_if_absent)
            except errors.MalformedRequest as error:
                if attempt.is_plain:
                    raise
                log.warning("sent with less", job=job.id, why=str(error))
                attempt.is_plain = True
                message = await self._send_within_limit(attempt, limit, send_if_absent)
        except errors.MessageError as error:
            self._log_route_failure(attempt, purpose, error)
            return None
        await self._posts.mark_post_sent(replace(post, message=message))
        return message

    async def _find_message(self, post: Post) -> int | None:
        try:
            return await self._messages.find_message(post)
        except errors.MissingPermission:  # we may speak there but not look: the nonce has to do
            return None

    def _log_route_failure(
        self, attempt: DeliveryAttempt, purpose: Purpose, error: errors.MessageError
    ) -> None:
        attempt.record_failure(error)
        log.info("rung gave way", job=attempt.job.id, purpose=purpose.value, why=_error_name(error))

    async def _send_within_limit(
        self, attempt: DeliveryAttempt, limit: int, send: Callable[[MessageContent], Awaitable[T]]
    ) -> T:
        """Send, smaller when it was too large, and again while Discord is away."""
        *earlier, last = shrinking_limits(limit, attempt.file_sizes)
        for size in earlier:
            try:
                return await self._build_and_send(attempt, size, send)
            except errors.FilesTooLarge as error:
                log.info("too large", job=attempt.job.id, limit=size, why=str(error))
        return await self._build_and_send(attempt, last, send)

    async def _build_and_send(
        self, attempt: DeliveryAttempt, limit: int, send: Callable[[MessageContent], Awaitable[T]]
    ) -> T:
        async def build_and_send() -> T:
            return await send(await attempt.build_content(limit))

        return await self._retry_while_unavailable(build_and_send)

    async def _retry_while_unavailable(self, call: Callable[[], Awaitable[T]]) -> T:
        for pause in RETRY_PAUSES_S:
            try:
                return await call()
            except errors.DiscordUnavailable:
                await self._clock.sleep(pause)
        return await call()


def _forwarding_card(attempt: DeliveryAttempt, result: DeliveredTo) -> MessageCard:
    job, has_files = attempt.job, bool(attempt.file_sizes)
    if result.place is DeliveryPlace.DIRECT:
        return history_cards.sent_directly_card(job, pictures=has_files)
    url = history_cards.message_link(job.guild, result.channel, result.message)
    return job_cards.moved_card(job, url) if has_files else history_cards.result_elsewhere_card(url)


def _error_name(error: Exception) -> str:
    return type(error).__name__
