"""What /settings asks of the world, in memory: policies, drafts, and the real rules above them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from bot.core.drawing.request import Asker
from bot.core.history.model import Draft
from bot.core.ids import JobId, job_id
from bot.core.jobs.job import Job
from bot.core.limits.quota import Limits
from bot.core.policy import USUAL, Policy
from bot.flow.onboarding import Greeting
from bot.flow.ports import Board
from bot.flow.runtime.services import House
from bot.flow.settings.panel import SettingsDesk
from bot.flow.settings.store import Policies
from tests.support.small_flow import NOON
from tests.support.small_gallery import Museum


class Cabinet:
    """Books and the owner of tasks. `met` None are books of before there were greetings."""

    def __init__(self) -> None:
        self.kept: dict[int, Policy] = {}
        self.drafts: dict[JobId, Draft] = {}
        self.jobs: list[Job] = []
        self.house = House()
        self.policies_made: Policies | None = None
        self.slowly: Callable[[], Coroutine[Any, Any, None]] | None = None
        self.met: list[int] | None = []
        self._drafted = 0

    def desk(self, museum: Museum) -> SettingsDesk:
        """The real one, over all this; policies outlive a restart, as the books do."""
        crew: Any = self
        clock: Any = SimpleNamespace(now=lambda: NOON)
        catalog: Any = museum
        policies = Policies(self, catalog, self.house.bounds, crew, clock.now)
        policies._known = dict(self.kept)
        self.policies_made = policies
        kit: Any = SimpleNamespace(
            catalog=museum,
            books=self,
            house=self.house,
            clock=clock,
            fresh=SimpleNamespace(job_id=self._new_id),
        )
        return SettingsDesk(kit, policies)

    def greeting(self, board: Board) -> Greeting:
        """The real one, over the same books; as after a start of the process."""
        kit: Any = SimpleNamespace(
            books=self,
            board=board,
            clock=SimpleNamespace(now=lambda: NOON),
            fresh=SimpleNamespace(nonce=self._new_id),
        )
        return Greeting(kit)

    def of(self, guild: int) -> Policy:
        """What a server has chosen."""
        return self.kept.get(guild, USUAL)

    def choose(self, guild: int, **choices: Any) -> None:
        """As if it had been chosen before."""
        self.kept[guild] = replace(self.of(guild), **choices)
        if self.policies_made is not None:
            self.policies_made._known[guild] = self.kept[guild]

    def _new_id(self) -> JobId:
        self._drafted += 1
        return job_id(self._drafted.to_bytes(13, "little"))

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        return asyncio.create_task(work, name=name)

    async def policies(self) -> Mapping[int, Policy]:
        return self.kept

    async def change_policy(
        self, asker: Asker, edit: Callable[[Policy], Policy], now: datetime
    ) -> tuple[Policy, Policy]:
        if self.slowly is not None:
            await self.slowly()
        old = self.of(asker.guild)
        new = edit(old)
        self.kept[asker.guild] = new
        return old, new

    async def living(self) -> tuple[Job, ...]:
        if self.slowly is not None:
            await self.slowly()
        return tuple(self.jobs)

    async def keep_draft(self, draft: Draft, now: datetime) -> None:
        self.drafts[draft.id] = draft

    async def acquaintances(self) -> frozenset[int] | None:
        return None if self.met is None else frozenset(self.met)

    async def meet(self, guilds: tuple[int, ...], now: datetime) -> tuple[int, ...]:
        self.met = [] if self.met is None else self.met
        new = tuple(guild for guild in guilds if guild not in self.met)
        self.met += new
        return new

    def defaults(self) -> Limits:
        return Limits()

    async def draft(self, draft: JobId) -> Draft | None:
        return self.drafts.get(draft)
