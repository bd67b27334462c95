"""Every change, said in the log channel that a server chose: one calm line each, mentioning nobody.

It follows the record of changes itself, so whoever writes there need not think of it, nothing is
missed over a restart, and no command waits for it. The first change is said within seconds; what
comes right after it is gathered into one message.
"""

from __future__ import annotations

from typing import Final

import structlog

from bot.core.audit.cards import said, said_again
from bot.core.audit.model import Unsaid
from bot.core.errors import BoardError, BooksError, Unavailable
from bot.core.ids import NO_JOB
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import Card, Shown
from bot.flow.runtime.services import Kit
from bot.flow.settings.store import Change, Policies

LOOK_EVERY_S: Final = 2.0
GAP_S: Final = 10.0  # between two messages in one channel
AGAIN_S: Final = 60.0  # Discord or the books are away
TROUBLE_S: Final = 3600.0  # the channel is gone, or we may not write there
AT_ONCE: Final = 40  # changes in a message
SKIPPED: Final = 200  # with more behind them, those are only counted
log = structlog.stdlib.get_logger(__name__)


class Trail:
    """Says what was changed. `run` it once; it needs no calls."""

    def __init__(self, kit: Kit, policies: Policies) -> None:
        self._kit, self._policies = kit, policies
        self._seen = 0
        self._wanted: set[int] = set()
        self._busy: set[int] = set()
        self._not_before: dict[int, float] = {}
        self._troubled: dict[int, int] = {}
        policies.hear(self._chosen)

    def troubled(self, guild: int) -> bool:
        """Whether the log channel of that guild could not be written the last time."""
        return guild in self._troubled

    async def run(self) -> None:
        """Run for ever. What was changed before is said too, if its channel was chosen by then."""
        self._seen, _ = await self._kit.books.changed_since(0)
        self._wanted |= {guild for guild, policy in self._policies.all() if policy.log_channel}
        while True:
            self._seen, changed = await self._kit.books.changed_since(self._seen)
            self._wanted |= set(changed)
            for guild in tuple(self._wanted):
                self._begin(guild)
            await self._kit.clock.sleep(LOOK_EVERY_S)

    def _chosen(self, change: Change) -> None:
        """Another channel is another chance."""
        if change.old.log_channel != change.new.log_channel:
            self._not_before.pop(change.guild, None)
            self._troubled.pop(change.guild, None)
            self._wanted.add(change.guild)

    def _begin(self, guild: int) -> None:
        channel = self._policies.of(guild).log_channel
        if not channel:
            self._wanted.discard(guild)
            return
        if guild in self._busy or self._kit.clock.tick() < self._not_before.get(guild, 0.0):
            return
        self._wanted.discard(guild)
        self._busy.add(guild)
        self._kit.crew.spawn(self._say(guild, channel), f"trail {guild}")

    async def _say(self, guild: int, channel: int) -> None:
        pause, again = GAP_S, True
        try:
            again = await self._next(guild, channel)
            self._troubled.pop(guild, None)
        except (Unavailable, BooksError) as error:
            pause = AGAIN_S
            log.info("log channel waits", guild=guild, why=type(error).__name__)
        except BoardError as error:
            pause = TROUBLE_S
            if self._troubled.get(guild) != channel:
                self._troubled[guild] = channel
                why = type(error).__name__
                log.warning("log channel not written", guild=guild, channel=channel, why=why)
        finally:
            self._busy.discard(guild)
            self._not_before[guild] = self._kit.clock.tick() + pause
            if again:
                self._wanted.add(guild)

    async def _next(self, guild: int, channel: int) -> bool:
        """Say the next message, if there is any; whether more is to be said after it."""
        books, now = self._kit.books, self._kit.clock.now()
        unsaid = await books.unsaid(guild, AT_ONCE)
        if not unsaid.rows:
            return False
        text, first, last, more = _message(unsaid, now.timestamp())
        begun = unsaid.begun_at or now
        nonce = f"trail{first}-{begun.timestamp():.0f}"
        post = Post(NO_JOB, Purpose.STATUS, nonce, channel, begun)
        if unsaid.begun_at is None:
            await books.saying(guild, first, last, now)
        elif await self._kit.board.find(post) is not None:
            await books.said(guild, last)
            return more > 0
        await self._kit.board.post(post, Shown(Card(text)))
        if more > SKIPPED:
            last, _ = await books.changed_since(last)
            more = 0
        await books.said(guild, last)
        return more > 0


def _message(unsaid: Unsaid, now: float) -> tuple[str, int, int, int]:
    """What to say, the first and the last change in it, and how many come after them."""
    rows = tuple(row for _, row in unsaid.rows)
    text, n = said(rows, now) if unsaid.begun_at is None else (said_again(rows), len(rows))
    more = unsaid.more + len(unsaid.rows) - n
    if more > SKIPPED:
        text += f"\n… and {more:,} more changes. `/limits log` has them all."
    return text, unsaid.rows[0][0], unsaid.rows[n - 1][0], more
