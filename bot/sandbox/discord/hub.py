"""What the parts of the server share: the world, the clock, and who is told of a change."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.sandbox.discord.faults import Faults
from bot.sandbox.discord.files import Files
from bot.sandbox.discord.limits import Limits
from bot.sandbox.discord.messageviews import Links
from bot.sandbox.discord.model import World
from bot.sandbox.discord.report import Report
from bot.sandbox.discord.session_starts import SessionStarts
from bot.sandbox.discord.sessions import Sessions
from bot.sandbox.discord.snowflakes import Snowflakes
from bot.sandbox.discord.watchers import Watchers

BotControl = Callable[[str], Awaitable[int | None]]


@dataclass(slots=True)
class Hub:
    """One of these lives as long as the server; `changed` is called after each change of the world.

    `choosing` holds an event for each person who waits for autocomplete.
    """

    world: World
    files: Files
    new_id: Snowflakes
    now: Callable[[], float]
    limits: Limits
    links: Links
    sessions: Sessions
    watchers: Watchers
    faults: Faults
    starts: SessionStarts
    changed: Callable[[], None]
    bot_control: BotControl | None = None
    report: Report = field(default_factory=Report)
    choosing: dict[str, asyncio.Event] = field(default_factory=dict)

    @property
    def gateway_url(self) -> str:
        return self.links.base.replace("http://", "ws://", 1) + "/gateway"
