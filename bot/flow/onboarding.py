"""One silent welcome message for each invitation into a guild.

A guild is new if the database does not know it, and its message waits until Discord has told its
channels. Discord's join event proves little, because it repeats after an outage or reconnection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, TypeAlias

import structlog

from bot.core import onboarding as welcome_cards
from bot.core.errors import MessageError
from bot.core.notices import Notice
from bot.flow.notices import Notices
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

WELCOMED_AT_START_MAX: Final = 10
"""More new servers than this at a start are no news: the books are new, not the servers."""
FindChannel: TypeAlias = Callable[[], int]
"""Finds the channel of a guild where the bot may write, 0 for none."""
log = structlog.stdlib.get_logger(__name__)


class WelcomeMessages:
    """Welcomes guilds. `begin` is called once, at the first start."""

    def __init__(self, notices: Notices, ports: FlowPorts, context: FlowContext) -> None:
        self._onboarding, self._limits = ports.stores.onboarding, ports.stores.limits
        self._notices, self._context = notices, context
        # When the bot joined them, if that is known. None until the first start is over.
        self._known_guilds: dict[int, datetime | None] | None = None
        self._early_guilds: dict[int, tuple[datetime | None, FindChannel]] = {}

    async def begin(self, guilds: Iterable[int]) -> None:
        """Welcome those of the bot's guilds that are new and available already.

        `guilds` are all, also those in an outage, which are welcomed when they are available. With
        an old database or very many new guilds at once, they are recorded without a message. What
        removed the bot meanwhile is forgotten, so that its next invitation is welcomed.
        """
        stored = await self._onboarding.list_greeted_guilds()
        known, present = stored or {}, {*guilds, *self._early_guilds}
        await self._onboarding.forget_greeted_guilds(tuple(known.keys() - present))
        new = present - known.keys()
        if stored is None or len(new) > WELCOMED_AT_START_MAX:
            await self._onboarding.mark_guilds_greeted(tuple(new), self._context.clock.now())
            log.info("servers noted without a greeting", guilds=len(new))
            new = set()
        self._known_guilds = {guild: known.get(guild) for guild in present - new}
        early, self._early_guilds = self._early_guilds, {}
        for guild, (joined_at, find_channel) in early.items():
            await self.welcome_guild(guild, joined_at, find_channel)

    async def welcome_guild(
        self, guild: int, joined_at: datetime | None, find_channel: FindChannel
    ) -> None:
        """Welcome a guild that is available, unless it is known since this invitation."""
        known = self._known_guilds
        if known is None:
            self._early_guilds[guild] = joined_at, find_channel
            return
        is_known, last = guild in known, known.get(guild)
        if is_known and (joined_at is None or joined_at == last):
            return
        known[guild] = joined_at
        if not is_known or last is not None:
            await self._onboarding.forget_greeted_guilds((guild,))
            await self._post_welcome(guild, find_channel())
        if joined_at is not None:
            await self._onboarding.record_invitation(guild, joined_at)

    async def forget_guild(self, guild: int) -> None:
        """Forget a guild that removed the bot, so that its next invitation is welcomed."""
        self._early_guilds.pop(guild, None)
        if self._known_guilds is not None:
            self._known_guilds.pop(guild, None)
            await self._onboarding.forget_greeted_guilds((guild,))

    async def _post_welcome(self, guild: int, channel: int) -> None:
        """Post the welcome once, if the database does not know the guild."""
        now = self._context.clock.now()
        card = welcome_cards.welcome_card(self._limits.get_default_limits().day)
        greeting = Notice(f"greeting:{guild}", channel, card, now) if channel else None
        if not await self._onboarding.mark_guilds_greeted((guild,), now, greeting):
            return
        if greeting is None:
            log.info("no place to greet a server in", guild=guild)
            return
        try:
            await self._notices.send(greeting)
        except MessageError as error:
            log.warning("server not greeted", guild=guild, why=type(error).__name__)
        else:
            log.info("server greeted", guild=guild)
