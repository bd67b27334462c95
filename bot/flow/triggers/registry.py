"""What every server listens for: in memory, since it is asked for each message that is written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Final

from bot.core.drawing.request import Asker
from bot.core.errors import BooksError, Refused
from bot.core.triggers.index import Index, index_of
from bot.core.triggers.phrase import PHRASES_MAX, Chosen, Phrase, Placed, readable
from bot.flow.ports import TriggerBooks
from bot.flow.runtime.tasks import Crew

_PLACES_MOST: Final = 50_000
_NOTHING: Final = Chosen()


class Phrases:
    """Each server's phrases and the channels where they count, over the host's defaults.

    `host` are the phrases of a server that has no list of its own, `channels` the ids of the
    channels that listen where the server said nothing about them. Until `load` was awaited, every
    server is as the host has it. `mentions` says whether calls by name count.
    """

    def __init__(
        self,
        books: TriggerBooks,
        crew: Crew,
        host: tuple[str, ...],
        channels: Collection[int],
        now: Callable[[], datetime],
        *,
        mentions: bool = True,
    ) -> None:
        self._books, self._crew, self._now, self.mentions = books, crew, now, mentions
        self._host, self._channels = readable(host), channels
        self._known: dict[int, Chosen] = {}
        self._indices: dict[tuple[int, ...], Index] = {}
        self._called: dict[int, Index] = {}
        self._shared: dict[int, dict[tuple[str, ...], Index]] = {}  # of each guild, by its phrases
        self._places: dict[int, list[tuple[int, ...]]] = {}  # of each guild, for a change
        self._one_at_a_time = asyncio.Lock()

    async def load(self) -> None:
        """Read them all, once, before anything is heard. Raises BooksError."""
        self._known = dict(await self._books.triggers())
        self._forget_indices()

    # --- what is heard -----------------------------------------------------------------------

    def heard_in(self, guild: int, places: tuple[int, ...]) -> Index:
        """The phrases that count in a channel, or in a thread of one: `places` are their ids."""
        index = self._indices.get(places)
        if index is None:
            if len(self._indices) >= _PLACES_MOST:
                self._forget_indices()
            # A server's many threads hear the same: each with its own would fill the memory.
            texts, shared = self._texts(guild, places), self._shared.setdefault(guild, {})
            if texts not in shared:
                shared[texts] = index_of(texts)
            index = self._indices[places] = shared[texts]
            self._places.setdefault(guild, []).append(places)
        return index

    def after_mention(self, guild: int) -> Index:
        """All of a server's phrases: whoever called by name may add one, whatever listens."""
        index = self._called.get(guild)
        if index is None:
            texts = tuple(dict.fromkeys(one.text for one in self.of(guild)))
            index = self._called[guild] = index_of(texts)
        return index

    def _forget_indices(self) -> None:
        self._indices.clear()
        self._called.clear()
        self._shared.clear()
        self._places.clear()

    def _texts(self, guild: int, places: tuple[int, ...]) -> tuple[str, ...]:
        if self.said(guild, places) is False:
            return ()
        listens = self.listens(guild, places)
        return tuple(
            dict.fromkeys(
                one.text
                for one in self.of(guild)
                if (one.channel in places if one.channel else listens)
            )
        )

    def said(self, guild: int, places: tuple[int, ...]) -> bool | None:
        """What the server itself said of a place, nearest first; None where it said nothing."""
        channels = self._known.get(guild, _NOTHING).channels
        return next((channels[place] for place in places if place in channels), None)

    def listens(self, guild: int, places: tuple[int, ...]) -> bool:
        """Whether the phrases of the whole server count there."""
        said = self.said(guild, places)
        return any(place in self._channels for place in places) if said is None else said

    # --- what was chosen ---------------------------------------------------------------------

    def of(self, guild: int) -> tuple[Placed, ...]:
        """A server's phrases, those that count in every listening channel first."""
        own = self._known.get(guild, _NOTHING).phrases
        return tuple(Placed(one.text) for one in self._host) if own is None else own

    def has_own(self, guild: int) -> bool:
        """Whether a server has a list of its own; it may be empty."""
        return self._known.get(guild, _NOTHING).phrases is not None

    def listening(self, guild: int, here: Callable[[int], bool]) -> tuple[int, ...]:
        """The channels of a server that listen, in order of their ids.

        `here` says whether a channel is the server's: the host's list has those of all.
        """
        channels = self._known.get(guild, _NOTHING).channels
        own = {channel for channel, listens in channels.items() if listens}
        return tuple(sorted(own | {c for c in self._channels if c not in channels and here(c)}))

    def silenced(self, guild: int) -> tuple[int, ...]:
        """The channels that a server has switched off itself."""
        channels = self._known.get(guild, _NOTHING).channels
        return tuple(sorted(channel for channel, listens in channels.items() if not listens))

    # --- changes -----------------------------------------------------------------------------

    async def add(self, asker: Asker, phrase: Phrase, channel: int) -> bool:
        """Add a phrase to the asker's server, for one channel or (0) all that listen.

        False if it was there already. Raises Refused beyond `PHRASES_MAX`, and BooksError.
        """

        async def work() -> bool:
            chosen = await self._books.add_phrase(
                asker, phrase, channel, self._host, PHRASES_MAX, self._now()
            )
            return self._note(asker, chosen)

        return await self._change(asker, work)

    async def remove(self, asker: Asker, key: str, channel: int) -> bool:
        """Take a phrase out, by its key; False if it was not there. Raises BooksError."""

        async def work() -> bool:
            chosen = await self._books.remove_phrase(asker, key, channel, self._host, self._now())
            return self._note(asker, chosen)

        return await self._change(asker, work)

    async def listen(self, asker: Asker, places: tuple[int, ...], listens: bool) -> bool:
        """Let the first of `places` listen or not; False if that was so. Raises BooksError.

        What a server says of a channel stays, whatever the host says of it later.
        """

        async def work() -> bool:
            was = self.listens(asker.guild, places)
            # Off is also for the phrases that name this channel, whether it listens or not.
            counts = was or bool(self.heard_in(asker.guild, places).phrases)
            self._note(asker, await self._books.listen(asker, places[0], listens, self._now()))
            return not was if listens else counts

        return await self._change(asker, work)

    async def _change(self, asker: Asker, work: Callable[[], Awaitable[bool]]) -> bool:
        # In a task of its own: whoever asked may stop waiting, memory must follow the books.
        task = self._crew.spawn(self._in_turn(work), f"phrases {asker.guild}")
        outcome = await asyncio.shield(task)
        if isinstance(outcome, bool):
            return outcome
        raise outcome

    async def _in_turn(self, work: Callable[[], Awaitable[bool]]) -> bool | Refused | BooksError:
        """A refusal is a value here: it is whoever asked that it is raised for."""
        async with self._one_at_a_time:
            try:
                return await work()
            except (Refused, BooksError) as error:
                return error

    def _note(self, asker: Asker, chosen: Chosen | None) -> bool:
        if chosen is None:
            return False
        self._known[asker.guild] = chosen
        self._called.pop(asker.guild, None)
        self._shared.pop(asker.guild, None)
        for places in self._places.pop(asker.guild, ()):
            self._indices.pop(places, None)
        return True
