"""Trigger phrases of every guild, cached because every message is compared with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Final

from bot.core.drawing.request import RequestContext
from bot.core.triggers.index import TriggerIndex, build_index
from bot.core.triggers.phrase import (
    PHRASES_MAX,
    ChannelPhrase,
    GuildTriggers,
    TriggerPhrase,
    parse_valid,
)
from bot.flow.ports import TriggerStore
from bot.flow.runtime.tasks import TaskSupervisor

_CHANNELS_INDEXED_MAX: Final = 50_000
_NO_TRIGGERS: Final = GuildTriggers()


class TriggerRegistry:
    """Each guild's phrases and listening channels, over the host's defaults.

    `host` are the phrases of a guild without its own list, `channels` the ids of channels that
    listen unless the guild said otherwise. Before `load_triggers`, every guild has the host's.
    `mentions` tells whether mentions count.
    """

    def __init__(
        self,
        store: TriggerStore,
        tasks: TaskSupervisor,
        host_phrases: tuple[str, ...],
        host_channels: Collection[int],
        now: Callable[[], datetime],
        *,
        mentions: bool = True,
    ) -> None:
        self._store, self._tasks, self._now, self.mentions = store, tasks, now, mentions
        self._host_phrases, self._host_channels = parse_valid(host_phrases), host_channels
        self._by_guild: dict[int, GuildTriggers] = {}
        self._channel_indices: dict[tuple[int, ...], TriggerIndex] = {}
        self._mention_indices: dict[int, TriggerIndex] = {}
        # Of each guild: an index by its phrases, and the channels to forget after a change.
        self._shared_indices: dict[int, dict[tuple[str, ...], TriggerIndex]] = {}
        self._indexed_channels: dict[int, list[tuple[int, ...]]] = {}
        self._lock = asyncio.Lock()

    async def load_triggers(self) -> None:
        """Load all triggers once, before any message. Raise StoreError."""
        self._by_guild = dict(await self._store.load_guild_triggers())
        self._clear_indices()

    # --- what is heard -----------------------------------------------------------------------

    def get_channel_index(self, guild: int, places: tuple[int, ...]) -> TriggerIndex:
        """Return the phrases of a channel or thread. `places` are its ids."""
        index = self._channel_indices.get(places)
        if index is None:
            if len(self._channel_indices) >= _CHANNELS_INDEXED_MAX:
                self._clear_indices()
            # A guild's many threads hear the same: each with its own would fill the memory.
            texts = self._list_channel_texts(guild, places)
            shared = self._shared_indices.setdefault(guild, {})
            if texts not in shared:
                shared[texts] = build_index(texts)
            index = self._channel_indices[places] = shared[texts]
            self._indexed_channels.setdefault(guild, []).append(places)
        return index

    def get_mention_index(self, guild: int) -> TriggerIndex:
        """Return all phrases of a guild, for messages that mention the bot."""
        index = self._mention_indices.get(guild)
        if index is None:
            texts = tuple(dict.fromkeys(one.text for one in self.list_phrases(guild)))
            index = self._mention_indices[guild] = build_index(texts)
        return index

    def forget_guild(self, guild: int) -> None:
        """Drop a guild's phrases, which the database has no more."""
        self._by_guild.pop(guild, None)
        self._clear_indices()

    def _clear_indices(self) -> None:
        self._channel_indices.clear()
        self._mention_indices.clear()
        self._shared_indices.clear()
        self._indexed_channels.clear()

    def _list_channel_texts(self, guild: int, places: tuple[int, ...]) -> tuple[str, ...]:
        if self.find_channel_choice(guild, places) is False:
            return ()
        scopes = {*places, 0} if self.is_listening(guild, places) else set(places)
        phrases = self.list_phrases(guild)
        return tuple(dict.fromkeys(one.text for one in phrases if one.channel in scopes))

    def find_channel_choice(self, guild: int, places: tuple[int, ...]) -> bool | None:
        """Return the guild's own choice for a place, nearest first, or None."""
        channels = self._by_guild.get(guild, _NO_TRIGGERS).channels
        return next((channels[place] for place in places if place in channels), None)

    def is_listening(self, guild: int, places: tuple[int, ...]) -> bool:
        """Return True if guild-wide phrases count in that place."""
        chosen = self.find_channel_choice(guild, places)
        return any(place in self._host_channels for place in places) if chosen is None else chosen

    # --- what was chosen ---------------------------------------------------------------------

    def list_phrases(self, guild: int) -> tuple[ChannelPhrase, ...]:
        """Return a guild's phrases, those of every channel first."""
        own = self._by_guild.get(guild, _NO_TRIGGERS).phrases
        return tuple(ChannelPhrase(one.text) for one in self._host_phrases) if own is None else own

    def has_own(self, guild: int) -> bool:
        """Return True if a guild has its own list, even an empty one."""
        return self._by_guild.get(guild, _NO_TRIGGERS).phrases is not None

    def list_listening_channels(self, guild: int, here: Callable[[int], bool]) -> tuple[int, ...]:
        """Return the channels that listen, by id.

        `here` tells whether a channel is in the guild, since the host's list has all guilds'.
        """
        channels = self._by_guild.get(guild, _NO_TRIGGERS).channels
        own = {channel for channel, listens in channels.items() if listens}
        host = {one for one in self._host_channels if one not in channels and here(one)}
        return tuple(sorted(own | host))

    def list_silenced_channels(self, guild: int) -> tuple[int, ...]:
        """Return the channels that a guild turned off itself."""
        channels = self._by_guild.get(guild, _NO_TRIGGERS).channels
        return tuple(sorted(channel for channel, listens in channels.items() if not listens))

    # --- changes -----------------------------------------------------------------------------

    async def add_phrase(self, asker: RequestContext, phrase: TriggerPhrase, channel: int) -> bool:
        """Add a phrase to the asker's guild, for one channel or (0) all that listen.

        False if it was there already. Raises Refused beyond `PHRASES_MAX`, and StoreError.
        """

        async def store_phrase() -> bool:
            host, now = self._host_phrases, self._now()
            chosen = await self._store.add_phrase(asker, phrase, channel, host, PHRASES_MAX, now)
            return self._update_guild(asker, chosen)

        return await self._run_change(asker, store_phrase)

    async def remove_phrase(self, asker: RequestContext, key: str, channel: int) -> bool:
        """Remove a phrase by key, or False if missing. Raise StoreError."""

        async def delete_phrase() -> bool:
            host, now = self._host_phrases, self._now()
            chosen = await self._store.remove_phrase(asker, key, channel, host, now)
            return self._update_guild(asker, chosen)

        return await self._run_change(asker, delete_phrase)

    async def set_channel_listening(
        self, asker: RequestContext, places: tuple[int, ...], listens: bool
    ) -> bool:
        """Turn the first of `places` on or off, or False without a change. Raise StoreError.

        The guild's choice stays whatever the host chooses later.
        """

        async def store_listening() -> bool:
            was, now = self.is_listening(asker.guild, places), self._now()
            # Off is also for the phrases that name this channel, whether it listens or not.
            counts = was or bool(self.get_channel_index(asker.guild, places).phrases)
            chosen = await self._store.set_channel_listening(asker, places[0], listens, now)
            self._update_guild(asker, chosen)
            return not was if listens else counts

        return await self._run_change(asker, store_listening)

    async def _run_change(self, asker: RequestContext, work: Callable[[], Awaitable[bool]]) -> bool:
        async def run_locked() -> bool:
            async with self._lock:
                return await work()

        # Whoever asked may stop waiting: memory must follow the database.
        return await self._tasks.run_shielded(run_locked(), f"phrases {asker.guild}")

    def _update_guild(self, asker: RequestContext, chosen: GuildTriggers | None) -> bool:
        if chosen is None:
            return False
        self._by_guild[asker.guild] = chosen
        self._mention_indices.pop(asker.guild, None)
        self._shared_indices.pop(asker.guild, None)
        for places in self._indexed_channels.pop(asker.guild, ()):
            self._channel_indices.pop(places, None)
        return True
