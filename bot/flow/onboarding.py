"""One silent welcome message in each new guild.

A guild is new if the database does not know it. Discord's join event proves little, because it
repeats after an outage or reconnection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import structlog

from bot.core import onboarding as welcome_cards
from bot.core.errors import MessageError
from bot.core.ids import NO_JOB
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageContent
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

WELCOMED_AT_START_MAX: Final = 10
"""More new servers than this at a start are no news: the books are new, not the servers."""
FindChannel: TypeAlias = Callable[[int], int]
"""The channel of a server where the bot may write, 0 for none."""
log = structlog.stdlib.get_logger(__name__)


class WelcomeMessages:
    """Greets servers. Where in one is asked only when it is greeted."""

    def __init__(self, ports: FlowPorts, context: FlowContext) -> None:
        self._onboarding, self._limits = ports.stores.onboarding, ports.stores.limits
        self._messages, self._context = ports.messages, context
        self._known_guilds: set[int] | None = None  # None until the first start is over
        self._pending_guilds: dict[int, FindChannel] = {}
        self._lock = asyncio.Lock()

    async def welcome_new_guilds(self, guilds: Iterable[int], find_channel: FindChannel) -> None:
        """Welcome guilds that invited the bot while it was offline.

        With an old database or very many guilds at once, they are recorded without a message.
        """
        async with self._lock:
            if self._known_guilds is not None:
                return
            known = await self._onboarding.list_greeted_guilds()
            present = {**self._pending_guilds, **dict.fromkeys(guilds, find_channel)}
            new = [guild for guild in present if guild not in (known or ())]
            self._known_guilds = {*(known or ()), *present}
            met = await self._onboarding.mark_guilds_greeted(tuple(new), self._context.clock.now())
            if known is None or len(new) > WELCOMED_AT_START_MAX:
                log.info("servers noted without a greeting", guilds=len(new))
                return
            for guild in met:
                await self._post_welcome(guild, present[guild](guild))

    async def handle_join(self, guild: int, find_channel: FindChannel) -> None:
        """Welcome a guild that the bot joined, unless it is known."""
        if self._known_guilds is None:
            self._pending_guilds[guild] = find_channel
            return
        if guild in self._known_guilds:
            return
        self._known_guilds.add(guild)
        if await self._onboarding.mark_guilds_greeted((guild,), self._context.clock.now()):
            await self._post_welcome(guild, find_channel(guild))

    async def _post_welcome(self, guild: int, channel: int) -> None:
        """Post the welcome once. A failed one is not repeated."""
        if not channel:
            log.info("no place to greet a server in", guild=guild)
            return
        nonce, now = self._context.ids.new_nonce(), self._context.clock.now()
        post = Post(NO_JOB, Purpose.STATUS, nonce, channel, now)
        card = welcome_cards.welcome_card(self._limits.get_default_limits().day)
        try:
            await self._messages.send_message(post, MessageContent(card))
        except MessageError as error:
            log.warning("server not greeted", guild=guild, why=type(error).__name__)
        else:
            log.info("server greeted", guild=guild)
