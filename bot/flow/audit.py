"""Audit log posts in the channel that a guild chose, one line per change, without pings.

The service follows the stored audit log, so nothing is missed over a restart and no command waits.
The first change is posted within seconds; the next ones are gathered into one message.
"""

from __future__ import annotations

from typing import Final

import structlog

from bot.core.audit.cards import format_message
from bot.core.audit.model import PendingChanges
from bot.core.errors import DiscordUnavailable, MessageError, StoreError
from bot.core.ids import NO_JOB
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.ports import AuditStore, Messages
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache, SettingsChange

POLL_INTERVAL_S: Final = 2.0
MESSAGE_INTERVAL_S: Final = 10.0  # between two messages in one channel
RETRY_DELAY_S: Final = 60.0  # Discord or the books are away
FAILED_CHANNEL_DELAY_S: Final = 3600.0  # the channel is gone, or we may not write there
CHANGES_PER_MESSAGE: Final = 40  # changes in a message
BACKLOG_MAX: Final = 200  # with more behind them, those are only counted
LOG_CHANNEL_ACTION: Final = "settings.log_channel"
log = structlog.stdlib.get_logger(__name__)


class AuditLogChannel:
    """Background service that posts changes. Call `run_forever` once."""

    def __init__(
        self,
        guild_settings: GuildSettingsCache,
        audit: AuditStore,
        messages: Messages,
        context: FlowContext,
    ) -> None:
        self._audit, self._messages, self._context = audit, messages, context
        self._guild_settings = guild_settings
        self._last_change = 0
        self._pending_guilds: set[int] = set()
        self._posting_guilds: set[int] = set()
        self._next_attempt: dict[int, float] = {}
        self._failed_channels: dict[int, int] = {}
        guild_settings.add_listener(self._handle_settings_change)

    def has_failed(self, guild: int) -> bool:
        """Return True if the guild's log channel could not be written the last time."""
        return guild in self._failed_channels

    async def run_forever(self) -> None:
        """Post changes for ever, also earlier ones if their channel was chosen by then."""
        self._last_change, _ = await self._audit.find_changed_guilds(0)
        self._pending_guilds |= {
            guild for guild, chosen in self._guild_settings.list_customized() if chosen.log_channel
        }
        while True:
            self._last_change, changed = await self._audit.find_changed_guilds(self._last_change)
            self._pending_guilds |= set(changed)
            for guild in tuple(self._pending_guilds):
                self._start_posting(guild)
            await self._context.clock.sleep(POLL_INTERVAL_S)

    def _handle_settings_change(self, change: SettingsChange) -> None:
        if change.old.log_channel != change.new.log_channel:
            self._next_attempt.pop(change.guild, None)
            self._failed_channels.pop(change.guild, None)
            self._pending_guilds.add(change.guild)

    def _start_posting(self, guild: int) -> None:
        channel = self._guild_settings.get_settings(guild).log_channel
        if not channel:
            self._pending_guilds.discard(guild)
            return
        now = self._context.clock.tick()
        if guild in self._posting_guilds or now < self._next_attempt.get(guild, 0.0):
            return
        self._pending_guilds.discard(guild)
        self._posting_guilds.add(guild)
        self._context.tasks.spawn_task(self._post_changes(guild, channel), f"trail {guild}")

    async def _post_changes(self, guild: int, channel: int) -> None:
        pause, again = MESSAGE_INTERVAL_S, True
        try:
            again = await self._post_next_message(guild, channel)
            self._failed_channels.pop(guild, None)
        except (DiscordUnavailable, StoreError) as error:
            pause = RETRY_DELAY_S
            log.info("log channel waits", guild=guild, why=type(error).__name__)
        except MessageError as error:
            pause = FAILED_CHANNEL_DELAY_S
            if self._failed_channels.get(guild) != channel:
                self._failed_channels[guild] = channel
                why = type(error).__name__
                log.warning("log channel not written", guild=guild, channel=channel, why=why)
        finally:
            self._posting_guilds.discard(guild)
            self._next_attempt[guild] = self._context.clock.tick() + pause
            if again:
                self._pending_guilds.add(guild)

    async def _post_next_message(self, guild: int, channel: int) -> bool:
        now = self._context.clock.now()
        pending = await self._audit.find_pending_changes(guild, CHANGES_PER_MESSAGE)
        if not pending.rows or _has_left(channel, pending):
            return False
        started = pending.sending_since or now
        text, first, last, more = _build_message(pending, started.timestamp())
        content = MessageContent(MessageCard(text))
        nonce = f"trail{first}-{started.timestamp():.0f}"
        post = Post(NO_JOB, Purpose.STATUS, nonce, channel, started)
        message: int | None = None
        if pending.sending_since is None:
            await self._audit.mark_changes_sending(guild, first, last, now)
        else:
            message = await self._messages.find_message(
                post, card=content.card, after=pending.last_message
            )
        if message is None:
            message = await self._messages.send_message(post, content)
        if more > BACKLOG_MAX:
            last, _ = await self._audit.find_changed_guilds(last)
            more = 0
        await self._audit.mark_changes_sent(guild, last, message)
        return more > 0 or pending.sending_since is not None


def _has_left(channel: int, pending: PendingChanges) -> bool:
    """Return True if the last change says that another channel was chosen, or none.

    The database knows that before the cache does. The cache's listener then starts again.
    """
    chosen = [row.new for _, row in pending.rows if row.action == LOG_CHANNEL_ACTION]
    return bool(chosen) and pending.remaining == 0 and chosen[-1] != f"<#{channel}>"


def _build_message(pending: PendingChanges, now: float) -> tuple[str, int, int, int]:
    """Return the text, the numbers of its first and last change, and how many follow.

    With the same rows and `now` it is the same text, by which a message is found after a crash.
    """
    text, n = format_message(tuple(row for _, row in pending.rows), now)
    more = pending.remaining_then + len(pending.rows) - n
    if more > BACKLOG_MAX:
        text += f"\n… and {more:,} more changes. `/limits log` has them all."
    return text, pending.rows[0][0], pending.rows[n - 1][0], more
