"""Tells servers in their log channels, once each way, that SwarmUI is away or back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from bot.core.errors import BoardError
from bot.core.ids import NO_JOB
from bot.core.jobs import outage_notices
from bot.core.jobs.job import State
from bot.core.jobs.model import Post, Purpose
from bot.core.jobs.outage_notices import Notice
from bot.core.ui.card import Card, Shown
from bot.flow.jobs.queue import Line
from bot.flow.runtime.services import Kit
from bot.flow.settings.store import Policies

log = structlog.stdlib.get_logger(__name__)


class Alarm:
    """Call it with a notice; it passes it on, and nobody waits for the servers to hear of it.

    Only those in which something waits are told, each with its own number; they are the ones that
    are told when it is over. The message mentions nobody.
    """

    def __init__(
        self, kit: Kit, line: Line, policies: Policies, announce: Callable[[Notice], None]
    ) -> None:
        self._kit, self._line, self._policies = kit, line, policies
        self._announce = announce
        self._told: dict[int, int] = {}

    def __call__(self, notice: Notice) -> None:
        self._announce(notice)
        if notice.since is None:
            told, self._told = self._told, {}
            for channel in told.values():
                self._say(channel, notice.text)
            return
        for guild, waiting in self._waiting().items():
            if channel := self._policies.of(guild).log_channel:
                self._told[guild] = channel
                text = outage_notices.away(notice.since, waiting, broken=notice.broken).text
                self._say(channel, text)

    def _waiting(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for job in self._line.living:
            if job.state in (State.QUEUED, State.RUNNING):
                found[job.guild] += job.order.images
        return found

    def _say(self, channel: int, text: str) -> None:
        self._kit.crew.spawn(self._write(channel, text), f"alarm {channel}")

    async def _write(self, channel: int, text: str) -> None:
        nonce, now = self._kit.fresh.nonce(), self._kit.clock.now()
        post = Post(NO_JOB, Purpose.STATUS, nonce, channel, now)
        try:
            await self._kit.board.post(post, Shown(Card(text)))
        except BoardError as error:
            log.info("alarm not heard", channel=channel, why=type(error).__name__)


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
