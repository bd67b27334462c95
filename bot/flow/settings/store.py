"""Guild settings, cached in memory. A change is committed before listeners are called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import available_timezones

import structlog

from bot.core.drawing.request import DrawingBounds, RequestContext
from bot.core.policy import DEFAULT_SETTINGS, GuildSettings
from bot.core.settings.describe import list_changed_fields
from bot.core.settings.validate import check_settings
from bot.flow.ports import Catalog, SettingsStore
from bot.flow.runtime.tasks import TaskSupervisor

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """Settings of a guild before and after a change of `by`."""

    changed_by: RequestContext
    old: GuildSettings
    new: GuildSettings

    @property
    def guild(self) -> int:
        """Return the guild of the change."""
        return self.changed_by.guild

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """Return the names of the changed fields, never empty."""
        return list_changed_fields(self.old, self.new)


class GuildSettingsCache:
    """Each guild's `GuildSettings`, the default ones until `load_settings` was awaited."""

    def __init__(
        self,
        store: SettingsStore,
        catalog: Catalog,
        host_bounds: DrawingBounds,
        tasks: TaskSupervisor,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._catalog, self._host_bounds = store, catalog, host_bounds
        self._tasks, self._now = tasks, now
        self._by_guild: dict[int, GuildSettings] = {}
        self._listeners: list[Callable[[SettingsChange], None]] = []

    async def load_settings(self) -> None:
        """Read them all, once, before anything is drawn. Raises StoreError."""
        self._by_guild = dict(await self._store.load_guild_settings())

    def list_customized(self) -> tuple[tuple[int, GuildSettings], ...]:
        """Those that chose anything, with their guild's id."""
        return tuple(self._by_guild.items())

    def get_settings(self, guild: int) -> GuildSettings:
        """Return a guild's settings without waiting."""
        return self._by_guild.get(guild, DEFAULT_SETTINGS)

    def forget_guild(self, guild: int) -> None:
        """Drop a guild's settings, which the database has no more."""
        self._by_guild.pop(guild, None)

    def add_listener(self, listener: Callable[[SettingsChange], None]) -> None:
        """Call `listener` after each change. It must neither wait nor raise."""
        self._listeners.append(listener)

    async def edit_settings(
        self, asker: RequestContext, change: Callable[[GuildSettings], GuildSettings]
    ) -> GuildSettings:
        """Change settings depending on their present values.

        `change` is a plain function that runs inside the transaction, so two moderators who add a
        word at once both succeed.
        """
        # Whoever asked may stop waiting: memory must follow the database.
        work = self._store_edit(asker, change)
        return await self._tasks.run_shielded(work, f"settings {asker.guild}")

    async def _store_edit(
        self, asker: RequestContext, edit: Callable[[GuildSettings], GuildSettings]
    ) -> GuildSettings:
        snapshot, zones = self._catalog.get_snapshot(), await list_time_zones()

        def apply_edit(old: GuildSettings) -> GuildSettings:
            return check_settings(old, edit(old), snapshot, self._host_bounds, zones)

        old, new = await self._store.update_guild_settings(asker, apply_edit, self._now())
        if new != old:
            self._by_guild[asker.guild] = new
            change = SettingsChange(asker, old, new)
            what = change.changed_fields
            log.info("settings changed", guild=asker.guild, by=asker.user, what=what)
            for listener in self._listeners:
                listener(change)
        return new


async def list_time_zones() -> frozenset[str]:
    """Return the time zones that this machine knows, UTC among them.

    The first call opens six hundred files, beside the loop.
    """
    return await asyncio.to_thread(_load_time_zones)


@lru_cache(maxsize=1)
def _load_time_zones() -> frozenset[str]:
    return frozenset({*available_timezones(), "UTC"})
