"""What the moderators' counter says: the cards of /limits and their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.limits import describe as say
from bot.core.limits.describe_changes import PREVIEW
from bot.core.limits.model import LimitRow
from bot.core.limits.quota import EXEMPT, NUMBERS, Balance, Limits, Scope, height
from bot.core.text.format import plural, when
from bot.core.ui.card import Button, Card, Panel, Style, Tone

SET: Final = "`/limits set`"
GRANT: Final = "`/limits grant`"
RESET: Final = "`/limits reset`"
ORDER: Final = "A member's own number goes first, then their best role's, then the server's."


def nothing(sentence: str) -> Card:
    """The answer to what makes no sense."""
    return Card(f"{sentence} Nothing was changed.")


def warnings(
    numbers: Mapping[str, int | None],
    rows: tuple[LimitRow, ...],
    who: str,
    roles: tuple[int, ...],
    role_names: Mapping[int, str],
) -> list[str]:
    """What a moderator should know who gives a member less than one of their roles does."""
    lines = []
    for name, own in numbers.items():
        given = [
            row
            for row in rows
            if row.scope is Scope.ROLE and row.target in roles and name in row.numbers
        ]
        best = max(given, key=lambda row: height(row.numbers[name]), default=None)
        if best is not None and height(own) < height(best.numbers[name]):
            lines.append(
                f"Careful: {say.role_name(best.target, role_names)} gives {who} "
                f"{say.number(name, best.numbers[name])}, and this smaller number goes before it."
            )
    if lines:
        lines.append(f"To give them more for a while: {GRANT}.")
    return lines


def bounded(images_max: int) -> str:
    """Why a larger `per_job` gives nobody more: one sentence."""
    return (
        f"One command draws {plural(images_max, 'picture')} at most here: "
        "the host's bound, which no limit lifts."
    )


def set_(
    who: str,
    new_and_old: tuple[Mapping[str, int | None], Mapping[str, int | None]],
    lines: list[str],
    warnings: list[str],
    *,
    people: str,
    grant_to: int | None,
    preview: bool,
) -> Card:
    """What was set, what it means (`lines`), what to think of, and the whole rule.

    `people` is as in `limit_words.changes`.
    """
    numbers, old = new_and_old
    told = say.changes(numbers, old, people)
    if all(name in old and old[name] == numbers[name] for name in numbers):
        same = say.spoken(numbers).replace(" · ", ", ")
        first = nothing(f"{who}: {same} already.").content
    else:
        first = f"{PREVIEW}{who}: {told}." if preview else f"{who}: {told}. It holds at once."
    panel = Panel(
        f"{who}, all numbers {'as they would be' if preview else 'set'}",
        say.spoken({**old, **numbers}),
        Tone.CALM if preview else Tone.GOOD,
        footer=ORDER,
    )
    buttons = () if grant_to is None else (grant_button(grant_to),)
    return Card("\n".join([first, *lines, *warnings]), panel, buttons)


def grant_button(user: int) -> Button:
    """Opens the form of a grant for that member."""
    return Button("grant", "Grant…", str(user), style=Style.PRIMARY)


def cleared(
    scope: Scope,
    who: str,
    removed: Mapping[str, int | None] | None,
    now: Mapping[str, str],
    lines: list[str],
    *,
    preview: bool,
) -> Card:
    """What was removed (None: there was no rule), and what holds now, by the names of numbers."""
    title, body = f"{who}, what holds now", "\n".join(now.values())
    if removed is None:
        whose = "their" if scope is Scope.MEMBER else "its"
        return replace(
            nothing(f"{who} has no rule of {whose} own."),
            panel=Panel(title, body, Tone.CALM, footer=ORDER),
        )
    people, but = _LEFT[scope]
    was = say.spoken(removed).replace(" · ", ", ")
    names = NUMBERS if EXEMPT in removed else [name for name in NUMBERS if name in removed]
    left = ", ".join(now[name] for name in names)
    if preview:
        first = f"{PREVIEW}{who}: the rule is {was}. Without it, {people.lower()} have {left}{but}."
        title = f"{who}, what would hold"
    else:
        first = f"{who}: the rule is removed; it was {was}. {people} now have {left}{but}."
    tone = Tone.CALM if preview else Tone.GOOD
    return Card("\n".join([first, *lines]), Panel(title, body, tone, footer=ORDER))


def member(
    name: str, balance: Balance, role_names: Mapping[int, str], grant_to: int | None = None
) -> Card:
    """A member's numbers, where each comes from, and what is used. `name` is safe to show.

    With `grant_to`, their id, there is a button that gives them more once nothing is left.
    """
    limits, at = balance.limits, balance.window
    day = _period(
        "day",
        (limits.day, balance.granted_day),
        balance.day_used,
        balance.day_source,
        at.day_ends,
        role_names,
    )
    month = _period(
        "month",
        (limits.month, balance.granted_month),
        balance.month_used,
        balance.month_source,
        at.month_ends,
        role_names,
    )
    first = f"{name}: {day}"
    if balance.exempt:
        first = f"{name}: {say.FREE} {say.origin(balance.day_source, role_names)}."
    elif limits.day and balance.day_left == 0:
        first += f" More for today: {GRANT}."
    body = [
        month[0].upper() + month[1:],
        say.joined(say.number(n, getattr(limits, n)) for n in NUMBERS[2:]),
        f"{balance.running} being drawn and {balance.waiting} waiting now; these count as used.",
    ]
    spent = grant_to is not None and balance.left == 0
    return Card(
        first,
        Panel(f"Limits of {name}", "\n".join(body), Tone.CALM, footer=ORDER),
        (grant_button(grant_to),) if spent and grant_to is not None else (),
    )


def _period(
    name: str,
    limit_and_granted: tuple[int | None, int],
    used: int,
    source: str,
    ends: datetime,
    role_names: Mapping[int, str],
) -> str:
    limit, granted = limit_and_granted
    own = limit if limit is None else limit - granted
    told = f"{say.number(name, own)} {say.origin(source, role_names)}"
    if granted:
        told += f" and {granted:,} granted"
    if limit == 0:
        return f"{told}."
    resets = "" if limit is None else f", resets {when(ends)}"
    return f"{told}, {used:,} used{resets}."


def not_for_you() -> Card:
    """A moderators' button, and no moderator."""
    return nothing("Only those who may manage messages here can give more.")


def not_sent() -> Card:
    """Files that Discord did not take."""
    return Card("Discord did not take the files. Try again in a minute.")


def form_again(sentence: str, user: int) -> Card:
    """The form of a grant came back with what makes no sense."""
    return replace(nothing(sentence), buttons=(grant_button(user),))


def granted(name: str, pictures: int, days: int, balance: Balance | None) -> Card:
    """What a member got, and what they have now where it is known. `name` is safe to show."""
    more = plural(pictures, "more picture")
    told = f"{more} for today" if days == 1 else f"{more} a day for {days:,} days, today included"
    if balance is None:
        return Card(f"{name}: {told}. It holds at once.")
    return Card(
        f"{name}: {told}. {_still(balance)}".rstrip(), Panel(*_holds(name, balance), Tone.GOOD)
    )


def _still(balance: Balance) -> str:
    """What somebody has left after a grant; where that is nothing, what would help."""
    limits = balance.limits
    if balance.left is None:
        return ""
    if balance.left:
        return f"They have {balance.left:,} left today."
    over_day = 0 if limits.day is None else balance.day_used - limits.day + 1
    over_month = 0 if limits.month is None else balance.month_used - limits.month + 1
    if over_day >= over_month:
        used, way = f"{balance.day_used:,} today", f", or {RESET}, would do"
    else:
        used, way = f"{balance.month_used:,} this month", " would do"
    more = max(over_day, over_month)
    return f"They have used {used} already, so 0 are left; at least {more:,} more{way}."


def given_back(name: str, pictures: int, balance: Balance) -> Card:
    """What of today's use came back to a member."""
    under_way = balance.waiting + balance.running
    still = " What waits or is being drawn still counts." if under_way else ""
    if not pictures:
        return nothing(f"{name} was charged for nothing today, so nothing comes back.{still}")
    left = "" if balance.left is None else f", {balance.left:,} left today"
    return Card(
        f"{name}: {pictures:,} returned{left}.{still}", Panel(*_holds(name, balance), Tone.GOOD)
    )


def _holds(name: str, balance: Balance) -> tuple[str, str]:
    card = member(name, balance, {})
    return f"{name}, what holds now", card.content.removeprefix(f"{name}: ")


def freed(who: str, scope: Scope, was_so: bool) -> Card:
    """Nothing limits this member, role or server any more."""
    if was_so:
        return nothing(f"{who} has no limit already.")
    people = {Scope.MEMBER: "they", Scope.ROLE: "everyone who has it", Scope.GUILD: "everyone"}
    return Card(
        f"{who}: {people[scope]} may draw without any limit now. It holds at once; the line is "
        "still shared fairly. `/limits exempt on:False` takes it back."
    )


def bound_again(who: str, now: Mapping[str, str] | None) -> Card:
    """An exemption was taken back; None where there was none."""
    if now is None:
        return nothing(f"{who} was not exempt.")
    title, body = f"{who}, what holds now", "\n".join(now.values())
    return Card(f"{who}: no longer exempt.", Panel(title, body, Tone.GOOD, footer=ORDER))


def overview(defaults: Limits, rows: tuple[LimitRow, ...], role_names: Mapping[int, str]) -> Card:
    """All rules of a server, as many as Discord takes, and how many more there are."""
    everyone = {name: getattr(defaults, name) for name in NUMBERS}
    lines = [f"**Default**: {say.spoken(everyone)}"]
    by_scope = {scope: [row for row in rows if row.scope is scope] for scope in Scope}
    lines += [f"**This server**: {say.spoken(row.numbers)}" for row in by_scope[Scope.GUILD]]
    roles = [
        f"{say.role_name(row.target, role_names)}: {say.spoken(row.numbers)}"
        for row in by_scope[Scope.ROLE]
    ]
    members = [f"<@{row.target}>: {say.spoken(row.numbers)}" for row in by_scope[Scope.MEMBER]]
    for title, rules in (("Roles", sorted(roles)), ("Members", members)):
        if rules:
            lines += ["", f"**{title}**", *rules]
    first = "What people may draw here."
    if not rows:
        first = "No rules of this server's own yet: the default holds for everybody."
        lines.append("`/limits set` changes it: for the server, a role or a member.")
    return Card(first, Panel("Limits", say.fit(lines), Tone.CALM, footer=ORDER))


_LEFT: Final = {
    Scope.MEMBER: ("They", ""),
    Scope.ROLE: ("Its members", ", unless another role or a number of their own goes first"),
    Scope.GUILD: ("People", ", unless a role or a number of their own goes first"),
}
