"""How much people may draw: moderators set it, and read who has what from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.card import Card, Panel, Tone
from bot.core.quota import NUMBERS, Scope, effective, height
from bot.core.request import Asker
from bot.flow import limit_cards as cards
from bot.flow.ports import Books


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


def _place(asker: Asker, scope: Scope, target: int) -> tuple[Scope, int]:
    if scope is Scope.ROLE and target == asker.guild:  # @everyone is nobody's role on the wire
        scope = Scope.GUILD
    return scope, asker.guild if scope is Scope.GUILD else target
