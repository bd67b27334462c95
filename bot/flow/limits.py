"""How much people may draw: moderators set it, and read who has what from where."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.core.audit import cards as audit_cards
from bot.core.drawing.request import Asker
from bot.core.errors import BoardError
from bot.core.limits import cards, csv_export
from bot.core.limits import describe as say
from bot.core.limits import describe_changes as effects
from bot.core.limits.changes import with_numbers, without
from bot.core.limits.describe import rule_of, spoken
from bot.core.limits.model import LimitRow
from bot.core.limits.quota import EXEMPT, NUMBERS, Rule, Scope, effective, height, is_exempt
from bot.core.text.format import plural
from bot.core.ui.card import Card, Shown
from bot.flow.ports import Books

DAYS_MOST: Final = 366
GRANTS: Final = f"A grant is 1 to {say.LARGEST:,} pictures, for 1 to {DAYS_MOST} days."
log = structlog.stdlib.get_logger(__name__)
_WHOLE: Final = re.compile(r"[0-9]{1,9}")


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
        preview: bool = False,
    ) -> Card:
        """Set the named numbers (None: no limit) and say what holds now, and for whom.

        It acts at once, or with `preview` says the same and changes nothing. Numbers above a
        million are set to a million, and the card says so; a negative one sets nothing. With
        `target_roles` the card also warns where a member's own number is smaller than what one of
        their roles gives: it acts all the same. It also says where `per_job` is more than one
        command may draw here.
        """
        scope, target = _place(asker, scope, target)
        unknown = set(numbers) - set(NUMBERS)
        if unknown or not numbers:
            return cards.nothing("Say at least one number, such as `day`.")
        if any(value is not None and value < 0 for value in numbers.values()):
            return cards.nothing("A limit is 0 or more; 0 means: may not draw.")

        before, names = await self.books.limit_rows(asker.guild), role_names or {}
        clamped = {n: None if v is None else min(v, say.LARGEST) for n, v in numbers.items()}
        who, old = say.whom(scope, target, target_name), say.rule_of(before, scope, target)
        if not preview:
            await self.books.set_limit(asker, scope, target, clamped, self.now())
        after = with_numbers(before, scope, target, clamped)

        lines = []
        if clamped != dict(numbers):
            lines.append(f"{say.LARGEST:,} is the most that I take, so I set that.")
        if height(clamped.get("per_job", 0)) > self.images_max:
            lines.append(cards.bounded(self.images_max))
        lines += await self._effects(
            asker, (scope, target), clamped, before, after, target_roles, names
        )
        warnings: list[str] = []
        if scope is Scope.MEMBER:
            warnings = cards.warnings(clamped, before, who, target_roles, names)
        return cards.set_(
            who,
            (clamped, old),
            lines,
            warnings,
            people=await self._kept_out(asker, scope, target, clamped),
            grant_to=target if warnings else None,
            preview=preview,
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
        preview: bool = False,
    ) -> Card:
        """Remove a whole rule, and say what it was and what holds now, with or without one.

        It acts at once, or with `preview` says the same and changes nothing. For a role or the
        server, what holds is said for those who have no number of their own nor from another role.
        """
        scope, target = _place(asker, scope, target)
        before, names = await self.books.limit_rows(asker.guild), role_names or {}
        old, rules = say.rule_of(before, scope, target), without(before, scope, target)
        if preview:
            gone = bool(old)
        else:
            gone = await self.books.clear_limit(asker, scope, target, self.now())

        member, roles = (target, target_roles) if scope is Scope.MEMBER else (0, ())
        limits, sources = effective(self.books.defaults(), rules, member, roles)
        now = say.sourced(limits, sources, names)
        who = say.whom(scope, target, target_name)
        told = await self._effects(asker, (scope, target), {}, before, rules, target_roles, names)
        return cards.cleared(scope, who, old if gone else None, now, told, preview=preview)

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
        who = say.whom(Scope.MEMBER, target, target_name)
        return cards.member(who, balance, role_names, grant_to=target)

    async def grant(
        self, asker: Asker, target: int, name: str, roles: tuple[int, ...], pictures: int, days: int
    ) -> Card:
        """Give a member more for today, or for each of so many days, today being the first.

        It acts at once, and on top of any limit, one of 0 included. Nothing is given to somebody
        without a limit.
        """
        who = say.whom(Scope.MEMBER, target, name)
        member = Asker(target, name, asker.guild, asker.channel, roles=roles)
        if (wrong := _no_grant(pictures, days)) is not None:
            return wrong
        if (await self.books.balance(member, self.now())).left is None:
            return cards.nothing(f"{who} has no limit: there is nothing to add to.")
        await self.books.grant(asker, target, pictures, days, self.now())
        return cards.granted(who, pictures, days, await self.books.balance(member, self.now()))

    async def grant_by_form(self, asker: Asker, target: int, pictures: str, days: str) -> Card:
        """As `grant`, from a form: numbers as they were typed, and a member whose roles nobody
        told, so that what is left is not said. Forms are open to moderators alone."""
        if not asker.moderator:
            return cards.not_for_you()
        if not (_WHOLE.fullmatch(pictures.strip()) and _WHOLE.fullmatch(days.strip() or "1")):
            return cards.form_again("Pictures and days are whole numbers.", target)
        n, span = int(pictures), int(days.strip() or "1")
        if _no_grant(n, span) is not None:
            return cards.form_again(GRANTS, target)
        await self.books.grant(asker, target, n, span, self.now())
        return cards.granted(f"<@{target}>", n, span, None)

    async def reset(self, asker: Asker, target: int, name: str, roles: tuple[int, ...]) -> Card:
        """Give back what a member was charged for today; the record of charges stays."""
        returned = await self.books.reset(asker, target, self.now())
        member = Asker(target, name, asker.guild, asker.channel, roles=roles)
        balance = await self.books.balance(member, self.now())
        return cards.given_back(say.whom(Scope.MEMBER, target, name), returned, balance)

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
        who = say.whom(scope, target, name)
        before = say.rule_of(await self.books.limit_rows(asker.guild), scope, target)
        if on:
            await self.books.set_limit(asker, scope, target, {EXEMPT: 1}, self.now())
            return cards.freed(who, scope, was_so=EXEMPT in before)
        if not await self.books.clear_limit(asker, scope, target, self.now(), EXEMPT):
            return cards.bound_again(who, None)
        rows = await self.books.limit_rows(asker.guild)
        member, roles = (target, target_roles) if scope is Scope.MEMBER else (0, ())
        limits, sources = effective(self.books.defaults(), rows, member, roles)
        return cards.bound_again(who, say.sourced(limits, sources, role_names or {}))

    async def log(self, asker: Asker, target: int | None, name: str, page: int) -> Card:
        """A page (from 1 on) of what was changed in this server, or about one member."""
        about = "" if target is None else f"member:{target}"
        skip = (max(1, page) - 1) * audit_cards.PAGE
        rows, total = await self.books.log(asker.guild, skip, audit_cards.PAGE, about)
        who = "" if target is None else say.whom(Scope.MEMBER, target, name)
        return audit_cards.log(rows, total, max(1, page), who)

    async def export(self, asker: Asker, send: Callable[[Shown], Awaitable[None]]) -> Card | None:
        """Hand over the record, the rules and this month's use as files; a card says why not."""
        now, most = self.now(), csv_export.ROWS_MAX
        changes, total = await self.books.log(asker.guild, 0, most)
        rules = await self.books.limit_rows(asker.guild)
        use = await self.books.use(asker.guild, now, most)
        at = await self.books.window(asker.guild, now)
        # As many rows as there may be take longer than anybody else should wait.
        made = await asyncio.to_thread(csv_export.files, changes, total, rules[:most], use, at)
        try:
            await send(made)
        except BoardError as error:
            log.warning("files not sent", guild=asker.guild, why=type(error).__name__)
            return cards.not_sent()
        return None

    async def _kept_out(
        self, asker: Asker, scope: Scope, target: int, numbers: Mapping[str, int | None]
    ) -> str:
        """Who may not draw for a 0, in a word; nobody ("") where a grant is on top of it."""
        if scope is Scope.GUILD:
            return "people"
        only_grantable = all(numbers.get(name) != 0 for name in NUMBERS[2:])
        if scope is Scope.MEMBER and only_grantable and 0 in numbers.values():
            granted = await self.books.grants(asker.guild, target, self.now())
            return "" if granted else "they"
        return "they"

    async def _effects(
        self,
        asker: Asker,
        whose: tuple[Scope, int],
        numbers: Mapping[str, int | None],
        before: tuple[LimitRow, ...],
        after: tuple[Rule, ...],
        roles: tuple[int, ...],
        names: Mapping[int, str],
    ) -> list[str]:
        """What the change from these rules to those means, in sentences."""
        scope, target = whose
        defaults = self.books.defaults()
        if scope is Scope.MEMBER:
            member = Asker(target, "", asker.guild, asker.channel, roles=roles)
            balance = await self.books.balance(member, self.now())
            was, is_ = (effective(defaults, r, target, roles)[0] for r in (before, after))
            told = effects.for_member(was, is_, balance)
            lines = [told] if told else []
            if numbers and is_exempt(after, target, roles):
                source = effective(defaults, after, target, roles)[1]["day"]
                lines.append(effects.for_nothing(source, names))
            return lines
        lines = effects.for_many(scope, target, numbers, before, names)
        people = await self.books.recent_people(asker.guild)
        told = effects.reach(defaults, before, after, people)
        return [*lines, told] if told else lines


def _no_grant(pictures: int, days: int) -> Card | None:
    if 1 <= pictures <= say.LARGEST and 1 <= days <= DAYS_MOST:
        return None
    return cards.nothing(GRANTS)


def _place(asker: Asker, scope: Scope, target: int) -> tuple[Scope, int]:
    if scope is Scope.ROLE and target == asker.guild:  # @everyone is nobody's role on the wire
        scope = Scope.GUILD
    return scope, asker.guild if scope is Scope.GUILD else target


async def clear_gone(
    desk: LimitsDesk, asker: Asker, roles: Collection[int], *, preview: bool = False
) -> Card:
    """Remove the rules of all roles that are not among `roles`, the ids of those that there are.

    It acts at once, or with `preview` only says what there is to remove.
    """
    if not roles:  # there is always one, @everyone: so we know of none
        return Card("I can't see this server's roles right now. Nothing was changed.")
    rows = await desk.books.limit_rows(asker.guild)
    gone = sorted(
        {row.target for row in rows if row.scope is Scope.ROLE and row.target not in roles}
    )
    if not gone:
        return Card("No deleted role has a rule here. Nothing was changed.")
    was = "\n".join(f"- {spoken(rule_of(rows, Scope.ROLE, role))}" for role in gone)
    if preview:
        said = f"{plural(len(gone), 'deleted role')} with a rule. Nothing was changed:"
        return Card(f"{said}\n{was}")
    for role in gone:
        await desk.books.clear_limit(asker, Scope.ROLE, role, desk.now())
    return Card(f"The rules of {plural(len(gone), 'deleted role')} are gone:\n{was}")
