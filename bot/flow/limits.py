"""Service of the /limits commands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from bot.core.audit import cards as audit_cards
from bot.core.audit import csv_export
from bot.core.drawing.request import RequestContext
from bot.core.errors import MessageError
from bot.core.limits import cards, quota
from bot.core.limits import describe as say
from bot.core.limits import describe_changes as effects
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.changes import LimitChange, LimitTarget, with_numbers, without_rule
from bot.core.limits.model import LimitRow
from bot.core.limits.quota import EXEMPT, LIMIT_NAMES, LimitRule, LimitScope
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.ports import AuditStore, LimitStore

log = structlog.stdlib.get_logger(__name__)
_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class LimitCommands:
    """Service of the moderators' commands. Discord decides who may use them.

    `now` gives the wall clock as an aware UTC datetime; `images_max` is the host's bound of images
    per command.
    """

    limits: LimitStore
    audit: AuditStore
    now: Callable[[], datetime]
    images_max: int

    async def set_limit(
        self, asker: RequestContext, target: LimitTarget, change: LimitChange
    ) -> MessageCard:
        """Set limits and describe who is affected.

        Numbers above a million become a million; negative ones are refused. The card warns if a
        member's number is below that of one of their roles.
        """
        target, asked = _normalize(asker, target), change.numbers
        if not asked:
            return cards.unchanged_card(limit_refusals.NO_NUMBER)
        if any(value is not None and value < 0 for value in asked.values()):
            return cards.unchanged_card(limit_refusals.NEGATIVE_NUMBER)

        before = await self.limits.list_limit_rows(asker.guild)
        numbers = {n: None if v is None else min(v, say.LIMIT_MAX) for n, v in asked.items()}
        if not change.preview:
            await self.limits.set_limit(asker, target.scope, target.id, numbers, self.now())
        after = with_numbers(before, target.scope, target.id, numbers)

        lines, who, warnings = [], _describe(target), []
        if numbers != asked:
            lines.append(cards.LIMIT_CAPPED_NOTE)
        if quota.comparable_limit(numbers.get("per_job", 0)) > self.images_max:
            lines.append(cards.describe_host_bound(self.images_max))
        lines += await self._describe_effects(asker, target, numbers, before, after)
        if target.scope is LimitScope.MEMBER:
            roles, names = target.roles, target.role_names
            warnings = cards.describe_role_conflicts(numbers, before, who, roles, names)
        return cards.limit_set_card(
            who,
            (numbers, say.find_rule_numbers(before, target.scope, target.id)),
            lines,
            warnings,
            people=await self._describe_excluded(asker, target, numbers),
            grant_to=target.id if warnings else None,
            preview=change.preview,
        )

    async def clear_rule(
        self, asker: RequestContext, target: LimitTarget, *, preview: bool = False
    ) -> MessageCard:
        """Remove a rule and show what applied and what applies now.

        With `preview` nothing changes. For a role or the guild, the answer is about members without
        other numbers.
        """
        target = _normalize(asker, target)
        scope, who = target.scope, _describe(target)
        before = await self.limits.list_limit_rows(asker.guild)
        old = say.find_rule_numbers(before, scope, target.id)
        after = without_rule(before, scope, target.id)
        gone = bool(old)
        if not preview:
            gone = await self.limits.clear_limit(asker, scope, target.id, self.now())
        holds = self._describe_limits(target, after)
        lines = await self._describe_effects(asker, target, {}, before, after)
        removed = old if gone else None
        return cards.limit_cleared_card(scope, who, removed, holds, lines, preview=preview)

    async def show_limits(self, asker: RequestContext, target: LimitTarget) -> MessageCard:
        """Show a member's limits with sources, or all rules of the guild."""
        names = target.role_names
        if target.scope is LimitScope.GUILD:
            rows = await self.limits.list_limit_rows(asker.guild)
            return cards.rules_overview_card(self.limits.get_default_limits(), rows, names)
        balance = await self.limits.compute_balance(_member(asker, target), self.now())
        return cards.member_limits_card(_describe(target), balance, names, grant_to=target.id)

    async def grant_images(
        self, asker: RequestContext, target: LimitTarget, pictures: int, days: int
    ) -> MessageCard:
        """Grant a member more images for some days, starting today, on top of any limit.

        Members without a limit get nothing.
        """
        who, member = _describe(target), _member(asker, target)
        if not _is_grant(pictures, days):
            return cards.unchanged_card(limit_refusals.GRANT_OUT_OF_RANGE)
        if (await self.limits.compute_balance(member, self.now())).pictures_left is None:
            return cards.unchanged_card(limit_refusals.NO_LIMIT.format(who=who))
        await self.limits.grant_images(asker, target.id, pictures, days, self.now())
        balance = await self.limits.compute_balance(member, self.now())
        return cards.grant_card(who, pictures, days, balance)

    async def grant_from_form(
        self, asker: RequestContext, user: int, pictures: str, days: str
    ) -> MessageCard:
        """Grant images from a form with typed numbers.

        The member's roles are unknown, so their balance is left out.
        """
        typed = (pictures.strip(), days.strip() or "1")
        if not all(map(_WHOLE_NUMBER.fullmatch, typed)):
            return cards.grant_retry_card(limit_refusals.NOT_WHOLE_NUMBERS, user)
        count, span = map(int, typed)
        if not _is_grant(count, span):
            return cards.grant_retry_card(limit_refusals.GRANT_OUT_OF_RANGE, user)
        await self.limits.grant_images(asker, user, count, span, self.now())
        return cards.grant_card(f"<@{user}>", count, span, None)

    async def reset_usage(self, asker: RequestContext, target: LimitTarget) -> MessageCard:
        """Refund what a member was charged today. The charges stay recorded."""
        refunded = await self.limits.refund_today(asker, target.id, self.now())
        balance = await self.limits.compute_balance(_member(asker, target), self.now())
        return cards.usage_reset_card(_describe(target), refunded, balance)

    async def set_exemption(
        self, asker: RequestContext, target: LimitTarget, on: bool
    ) -> MessageCard:
        """Lift all limits of a member, a role or the guild, or (`on` False) take that back."""
        target = _normalize(asker, target)
        scope, who = target.scope, _describe(target)
        if on:
            rows = await self.limits.list_limit_rows(asker.guild)
            was_so = EXEMPT in say.find_rule_numbers(rows, scope, target.id)
            await self.limits.set_limit(asker, scope, target.id, {EXEMPT: 1}, self.now())
            return cards.exempt_card(who, scope, was_so=was_so)
        if not await self.limits.clear_limit(asker, scope, target.id, self.now(), EXEMPT):
            return cards.exemption_removed_card(who, None)
        rows = await self.limits.list_limit_rows(asker.guild)
        return cards.exemption_removed_card(who, self._describe_limits(target, rows))

    async def show_audit_log(
        self, asker: RequestContext, member: LimitTarget | None, page: int
    ) -> MessageCard:
        """Show a page of changes, from 1, of the guild or about one member."""
        about, who = ("", "") if member is None else (f"member:{member.id}", _describe(member))
        page, size = max(1, page), audit_cards.PAGE_SIZE
        skip = (page - 1) * size
        rows, total = await self.audit.list_audit_rows(asker.guild, skip, size, about)
        return audit_cards.audit_log_card(rows, total, page, who)

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
        files = await asyncio.to_thread(
            csv_export.build_csv_files, changes, total, rules[:most], use, at
        )
        try:
            await send(files)
        except MessageError as error:
            log.warning("files not sent", guild=asker.guild, why=type(error).__name__)
            return cards.FILES_NOT_SENT_CARD
        return None

    async def clear_deleted_roles(
        self, asker: RequestContext, roles: Collection[int], *, preview: bool = False
    ) -> MessageCard:
        """Remove the rules of all roles that are not among `roles`, the ids of existing ones.

        It acts at once, or with `preview` only says what there is to remove.
        """
        if not roles:  # there is always one, @everyone: so we know of none
            return cards.unchanged_card(limit_refusals.ROLES_UNKNOWN)
        rows = await self.limits.list_limit_rows(asker.guild)
        known = {row.target: row.limits for row in rows if row.scope is LimitScope.ROLE}
        gone = sorted(known.keys() - set(roles))
        if not gone:
            return cards.unchanged_card(limit_refusals.NO_DELETED_ROLES)
        if not preview:
            for role in gone:
                await self.limits.clear_limit(asker, LimitScope.ROLE, role, self.now())
        return cards.deleted_roles_card([known[role] for role in gone], preview=preview)

    def _describe_limits(
        self, target: LimitTarget, rules: tuple[LimitRule, ...]
    ) -> Mapping[str, str]:
        is_member = target.scope is LimitScope.MEMBER
        user, roles = (target.id, target.roles) if is_member else (0, ())
        defaults = self.limits.get_default_limits()
        limits, sources = quota.resolve_limits(defaults, rules, user, roles)
        return say.describe_limits(limits, sources, target.role_names)

    async def _describe_excluded(
        self, asker: RequestContext, target: LimitTarget, numbers: Mapping[str, int | None]
    ) -> str:
        """Describe who may not draw because of a 0, or "" if a grant still allows it."""
        if target.scope is LimitScope.GUILD:
            return "people"
        only_grantable = all(numbers.get(name) != 0 for name in LIMIT_NAMES[2:])
        if target.scope is LimitScope.MEMBER and only_grantable and 0 in numbers.values():
            granted = await self.limits.list_grants(asker.guild, target.id, self.now())
            return "" if granted else "they"
        return "they"

    async def _describe_effects(
        self,
        asker: RequestContext,
        target: LimitTarget,
        numbers: Mapping[str, int | None],
        before: tuple[LimitRow, ...],
        after: tuple[LimitRule, ...],
    ) -> list[str]:
        defaults, user, roles = self.limits.get_default_limits(), target.id, target.roles
        if target.scope is LimitScope.MEMBER:
            balance = await self.limits.compute_balance(_member(asker, target), self.now())
            old, _ = quota.resolve_limits(defaults, before, user, roles)
            new, sources = quota.resolve_limits(defaults, after, user, roles)
            change = effects.describe_member_change(old, new, balance)
            lines = [change] if change else []
            if numbers and quota.is_exempt(after, user, roles):
                lines.append(effects.describe_exemption(sources["day"], target.role_names))
            return lines
        scope, names = target.scope, target.role_names
        lines = effects.describe_overrides(scope, target.id, numbers, before, names)
        members = await self.limits.list_recent_members(asker.guild)
        impact = effects.describe_impact(defaults, before, after, members)
        return [*lines, impact] if impact else lines


def _is_grant(pictures: int, days: int) -> bool:
    return 1 <= pictures <= say.LIMIT_MAX and 1 <= days <= limit_refusals.GRANT_DAYS_MAX


def _describe(target: LimitTarget) -> str:
    return say.describe_target(target.scope, target.id, target.name)


def _member(asker: RequestContext, target: LimitTarget) -> RequestContext:
    user, name = target.id, target.name
    return RequestContext(user, name, asker.guild, asker.channel, roles=target.roles)


def _normalize(asker: RequestContext, target: LimitTarget) -> LimitTarget:
    """Return the target, as the guild where it is @everyone, which is nobody's role on the wire."""
    everyone = target.scope is LimitScope.ROLE and target.id == asker.guild
    if everyone or target.scope is LimitScope.GUILD:
        return replace(target, scope=LimitScope.GUILD, id=asker.guild)
    return target
