"""Tells the host, once each way, that SwarmUI is away or back: log channel and presence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.core.card import Card
from bot.core.errors import BoardError
from bot.core.ids import NO_JOB
from bot.core.notices import Notice
from bot.flow.kit import Kit
from bot.flow.ports import Post, Purpose, Shown

log = structlog.stdlib.get_logger(__name__)


class Herald:
    """Call it with a notice; nobody waits for it, and that it is not heard breaks nothing.

    `channel` is the host's log channel, 0 for none. `show` sets the line under the bot's name, ""
    takes it away. The message mentions nobody.
    """

    def __init__(self, kit: Kit, channel: int, show: Callable[[str], Awaitable[None]]) -> None:
        self._kit, self._channel, self._show = kit, channel, show

    def __call__(self, notice: Notice) -> None:
        self._kit.crew.spawn(self._present(notice), "presence")
        if self._channel:
            self._kit.crew.spawn(self._write(notice), "log channel")

    async def _present(self, notice: Notice) -> None:
        await self._show(notice.presence)

    async def _write(self, notice: Notice) -> None:
        nonce, now = self._kit.fresh.nonce(), self._kit.clock.now()
        post = Post(NO_JOB, Purpose.STATUS, nonce, self._channel, now)
        try:
            await self._kit.board.post(post, Shown(Card(notice.text)))
        except BoardError as error:
            log.warning("log channel not written", why=type(error).__name__)
