"""What a change of limits means for people, in sentences: it goes with every answer and preview."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from bot.core.limits import describe as say
from bot.core.limits.changes import Person, givers, goes_first, touched
from bot.core.limits.quota import NUMBERS, Balance, Limits, Rule, Scope
from bot.core.text.format import and_list, plural, when

PREVIEW: Final = "Only a preview, nothing was changed. "
NAMED: Final = 3  # roles that a sentence names


def for_member(before: Limits, after: Limits, balance: Balance) -> str:
    """From which numbers to which, and what is left of them now; "" where none changes.

    `balance` knows the use, the grants and the windows; its limits are not read.
    """
    told = [
        f"{say.plain(getattr(before, name))} → {_number(name, getattr(after, name), balance)}"
        for name in NUMBERS
        if getattr(before, name) != getattr(after, name)
    ]
    if not told:
        return ""
    day = None if after.day is None else after.day + balance.granted_day
    month = None if after.month is None else after.month + balance.granted_month
    use = ""
    if 0 in (day, month):
        use = ", none left"
    elif day is not None:
        left = max(0, day - balance.day_used)
        ends = when(balance.window.day_ends)
        use = f", {balance.day_used:,} used, {left:,} left; starts over {ends}"
    elif month is not None:
        left = max(0, month - balance.month_used)
        ends = when(balance.window.month_ends)
        use = f", {balance.month_used:,} used, {left:,} left; starts over {ends}"
    return f"{', '.join(told)}{use}."


def for_nothing(source: str, role_names: Mapping[int, str]) -> str:
    """A number for somebody who is exempt by whichever rule."""
    whose = "on their own" if source == "member" else say.origin(source, role_names)
    return f"They are exempt ({whose}), so it counts only once that is taken back."


def for_many(
    scope: Scope,
    target: int,
    numbers: Mapping[str, int | None],
    rules: Collection[Rule],
    role_names: Mapping[int, str],
) -> list[str]:
    """Whose own numbers go before a role's or the server's, where there are any."""
    lines = []
    if scope is Scope.ROLE and (better := givers(rules, numbers, target)):
        best = [
            f"{say.role_name(role, role_names)} ({say.number(name, _of(rules, role)[name])})"
            for role, name in better[:NAMED]
        ]
        lines.append(f"Whoever also has {and_list(tuple(best), 'or')} keeps that: the best wins.")
    roles, members = goes_first(rules, scope, tuple(numbers))
    own = [plural(n, word) for n, word in ((roles, "role"), (members, "member")) if n]
    if own:
        lines.append(f"Numbers of their own go first: {and_list(tuple(own))}.")
    return lines


def reach(
    defaults: Limits, before: Collection[Rule], after: Collection[Rule], people: tuple[Person, ...]
) -> str:
    """For how many of those who drew here lately something changes; "" where nobody did."""
    if not people:
        return ""
    n = touched(defaults, before, after, people)
    if not n:
        return "Nothing changes for those who drew here lately."
    if n == len(people):
        return f"It changes something for everybody who drew here lately ({n:,})."
    return f"It changes something for {n:,} of the {len(people):,} who drew here lately."


def _number(name: str, number: int | None, balance: Balance) -> str:
    """With what was granted beside it: what is left would be more than it says."""
    granted = {"day": balance.granted_day, "month": balance.granted_month}.get(name, 0)
    if number is None or not granted:
        return say.number(name, number)
    return f"{say.counted(name, number)} and {granted:,} granted"


def _of(rules: Collection[Rule], role: int) -> Mapping[str, int | None]:
    return next(r.numbers for r in rules if r.scope is Scope.ROLE and r.target == role)
