"""Service of the /limits commands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.core.audit import cards as audit_cards
from bot.core.audit import csv_export
from bot.core.drawing.request import RequestContext
from bot.core.errors import MessageError
from bot.core.limits import cards
from bot.core.limits import describe as say
from bot.core.limits import describe_changes as effects
from bot.core.limits.changes import with_numbers, without_rule
from bot.core.limits.describe import describe_rule, find_rule_numbers
from bot.core.limits.model import LimitRow
from bot.core.limits.quota import (
    EXEMPT,
    LIMIT_NAMES,
    LimitRule,
    LimitScope,
    comparable_limit,
    is_exempt,
    resolve_limits,
)
from bot.core.text.format import format_count
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.ports import AuditStore, LimitStore

GRANT_DAYS_MAX: Final = 366
GRANT_RANGE: Final = (
    f"A grant can be 1 to {say.LIMIT_MAX:,} pictures a day, for 1 to {GRANT_DAYS_MAX} days."
)
log = structlog.stdlib.get_logger(__name__)
_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class LimitCommands:
    """The moderators' counter. Who may come to it is Discord's to say, and is not asked again.

    `now` gives the wall clock as an aware UTC datetime; `images_max` is how many pictures the host
    lets one command draw, whatever a limit says.
    """

    limits: LimitStore
    audit: AuditStore
    now: Callable[[], datetime]
    images_max: int

    async def set_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        target_name: str,
        numbers: Mapping[str, int | None],
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
        preview: bool = False,
    ) -> MessageCard:
        """Set limits (None for no limit) and describe who is affected.

        With `preview` nothing changes. Numbers above a million become a million; negative ones are
        refused. With `target_roles` the card warns if the number is below that of a role.
        """
        scope, target = _normalize_target(asker, scope, target)
        unknown = set(numbers) - set(LIMIT_NAMES)
        if unknown or not numbers:
            return cards.unchanged_card("Enter at least one number, such as `day`.")
        if any(value is not None and value < 0 for value in numbers.values()):
            return cards.unchanged_card("A limit must be 0 or more. 0 means no pictures at all.")

        before, names = await self.limits.list_limit_rows(asker.guild), role_names or {}
        clamped = {n: None if v is None else min(v, say.LIMIT_MAX) for n, v in numbers.items()}
        who, old = (
            say.describe_target(scope, target, target_name),
            say.find_rule_numbers(before, scope, target),
        )
        if not preview:
            await self.limits.set_limit(asker, scope, target, clamped, self.now())
        after = with_numbers(before, scope, target, clamped)

        lines = []
        if clamped != dict(numbers):
            lines.append(f"The highest limit is {say.LIMIT_MAX:,}, so I set that.")
        if comparable_limit(clamped.get("per_job", 0)) > self.images_max:
            lines.append(cards.describe_host_bound(self.images_max))
        lines += await self._describe_effects(
            asker, (scope, target), clamped, before, after, target_roles, names
        )
        warnings: list[str] = []
        if scope is LimitScope.MEMBER:
            warnings = cards.describe_role_conflicts(clamped, before, who, target_roles, names)
        return cards.limit_set_card(
            who,
            (clamped, old),
            lines,
            warnings,
            people=await self._describe_excluded(asker, scope, target, clamped),
            grant_to=target if warnings else None,
            preview=preview,
        )

    async def clear_rule(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        target_name: str,
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
        preview: bool = False,
    ) -> MessageCard:
        """Remove a whole rule, and say what it was and what holds now, with or without one.

        It acts at once, or with `preview` says the same and changes nothing. For a role or the
        server, what holds is said for those who have no number of their own nor from another role.
        """
        scope, target = _normalize_target(asker, scope, target)
        before, names = await self.limits.list_limit_rows(asker.guild), role_names or {}
        old, rules = (
            say.find_rule_numbers(before, scope, target),
            without_rule(before, scope, target),
        )
        if preview:
            gone = bool(old)
        else:
            gone = await self.limits.clear_limit(asker, scope, target, self.now())

        member, roles = (target, target_roles) if scope is LimitScope.MEMBER else (0, ())
        limits, sources = resolve_limits(self.limits.get_default_limits(), rules, member, roles)
        now = say.describe_limits(limits, sources, names)
        who = say.describe_target(scope, target, target_name)
        told = await self._describe_effects(
            asker, (scope, target), {}, before, rules, target_roles, names
        )
        return cards.limit_cleared_card(
            scope, who, old if gone else None, now, told, preview=preview
        )

    async def show_limits(
        self,
        asker: RequestContext,
        target: int | None,
        target_name: str,
        target_roles: tuple[int, ...],
        role_names: Mapping[int, str],
    ) -> MessageCard:
        """Show a member's limits with sources, or all rules of the guild."""
        rows = await self.limits.list_limit_rows(asker.guild)
        if target is None:
            return cards.rules_overview_card(self.limits.get_default_limits(), rows, role_names)
        member = RequestContext(target, target_name, asker.guild, asker.channel, roles=target_roles)
        balance = await self.limits.compute_balance(member, self.now())
        who = say.describe_target(LimitScope.MEMBER, target, target_name)
        return cards.member_limits_card(who, balance, role_names, grant_to=target)

    async def grant_images(
        self,
        asker: RequestContext,
        target: int,
        name: str,
        roles: tuple[int, ...],
        pictures: int,
        days: int,
    ) -> MessageCard:
        """Give a member more for today, or for each of so many days, today being the first.

        It acts at once, and on top of any limit, one of 0 included. Nothing is given to somebody
        without a limit.
        """
        who = say.describe_target(LimitScope.MEMBER, target, name)
        member = RequestContext(target, name, asker.guild, asker.channel, roles=roles)
        if (wrong := _check_grant(pictures, days)) is not None:
            return wrong
        if (await self.limits.compute_balance(member, self.now())).pictures_left is None:
            return cards.unchanged_card(f"{who} has no limit, so there is nothing to add to.")
        await self.limits.grant_images(asker, target, pictures, days, self.now())
        return cards.grant_card(
            who, pictures, days, await self.limits.compute_balance(member, self.now())
        )

    async def grant_from_form(
        self, asker: RequestContext, target: int, pictures: str, days: str
    ) -> MessageCard:
        """Grant images from a form with typed numbers, for moderators only.

        The member's roles are unknown, so their balance is left out.
        """
        if not asker.moderator:
            return cards.moderators_only_card()
        if not (
            _WHOLE_NUMBER.fullmatch(pictures.strip())
            and _WHOLE_NUMBER.fullmatch(days.strip() or "1")
        ):
            return cards.grant_retry_card("Pictures and days must be whole numbers.", target)
        n, span = int(pictures), int(days.strip() or "1")
        if _check_grant(n, span) is not None:
            return cards.grant_retry_card(GRANT_RANGE, target)
        await self.limits.grant_images(asker, target, n, span, self.now())
        return cards.grant_card(f"<@{target}>", n, span, None)

    async def reset_usage(
        self, asker: RequestContext, target: int, name: str, roles: tuple[int, ...]
    ) -> MessageCard:
        """Refund what a member was charged today. The charges stay recorded."""
        returned = await self.limits.refund_today(asker, target, self.now())
        member = RequestContext(target, name, asker.guild, asker.channel, roles=roles)
        balance = await self.limits.compute_balance(member, self.now())
        return cards.usage_reset_card(
            say.describe_target(LimitScope.MEMBER, target, name), returned, balance
        )

    async def set_exemption(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        name: str,
        on: bool,
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
    ) -> MessageCard:
        """Lift all limits of a member, a role or the server, or (`on` False) take that back."""
        scope, target = _normalize_target(asker, scope, target)
        who = say.describe_target(scope, target, name)
        before = say.find_rule_numbers(
            await self.limits.list_limit_rows(asker.guild), scope, target
        )
        if on:
            await self.limits.set_limit(asker, scope, target, {EXEMPT: 1}, self.now())
            return cards.exempt_card(who, scope, was_so=EXEMPT in before)
        if not await self.limits.clear_limit(asker, scope, target, self.now(), EXEMPT):
            return cards.exemption_removed_card(who, None)
        rows = await self.limits.list_limit_rows(asker.guild)
        member, roles = (target, target_roles) if scope is LimitScope.MEMBER else (0, ())
        limits, sources = resolve_limits(self.limits.get_default_limits(), rows, member, roles)
        return cards.exemption_removed_card(
            who, say.describe_limits(limits, sources, role_names or {})
        )

    async def show_audit_log(
        self, asker: RequestContext, target: int | None, name: str, page: int
    ) -> MessageCard:
        """Show a page of changes, from 1, of the guild or about one member."""
        about = "" if target is None else f"member:{target}"
        skip = (max(1, page) - 1) * audit_cards.PAGE_SIZE
        rows, total = await self.audit.list_audit_rows(
            asker.guild, skip, audit_cards.PAGE_SIZE, about
        )
        who = "" if target is None else say.describe_target(LimitScope.MEMBER, target, name)
        return audit_cards.audit_log_card(rows, total, max(1, page), who)

    async def export_files(
        self, asker: RequestContext, send: Callable[[MessageContent], Awaitable[None]]
    ) -> MessageCard | None:
        """Send the audit log, rules and this month's use as files, or say why not."""
        now, most = self.now(), csv_export.ROWS_MAX
        changes, total = await self.audit.list_audit_rows(asker.guild, 0, most)
        rules = await self.limits.list_limit_rows(asker.guild)
        use = await self.limits.list_member_usage(asker.guild, now, most)
        at = await self.limits.compute_quota_window(asker.guild, now)
        # As many rows as there may be take longer than anybody else should wait.
        made = await asyncio.to_thread(
            csv_export.build_csv_files, changes, total, rules[:most], use, at
        )
        try:
            await send(made)
        except MessageError as error:
            log.warning("files not sent", guild=asker.guild, why=type(error).__name__)
            return cards.files_not_sent_card()
        return None

    async def _describe_excluded(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        numbers: Mapping[str, int | None],
    ) -> str:
        """Describe who may not draw because of a 0, or "" if a grant still allows it."""
        if scope is LimitScope.GUILD:
            return "people"
        only_grantable = all(numbers.get(name) != 0 for name in LIMIT_NAMES[2:])
        if scope is LimitScope.MEMBER and only_grantable and 0 in numbers.values():
            granted = await self.limits.list_grants(asker.guild, target, self.now())
            return "" if granted else "they"
        return "they"

    async def _describe_effects(
        self,
        asker: RequestContext,
        whose: tuple[LimitScope, int],
        numbers: Mapping[str, int | None],
        before: tuple[LimitRow, ...],
        after: tuple[LimitRule, ...],
        roles: tuple[int, ...],
        names: Mapping[int, str],
    ) -> list[str]:
        """Describe the effects of a change of rules."""
        scope, target = whose
        defaults = self.limits.get_default_limits()
        if scope is LimitScope.MEMBER:
            member = RequestContext(target, "", asker.guild, asker.channel, roles=roles)
            balance = await self.limits.compute_balance(member, self.now())
            was, is_ = (resolve_limits(defaults, r, target, roles)[0] for r in (before, after))
            told = effects.describe_member_change(was, is_, balance)
            lines = [told] if told else []
            if numbers and is_exempt(after, target, roles):
                source = resolve_limits(defaults, after, target, roles)[1]["day"]
                lines.append(effects.describe_exemption(source, names))
            return lines
        lines = effects.describe_overrides(scope, target, numbers, before, names)
        people = await self.limits.list_recent_members(asker.guild)
        told = effects.describe_impact(defaults, before, after, people)
        return [*lines, told] if told else lines


def _check_grant(pictures: int, days: int) -> MessageCard | None:
    if 1 <= pictures <= say.LIMIT_MAX and 1 <= days <= GRANT_DAYS_MAX:
        return None
    return cards.unchanged_card(GRANT_RANGE)


def _normalize_target(
    asker: RequestContext, scope: LimitScope, target: int
) -> tuple[LimitScope, int]:
    if scope is LimitScope.ROLE and target == asker.guild:  # @everyone is nobody's role on the wire
        scope = LimitScope.GUILD
    return scope, asker.guild if scope is LimitScope.GUILD else target


async def clear_deleted_roles(
    desk: LimitCommands, asker: RequestContext, roles: Collection[int], *, preview: bool = False
) -> MessageCard:
    """Remove the rules of all roles that are not among `roles`, the ids of those that there are.

    It acts at once, or with `preview` only says what there is to remove.
    """
    if not roles:  # there is always one, @everyone: so we know of none
        return MessageCard("I can't see this server's roles right now. Nothing was changed.")
    rows = await desk.limits.list_limit_rows(asker.guild)
    gone = sorted(
        {row.target for row in rows if row.scope is LimitScope.ROLE and row.target not in roles}
    )
    if not gone:
        return MessageCard("No deleted role has a rule. Nothing was changed.")
    was = "\n".join(
        f"- {describe_rule(find_rule_numbers(rows, LimitScope.ROLE, role))}" for role in gone
    )
    if preview:
        said = f"{format_count(len(gone), 'deleted role')} with a rule. Nothing was changed:"
        return MessageCard(f"{said}\n{was}")
    for role in gone:
        await desk.limits.clear_limit(asker, LimitScope.ROLE, role, desk.now())
    return MessageCard(f"Removed the rules of {format_count(len(gone), 'deleted role')}:\n{was}")
