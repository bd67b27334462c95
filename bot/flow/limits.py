"""How much people may draw: moderators set it, and read who has what from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.card import Card, Panel, Tone
from bot.core.quota import EXEMPT, NUMBERS, Scope, effective, height
from bot.core.request import Asker
from bot.flow import limit_cards as cards
from bot.flow.ports import Books

DAYS_MOST: Final = 366


@dataclass(frozen=True, slots=True)
class LimitsDesk:
    """The moderators' counter. Who may come to it is Discord's to say, and is not asked again.

    `now` gives the wall clock as an aware UTC datetime; `images_max` is how many pictures the host
    lets one command draw, whatever a limit says.
    """

    books: Books
    now: Callable[[], datetime]
    images_max: int

    async def set(
        self,
        asker: Asker,
        scope: Scope,
        target: int,
        target_name: str,
        numbers: Mapping[str, int | None],
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
    ) -> Card:
        """Set the named numbers (None: no limit) and say what holds now, and for whom.

        It acts at once. Numbers above a million are set to a million, and the card says so; a
        negative one sets nothing. With `target_roles` the card also warns where a member's own
        number is smaller than what one of their roles gives: it acts all the same. It also says
        where `per_job` is more than one command may draw here.
        """
        scope, target = _place(asker, scope, target)
        unknown = set(numbers) - set(NUMBERS)
        if unknown or not numbers:
            return cards.nothing("Say at least one number, such as `day`.")
        if any(value is not None and value < 0 for value in numbers.values()):
            return cards.nothing("A limit is 0 or more; 0 means: may not draw.")

        before = await self.books.limit_rows(asker.guild)
        clamped = {n: None if v is None else min(v, cards.LARGEST) for n, v in numbers.items()}
        await self.books.set_limit(asker, scope, target, clamped, self.now())
        rows = await self.books.limit_rows(asker.guild)

        who = cards.whom(scope, target, target_name)
        told = cards.changes(clamped, cards.rule_of(before, scope, target))
        lines = [f"{who}: {told}. It holds at once."]
        if clamped != dict(numbers):
            lines.append(f"{cards.LARGEST:,} is the most that I take, so I set that.")
        if height(clamped.get("per_job", 0)) > self.images_max:
            lines.append(cards.bounded(self.images_max))
        if scope is Scope.MEMBER:
            lines += cards.warnings(clamped, rows, who, target_roles, role_names or {})
        rule = cards.spoken(cards.rule_of(rows, scope, target))
        return Card(
            "\n".join(lines), Panel(f"{who}, all numbers set", rule, Tone.GOOD, footer=cards.ORDER)
        )

    async def clear(
        self,
        asker: Asker,
        scope: Scope,
        target: int,
        target_name: str,
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
    ) -> Card:
        """Remove a whole rule, and say what it was and what holds now, with or without one.

        It acts at once. For a role or the server, what holds is said for those who have no number
        of their own nor from another role.
        """
        scope, target = _place(asker, scope, target)
        before = await self.books.limit_rows(asker.guild)
        gone = await self.books.clear_limit(asker, scope, target, self.now())
        rows = await self.books.limit_rows(asker.guild)

        member, roles = (target, target_roles) if scope is Scope.MEMBER else (0, ())
        limits, sources = effective(self.books.defaults(), rows, member, roles)
        removed = cards.rule_of(before, scope, target) if gone else None
        now = cards.sourced(limits, sources, role_names or {})
        return cards.cleared(scope, cards.whom(scope, target, target_name), removed, now)

    async def show(
        self,
        asker: Asker,
        target: int | None,
        target_name: str,
        target_roles: tuple[int, ...],
        role_names: Mapping[int, str],
    ) -> Card:
        """A member's numbers with where each comes from, or (no target) all rules of the server."""
        rows = await self.books.limit_rows(asker.guild)
        if target is None:
            return cards.overview(self.books.defaults(), rows, role_names)
        member = Asker(target, target_name, asker.guild, asker.channel, roles=target_roles)
        balance = await self.books.balance(member, self.now())
        return cards.member(cards.whom(Scope.MEMBER, target, target_name), balance, role_names)

    async def grant(
        self, asker: Asker, target: int, name: str, roles: tuple[int, ...], pictures: int, days: int
    ) -> Card:
        """Give a member more for today, or for each of so many days, today being the first.

        It acts at once, and on top of any limit, one of 0 included. Nothing is given to somebody
        without a limit.
        """
        who = cards.whom(Scope.MEMBER, target, name)
        if not 1 <= pictures <= cards.LARGEST or not 1 <= days <= DAYS_MOST:
            return cards.nothing(
                f"A grant is 1 to {cards.LARGEST:,} pictures, for 1 to {DAYS_MOST} days."
            )
        member = Asker(target, name, asker.guild, asker.channel, roles=roles)
        if (await self.books.balance(member, self.now())).left is None:
            return cards.nothing(f"{who} has no limit: there is nothing to add to.")
        await self.books.grant(asker, target, pictures, days, self.now())
        return cards.granted(who, pictures, days, await self.books.balance(member, self.now()))

    async def reset(self, asker: Asker, target: int, name: str, roles: tuple[int, ...]) -> Card:
        """Give back what a member was charged for today; the record of charges stays."""
        returned = await self.books.reset(asker, target, self.now())
        member = Asker(target, name, asker.guild, asker.channel, roles=roles)
        balance = await self.books.balance(member, self.now())
        return cards.given_back(cards.whom(Scope.MEMBER, target, name), returned, balance)

    async def exempt(
        self,
        asker: Asker,
        scope: Scope,
        target: int,
        name: str,
        on: bool,
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
    ) -> Card:
        """Lift all limits of a member, a role or the server, or (`on` False) take that back."""
        scope, target = _place(asker, scope, target)
        who = cards.whom(scope, target, name)
        before = cards.rule_of(await self.books.limit_rows(asker.guild), scope, target)
        if on:
            await self.books.set_limit(asker, scope, target, {EXEMPT: 1}, self.now())
            return cards.freed(who, scope, was_so=EXEMPT in before)
        if not await self.books.clear_limit(asker, scope, target, self.now(), EXEMPT):
            return cards.bound_again(who, None)
        rows = await self.books.limit_rows(asker.guild)
        member, roles = (target, target_roles) if scope is Scope.MEMBER else (0, ())
        limits, sources = effective(self.books.defaults(), rows, member, roles)
        return cards.bound_again(who, cards.sourced(limits, sources, role_names or {}))

    async def log(self, asker: Asker, target: int | None, name: str, page: int) -> Card:
        """A page (from 1 on) of what was changed in this server, or about one member."""
        about = "" if target is None else f"member:{target}"
        skip = (max(1, page) - 1) * cards.PAGE
        rows, total = await self.books.log(asker.guild, skip, cards.PAGE, about)
        who = "" if target is None else cards.whom(Scope.MEMBER, target, name)
        return cards.log(rows, total, max(1, page), who)


def _place(asker: Asker, scope: Scope, target: int) -> tuple[Scope, int]:
    if scope is Scope.ROLE and target == asker.guild:  # @everyone is nobody's role on the wire
        scope = Scope.GUILD
    return scope, asker.guild if scope is Scope.GUILD else target
