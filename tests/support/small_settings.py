"""What /settings asks of the world, in memory: policies, drafts, and the real rules above them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from bot.core.drawing.request import RequestContext
from bot.core.history.model import Draft
from bot.core.ids import JobId, build_job_id
from bot.core.jobs.job import Job
from bot.core.limits.quota import Limits
from bot.core.policy import DEFAULT_SETTINGS, GuildSettings
from bot.flow.onboarding import WelcomeMessages
from bot.flow.ports import Messages
from bot.flow.runtime.context import HostSettings
from bot.flow.settings.panel import SettingsPanel
from bot.flow.settings.store import GuildSettingsCache
from tests.support.small_flow import NOON
from tests.support.small_gallery import Museum


class Cabinet:
    """Books and the owner of tasks. `met` None are books of before there were greetings."""

    def __init__(self) -> None:
        self.kept: dict[int, GuildSettings] = {}
        self.drafts: dict[JobId, Draft] = {}
        self.jobs: list[Job] = []
        self.host = HostSettings()
        self.policies_made: GuildSettingsCache | None = None
        self.slowly: Callable[[], Coroutine[Any, Any, None]] | None = None
        self.met: list[int] | None = []
        self._drafted = 0

    def requests(self, museum: Museum) -> SettingsPanel:
        """The real one, over all this; policies outlive a restart, as the books do."""
        crew: Any = self
        clock: Any = SimpleNamespace(now=lambda: NOON)
        catalog: Any = museum
        me: Any = self
        policies = GuildSettingsCache(me, catalog, self.host.bounds, crew, clock.now)
        policies._by_guild = dict(self.kept)
        self.policies_made = policies
        context: Any = SimpleNamespace(
            host=self.host, clock=clock, ids=SimpleNamespace(new_job_id=self._new_id)
        )
        return SettingsPanel(policies, jobs=me, history=me, catalog=catalog, context=context)

    def onboarding(self, board: Messages) -> WelcomeMessages:
        """The real one, over the same books; as after a start of the process."""
        context: Any = SimpleNamespace(
            clock=SimpleNamespace(now=lambda: NOON),
            ids=SimpleNamespace(new_nonce=self._new_id),
        )
        me: Any = self
        return WelcomeMessages(onboarding=me, limits=me, messages=board, context=context)

    def get_settings(self, guild: int) -> GuildSettings:
        """What a server has chosen."""
        return self.kept.get(guild, DEFAULT_SETTINGS)

    def choose(self, guild: int, **choices: Any) -> None:
        """As if it had been chosen before."""
        self.kept[guild] = replace(self.get_settings(guild), **choices)
        if self.policies_made is not None:
            self.policies_made._by_guild[guild] = self.kept[guild]

    def _new_id(self) -> JobId:
        self._drafted += 1
        return build_job_id(self._drafted.to_bytes(13, "little"))

    def spawn_task(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        return asyncio.create_task(work, name=name)

    async def load_guild_settings(self) -> Mapping[int, GuildSettings]:
        return self.kept

    async def update_guild_settings(
        self, asker: RequestContext, edit: Callable[[GuildSettings], GuildSettings], now: datetime
    ) -> tuple[GuildSettings, GuildSettings]:
        if self.slowly is not None:
            await self.slowly()
        old = self.get_settings(asker.guild)
        new = edit(old)
        self.kept[asker.guild] = new
        return old, new

    async def list_living_jobs(self) -> tuple[Job, ...]:
        if self.slowly is not None:
            await self.slowly()
        return tuple(self.jobs)

    async def save_draft(self, draft: Draft, now: datetime) -> None:
        self.drafts[draft.id] = draft

    async def list_greeted_guilds(self) -> frozenset[int] | None:
        return None if self.met is None else frozenset(self.met)

    async def mark_guilds_greeted(self, guilds: tuple[int, ...], now: datetime) -> tuple[int, ...]:
        self.met = [] if self.met is None else self.met
        new = tuple(guild for guild in guilds if guild not in self.met)
        self.met += new
        return new

    def get_default_limits(self) -> Limits:
        return Limits()

    async def find_draft(self, draft: JobId) -> Draft | None:
        return self.drafts.get(draft)
