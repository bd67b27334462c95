"""The first message in a new server: said once, in one place, to nobody's phone.

A server counts as new when the books have not met it. That a gateway event calls it new means
little: after an outage or a reconnection Discord tells of every server again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import structlog

from bot.core import onboarding as welcome_cards
from bot.core.errors import BoardError
from bot.core.ids import NO_JOB
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import Shown
from bot.flow.runtime.services import Kit

AT_ONCE: Final = 10
"""More new servers than this at a start are no news: the books are new, not the servers."""
FindPlace: TypeAlias = Callable[[int], int]
"""The channel of a server where the bot may write, 0 for none."""
log = structlog.stdlib.get_logger(__name__)


class Greeting:
    """Greets servers. Where in one is asked only when it is greeted."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._met: set[int] | None = None  # None until the first start is over
        self._early: dict[int, FindPlace] = {}
        self._one = asyncio.Lock()

    async def begin(self, guilds: Iterable[int], place: FindPlace) -> None:
        """After a start: the servers that the bot is in.

        Those that invited it while it was away are greeted. Old books, or very many at once, mean
        that the bot knows them for long: they are noted in silence.
        """
        async with self._one:
            if self._met is not None:
                return
            known = await self._kit.books.acquaintances()
            present = {**self._early, **dict.fromkeys(guilds, place)}
            new = [guild for guild in present if guild not in (known or ())]
            self._met = {*(known or ()), *present}
            met = await self._kit.books.meet(tuple(new), self._kit.clock.now())
            if known is None or len(new) > AT_ONCE:
                log.info("servers noted without a greeting", guilds=len(new))
                return
            for guild in met:
                await self._greet(guild, present[guild](guild))

    async def joined(self, guild: int, place: FindPlace) -> None:
        """The bot has come into a server, or Discord says so once more."""
        if self._met is None:
            self._early[guild] = place
            return
        if guild in self._met:
            return
        self._met.add(guild)
        if await self._kit.books.meet((guild,), self._kit.clock.now()):
            await self._greet(guild, place(guild))

    async def _greet(self, guild: int, place: int) -> None:
        """Met is met: a greeting that fails is not tried again, so that none comes twice."""
        if not place:
            log.info("no place to greet a server in", guild=guild)
            return
        kit = self._kit
        post = Post(NO_JOB, Purpose.STATUS, kit.fresh.nonce(), place, kit.clock.now())
        card = welcome_cards.greeting(kit.books.defaults().day)
        try:
            await kit.board.post(post, Shown(card))
        except BoardError as error:
            log.warning("server not greeted", guild=guild, why=type(error).__name__)
        else:
            log.info("server greeted", guild=guild)
