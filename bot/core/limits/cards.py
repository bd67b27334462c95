"""Cards of the /limits commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.limits import describe as say
from bot.core.limits import quota
from bot.core.limits.describe import RoleNames
from bot.core.limits.describe_changes import PREVIEW_NOTE
from bot.core.limits.model import LimitRow
from bot.core.limits.quota import EXEMPT, LIMIT_NAMES, Balance, LimitNumbers, Limits, LimitScope
from bot.core.text.format import format_count, format_timestamp
from bot.core.ui.card import ButtonStyle, CardButton, CardTone, Embed, MessageCard

GRANT_COMMAND: Final = "`/limits grant`"
RESET_COMMAND: Final = "`/limits reset`"
PRECEDENCE_NOTE: Final = (
    "Order: the member's own limit, then the most generous of their roles, then the server's."
)


LIMIT_CAPPED_NOTE: Final = f"The highest limit is {say.LIMIT_MAX:,}, so I set that."
FILES_NOT_SENT_CARD: Final = MessageCard("Discord didn't accept the files. Try again in a minute.")


def unchanged_card(sentence: str) -> MessageCard:
    """Refuse an invalid change."""
    return MessageCard(f"{sentence} Nothing was changed.")


def describe_role_conflicts(
    numbers: LimitNumbers,
    rows: tuple[LimitRow, ...],
    who: str,
    roles: tuple[int, ...],
    role_names: RoleNames,
) -> list[str]:
    """Warn that a member's new limit is below that of their roles."""
    lines = []
    for name, own in numbers.items():
        theirs = (row for row in rows if row.scope is LimitScope.ROLE and row.target in roles)
        given = [row for row in theirs if name in row.limits]
        best = max(given, key=lambda row: quota.comparable_limit(row.limits[name]), default=None)
        if best is not None and quota.comparable_limit(own) < quota.comparable_limit(
            best.limits[name]
        ):
            role = say.format_role(best.target, role_names)
            limit = say.format_limit(name, best.limits[name])
            lines.append(f"Note: this overrides what {who} gets from {role} ({limit}).")
    if lines:
        lines.append(f"To give them more for a few days, use {GRANT_COMMAND}.")
    return lines


def describe_host_bound(images_max: int) -> str:
    """Explain that the host's bound makes a larger number useless."""
    return (
        f"One command can draw at most {format_count(images_max, 'picture')} here. "
        "The host sets this bound, and no limit can raise it."
    )


def limit_set_card(
    who: str,
    new_and_old: tuple[LimitNumbers, LimitNumbers],
    lines: list[str],
    warnings: list[str],
    *,
    people: str,
    grant_to: int | None,
    preview: bool,
) -> MessageCard:
    """Confirm a limit with its effects (`lines`), warnings and the whole rule.

    `people` is as in `describe.changes`.
    """
    numbers, old = new_and_old
    told = say.describe_changes(numbers, old, people)
    if all(name in old and old[name] == numbers[name] for name in numbers):
        same = say.describe_rule(numbers).replace(" · ", ", ")
        first = unchanged_card(f"{who}: already {same}.").content
    else:
        first = f"{PREVIEW_NOTE}{who}: {told}." if preview else f"{who}: {told}, starting now."
    panel = Embed(
        f"{who}'s limits{' after this change' if preview else ''}",
        say.describe_rule({**old, **numbers}),
        CardTone.CALM if preview else CardTone.GOOD,
        footer=PRECEDENCE_NOTE,
    )
    buttons = () if grant_to is None else (grant_button(grant_to),)
    return MessageCard("\n".join([first, *lines, *warnings]), panel, buttons)


def grant_button(user: int) -> CardButton:
    """Build the button that opens the grant form for that member."""
    return CardButton("grant", "Grant…", str(user), style=ButtonStyle.PRIMARY)


def limit_cleared_card(
    scope: LimitScope,
    who: str,
    removed: LimitNumbers | None,
    now: Mapping[str, str],
    lines: list[str],
    *,
    preview: bool,
) -> MessageCard:
    """Confirm a removed limit and say what applies now. None means that there was no limit."""
    panel = _rules_embed(who, now)
    if removed is None:
        whose = "their" if scope is LimitScope.MEMBER else "its"
        return replace(unchanged_card(f"{who} has no limits of {whose} own."), embed=panel)
    people, but = _FALLBACK_TEXT[scope]
    was = say.describe_rule(removed).replace(" · ", ", ")
    names = LIMIT_NAMES if EXEMPT in removed else [name for name in LIMIT_NAMES if name in removed]
    left = ", ".join(now[name] for name in names)
    if preview:
        without = f"Without it, {people.lower()} would have {left}{but}."
        first = f"{PREVIEW_NOTE}{who}: the rule is {was}. {without}"
        panel = replace(panel, title=f"{who}'s limits without this rule")
    else:
        first = f"{who}: rule removed (it was {was}). {people} now have {left}{but}."
        panel = replace(panel, tone=CardTone.GOOD)
    return MessageCard("\n".join([first, *lines]), panel)


def _rules_embed(who: str, now: Mapping[str, str], tone: CardTone = CardTone.CALM) -> Embed:
    return Embed(f"{who}'s limits now", "\n".join(now.values()), tone, footer=PRECEDENCE_NOTE)


def member_limits_card(
    name: str, balance: Balance, role_names: RoleNames, grant_to: int | None = None
) -> MessageCard:
    """Show a member's limits, their sources and the use. `name` is safe to show.

    With `grant_to`, their id, a button gives them more once nothing is left.
    """
    limits, at = balance.limits, balance.window
    day = _describe_period(balance, "day", at.day_ends, role_names)
    month = _describe_period(balance, "month", at.month_ends, role_names)
    first = f"{name}: {day}"
    if balance.exempt:
        first = f"{name}: {say.EXEMPT_TEXT}, {say.describe_source(balance.day_source, role_names)}."
    elif limits.day and balance.day_left == 0:
        first += f" To give more today, use {GRANT_COMMAND}."
    body = [
        month[0].upper() + month[1:],
        say.join_parts(say.format_limit(n, getattr(limits, n)) for n in LIMIT_NAMES[2:]),
        f"{balance.running} in progress and {balance.waiting} waiting. Both count as used.",
    ]
    spent = grant_to is not None and balance.pictures_left == 0
    panel = Embed(f"{name}'s limits", "\n".join(body), footer=PRECEDENCE_NOTE)
    buttons = (grant_button(grant_to),) if spent and grant_to is not None else ()
    return MessageCard(first, panel, buttons)


def _describe_period(balance: Balance, name: str, ends: datetime, role_names: RoleNames) -> str:
    limit, granted = getattr(balance.limits, name), getattr(balance, f"granted_{name}")
    used, source = getattr(balance, f"{name}_used"), getattr(balance, f"{name}_source")
    own = limit if limit is None else limit - granted
    told = f"{say.format_limit(name, own)} {say.describe_source(source, role_names)}"
    if granted:
        told += f" and {granted:,} granted"
    if limit == 0:
        return f"{told}."
    resets = "" if limit is None else f", resets {format_timestamp(ends)}"
    return f"{told}, {used:,} used{resets}."


def grant_retry_card(sentence: str, user: int) -> MessageCard:
    """Refuse an invalid grant form and offer it again."""
    return replace(unchanged_card(sentence), buttons=(grant_button(user),))


def grant_card(name: str, pictures: int, days: int, balance: Balance | None) -> MessageCard:
    """Confirm a grant and the new balance, if known. `name` is safe to show."""
    more = format_count(pictures, "more picture")
    told = f"{more} for today" if days == 1 else f"{more} a day for {days:,} days, starting today"
    if balance is None:
        return MessageCard(f"{name} gets {told}.")
    first = f"{name} gets {told}. {_describe_remaining(balance)}".rstrip()
    return MessageCard(first, _balance_embed(name, balance))


def _describe_remaining(balance: Balance) -> str:
    limits = balance.limits
    if balance.pictures_left is None:
        return ""
    if balance.pictures_left:
        return f"They have {balance.pictures_left:,} left today."
    over_day = 0 if limits.day is None else balance.day_used - limits.day + 1
    over_month = 0 if limits.month is None else balance.month_used - limits.month + 1
    if over_day >= over_month:
        used, way = f"{balance.day_used:,} today", f", or use {RESET_COMMAND}"
    else:
        used, way = f"{balance.month_used:,} this month", ""
    more = max(over_day, over_month)
    return f"They have already used {used}, so none are left. Give at least {more:,} more{way}."


def usage_reset_card(name: str, pictures: int, balance: Balance) -> MessageCard:
    """Confirm a refund of today's use."""
    under_way = balance.waiting + balance.running
    still = " Pictures that are waiting or in progress still count." if under_way else ""
    if not pictures:
        unused = f"{name} has used nothing today, so there is nothing to reset."
        return unchanged_card(f"{unused}{still}")
    left = "" if balance.pictures_left is None else f", {balance.pictures_left:,} left today"
    returned = f"{format_count(pictures, 'picture')} returned{left}"
    told = f"Reset {name}'s usage: {returned}.{still}"
    return MessageCard(told, _balance_embed(name, balance))


def _balance_embed(name: str, balance: Balance) -> Embed:
    body = member_limits_card(name, balance, {}).content.removeprefix(f"{name}: ")
    return Embed(f"{name}, what holds now", body, CardTone.GOOD)


def deleted_roles_card(rules: Sequence[LimitNumbers], *, preview: bool) -> MessageCard:
    """Show the rules of deleted roles that were removed, or with `preview` that would be."""
    count = format_count(len(rules), "deleted role")
    lines = "\n".join(f"- {say.describe_rule(rule)}" for rule in rules)
    if preview:
        return MessageCard(f"{count} with a rule. Nothing was changed:\n{lines}")
    return MessageCard(f"Removed the rules of {count}:\n{lines}")


def exempt_card(who: str, scope: LimitScope, was_so: bool) -> MessageCard:
    """Nothing limits this member, role or server any more."""
    if was_so:
        return unchanged_card(f"{who} already has no limit.")
    people = "they" if scope is LimitScope.MEMBER else "everyone"
    if scope is LimitScope.ROLE:
        people = "everyone with this role"
    fair = "The queue is still shared fairly. Undo: `/limits exempt on:False`."
    return MessageCard(f"{who}: {people} can now draw without any limit. {fair}")


def exemption_removed_card(who: str, now: Mapping[str, str] | None) -> MessageCard:
    """Confirm a removed exemption, or None if there was none."""
    if now is None:
        return unchanged_card(f"{who} was not exempt.")
    return MessageCard(f"{who}: no longer exempt.", _rules_embed(who, now, CardTone.GOOD))


def rules_overview_card(
    defaults: Limits, rows: tuple[LimitRow, ...], role_names: RoleNames
) -> MessageCard:
    """All rules of a server, as many as Discord takes, and how many more there are."""
    everyone = {name: getattr(defaults, name) for name in LIMIT_NAMES}
    lines = [f"**Default**: {say.describe_rule(everyone)}"]
    roles, members = [], []
    for row in rows:
        rule = say.describe_rule(row.limits)
        match row.scope:
            case LimitScope.GUILD:
                lines.append(f"**This server**: {rule}")
            case LimitScope.ROLE:
                roles.append(f"{say.format_role(row.target, role_names)}: {rule}")
            case LimitScope.MEMBER:
                members.append(f"<@{row.target}>: {rule}")
    for title, rules in (("Roles", sorted(roles)), ("Members", members)):
        if rules:
            lines += ["", f"**{title}**", *rules]
    first = "How much people can draw here."
    if not rows:
        first = "This server has no rules yet, so the default applies to everyone."
        lines.append("Change it with `/limits set`, for the server, a role or a member.")
    return MessageCard(first, Embed("Limits", say.truncate_lines(lines), footer=PRECEDENCE_NOTE))


_FALLBACK_TEXT: Final = {
    LimitScope.MEMBER: ("They", ""),
    LimitScope.ROLE: ("Its members", ", unless another role or their own limit comes first"),
    LimitScope.GUILD: ("People", ", unless a role or their own limit comes first"),
}
