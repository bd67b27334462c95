"""What every server has chosen: in memory for those who ask, in the books before anybody hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

import structlog

from bot.core.drawing.request import Asker, Bounds
from bot.core.errors import BooksError, Refused
from bot.core.policy import USUAL, Policy
from bot.core.settings.describe import changed
from bot.core.settings.validate import checked
from bot.flow.ports import GuildBooks
from bot.flow.ports.catalog import Catalog
from bot.flow.runtime.tasks import Crew
from bot.flow.settings import time_zones

FIELDS: Final = frozenset(field.name for field in fields(Policy))
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """A server's choices before and after somebody (`by`, who asked) changed some."""

    by: Asker
    old: Policy
    new: Policy

    @property
    def guild(self) -> int:
        """Whose choices they are."""
        return self.by.guild

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields of `Policy` that differ; never empty."""
        return changed(self.old, self.new)


class Policies:
    """Each server's `Policy`. Until `load` was awaited every server has the usual one."""

    def __init__(
        self,
        books: GuildBooks,
        catalog: Catalog,
        host: Bounds,
        crew: Crew,
        now: Callable[[], datetime],
    ) -> None:
        self._books, self._catalog, self._host = books, catalog, host
        self._crew, self._now = crew, now
        self._known: dict[int, Policy] = {}
        self._listeners: list[Callable[[Change], None]] = []

    async def load(self) -> None:
        """Read them all, once, before anything is drawn. Raises BooksError."""
        self._known = dict(await self._books.policies())

    def all(self) -> tuple[tuple[int, Policy], ...]:
        """Those that chose anything, with their guild's id."""
        return tuple(self._known.items())

    def of(self, guild: int) -> Policy:
        """What holds there now; never waits."""
        return self._known.get(guild, USUAL)

    def hear(self, listener: Callable[[Change], None]) -> None:
        """Have `listener` called after each change, at once: it must neither wait nor raise."""
        self._listeners.append(listener)

    async def change(self, asker: Asker, **choices: object) -> Policy:
        """Set some fields of `Policy` for the asker's guild; the others stay. What holds then.

        Names of models and LoRAs are made the server's own, lists lose what they have twice.
        Raises Refused, with nothing changed, for what cannot be (an unknown model or time zone,
        bounds above the host's, too long a list), and TypeError for a name that is no field.
        """
        if unknown := choices.keys() - FIELDS:
            raise TypeError(f"no choices of a server: {', '.join(sorted(unknown))}")
        return await self.edit(asker, lambda policy: replace(policy, **choices))  # type: ignore[arg-type]  # checked by name above

    async def edit(self, asker: Asker, change: Callable[[Policy], Policy]) -> Policy:
        """As `change`, for what depends on what holds: one word more, one role less.

        `change` is a plain function, called on the books' own thread within the transaction, so
        that of two moderators who add a word at once neither loses theirs.
        """
        # In a task of its own: whoever asked may stop waiting, memory must follow the books.
        task = self._crew.spawn(self._write(asker, change), f"settings {asker.guild}")
        outcome = await asyncio.shield(task)
        if isinstance(outcome, Policy):
            return outcome
        raise outcome

    async def _write(
        self, asker: Asker, edit: Callable[[Policy], Policy]
    ) -> Policy | Refused | BooksError:
        """A refusal is a value here: it is whoever asked that it is raised for."""
        shelf, known = self._catalog.shelf(), await time_zones.known()

        def made(old: Policy) -> Policy:
            return checked(old, edit(old), shelf, self._host, known)

        try:
            old, new = await self._books.change_policy(asker, made, self._now())
        except (Refused, BooksError) as error:
            return error
        if new != old:
            self._known[asker.guild] = new
            told = Change(asker, old, new)
            log.info("settings changed", guild=told.guild, by=asker.user, what=told.fields)
            for listener in self._listeners:
                listener(told)
        return new
