"""State of one delivery of a final message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.core.errors import DiscordUnavailable, MalformedRequest, MessageError
from bot.core.history.model import DeliveryPlace
from bot.core.jobs.job import Job
from bot.core.ui.card import MessageCard, MessageContent

ContentBuilder: TypeAlias = Callable[[int], Awaitable[MessageContent]]
"""Builds the message with files within so many bytes."""


@dataclass(frozen=True, slots=True)
class DeliveredTo:
    """Message that holds the final result. `edited` means the status message."""

    channel: int
    message: int
    place: DeliveryPlace
    edited: bool = False


@dataclass(slots=True)
class DeliveryAttempt:
    """One delivery, and what went wrong with it so far.

    `is_plain` sends the text and the files alone, because Discord refused the whole message as
    malformed. `was_malformed` notes that it refused the rest as well, and `was_unavailable` that it
    did not answer on a route.
    """

    job: Job
    build: ContentBuilder
    file_sizes: tuple[int, ...]
    is_plain: bool = False
    was_malformed: bool = False
    was_unavailable: bool = False

    @property
    def is_private(self) -> bool:
        return self.job.order.private

    async def build_content(self, limit: int) -> MessageContent:
        """Build the message with files within `limit` bytes."""
        content = await self.build(limit)
        if not self.is_plain:
            return content
        card = MessageCard(content.card.content, spoiler=content.card.spoiler)
        return MessageContent(card, tuple(replace(file, alt_text="") for file in content.files))

    def record_failure(self, error: MessageError) -> None:
        """Note why the last message of a route was not taken."""
        self.was_unavailable = self.was_unavailable or isinstance(error, DiscordUnavailable)
        self.was_malformed = self.was_malformed or isinstance(error, MalformedRequest)
