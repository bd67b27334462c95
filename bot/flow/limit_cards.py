"""What the moderators' counter says: the cards of /limits and their words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.card import Card, Panel, Tone
from bot.core.prompt import ZWSP, echo
from bot.core.quota import EXEMPT, NUMBERS, Balance, Limits, Scope, height
from bot.core.words import plural, when
from bot.flow.ports import AuditRow, LimitRow

LARGEST: Final = 1_000_000  # more says nothing that "no limit" does not
BODY_MAX: Final = 4096  # Discord's bound for an embed's text
NAME_MAX: Final = 80
SET: Final = "`/limits set`"
GRANT: Final = "`/limits grant`"
PAGE: Final = 15  # changes on a page of the log
ORDER: Final = "A member's own number goes first, then their best role's, then the server's."


def nothing(sentence: str) -> Card:
    """The answer to what makes no sense."""
    return Card(f"{sentence} Nothing was changed.")


def changes(numbers: Mapping[str, int | None], old: Mapping[str, int | None]) -> str:
    """The numbers that were set, each with the one that was there before."""
    parts = []
    for name in NUMBERS:
        if name in numbers:
            was = f" (was {_number(name, old[name])})" if name in old else ""
            parts.append(_number(name, numbers[name]) + was)
    return ", ".join(parts)


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
                f"Careful: {_role(best.target, role_names)} gives {who} "
                f"{_number(name, best.numbers[name])}, and this smaller number goes before it."
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


def cleared(
    scope: Scope, who: str, removed: Mapping[str, int | None] | None, now: Mapping[str, str]
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
    was = spoken(removed).replace(" · ", ", ")
    names = NUMBERS if EXEMPT in removed else [name for name in NUMBERS if name in removed]
    left = ", ".join(now[name] for name in names)
    return Card(
        f"{who}: the rule is removed; it was {was}. {people} now have {left}{but}.",
        Panel(title, body, Tone.GOOD, footer=ORDER),
    )


def member(name: str, balance: Balance, role_names: Mapping[int, str]) -> Card:
    """A member's numbers, where each comes from, and what is used. `name` is safe to show."""
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
        first = f"{name}: {FREE} {_source(balance.day_source, role_names)}."
    elif limits.day and balance.day_left == 0:
        first += f" More for today: {GRANT}."
    body = [
        month[0].upper() + month[1:],
        _joined(_number(n, getattr(limits, n)) for n in NUMBERS[2:]),
        f"{balance.running} being drawn and {balance.waiting} waiting now; these count as used.",
    ]
    return Card(first, Panel(f"Limits of {name}", "\n".join(body), Tone.CALM, footer=ORDER))


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
    told = f"{_number(name, own)} {_source(source, role_names)}"
    if granted:
        told += f" and {granted:,} granted"
    if limit == 0:
        return f"{told}."
    resets = "" if limit is None else f", resets {when(ends)}"
    return f"{told}, {used:,} used{resets}."


def granted(name: str, pictures: int, days: int, balance: Balance) -> Card:
    """What a member got, and what they have now. `name` is safe to show."""
    more = plural(pictures, "more picture")
    told = f"{more} for today" if days == 1 else f"{more} a day for {days:,} days, today included"
    left = f"They have {balance.left or 0:,} left today." if balance.left is not None else ""
    return Card(f"{name}: {told}. {left}".rstrip(), Panel(*_holds(name, balance), Tone.GOOD))


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


def log(rows: tuple[AuditRow, ...], total: int, page: int, name: str) -> Card:
    """A page of changes, newest first. `name` is whom they are about, empty for all."""
    about = f" about {name}" if name else ""
    pages = max(1, -(-total // PAGE))
    if not total:
        return Card(f"Nothing was changed here{about} yet. Every change will stand here.")
    if not rows:
        return Card(f"There {'is' if pages == 1 else 'are'} {plural(pages, 'page')}{about}.")
    lines = [f"{when(row.at)} <@{row.actor}> · {_change(row)}" for row in rows]
    footer = f"Page {page} of {pages}." + (" Older: the option page." if page < pages else "")
    title = f"{plural(total, 'change')}{about}"
    return Card("Who changed what.", Panel(title, _fit(lines), Tone.CALM, footer=footer))


def _change(row: AuditRow) -> str:
    kind, _, target = row.target.partition(":")
    whom = {"member": f"<@{target}>", "role": f"<@&{target}>"}.get(kind, "this server")
    family, _, what = row.action.partition(".")
    if family == "limits" and what == "grant":
        return f"{whom}: {row.new}"
    if family == "limits" and what == "reset":
        return f"{whom}: {row.old}, given back"
    if family == "block":
        return f"{whom}: {'unblocked' if what == 'lifted' else f'blocked {echo(row.new, 120)}'}"
    if family == "limits" and what == EXEMPT:
        return f"{whom}: {'exempt' if row.new else 'no longer exempt'}"
    name = what.replace("_", " ")
    return f"{whom}: {name} {row.old or 'not set'} → {row.new or 'not set'}"


def overview(defaults: Limits, rows: tuple[LimitRow, ...], role_names: Mapping[int, str]) -> Card:
    """All rules of a server, as many as Discord takes, and how many more there are."""
    everyone = {name: getattr(defaults, name) for name in NUMBERS}
    lines = [f"**Default**: {spoken(everyone)}"]
    by_scope = {scope: [row for row in rows if row.scope is scope] for scope in Scope}
    lines += [f"**This server**: {spoken(row.numbers)}" for row in by_scope[Scope.GUILD]]
    roles = [
        f"{_role(row.target, role_names)}: {spoken(row.numbers)}" for row in by_scope[Scope.ROLE]
    ]
    members = [f"<@{row.target}>: {spoken(row.numbers)}" for row in by_scope[Scope.MEMBER]]
    for title, rules in (("Roles", sorted(roles)), ("Members", members)):
        if rules:
            lines += ["", f"**{title}**", *rules]
    first = "What people may draw here."
    if not rows:
        first = "No rules of this server's own yet: the default holds for everybody."
        lines.append("`/limits set` changes it: for the server, a role or a member.")
    return Card(first, Panel("Limits", _fit(lines), Tone.CALM, footer=ORDER))


def _fit(lines: list[str]) -> str:
    """As many lines as an embed takes, and how many are missing."""
    room = BODY_MAX - len("… and 1,000,000 more.")
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*shown, f"… and {len(lines) - len(shown):,} more."])
        shown.append(line)
    return "\n".join(shown)


# --- words ---------------------------------------------------------------------------------------

FREE: Final = "no limit at all (exempt)"
_UNITS: Final = {
    "day": ("{:,} a day", "no daily limit"),
    "month": ("{:,} a month", "no monthly limit"),
    "per_job": ("{:,} in one go", "any number in one go"),
    "waiting": ("{:,} waiting at once", "any number waiting"),
    "running": ("{:,} drawn at once", "any number drawn at once"),
}


def _number(name: str, value: int | None) -> str:
    some, none = _UNITS[name]
    if value is None:
        return none
    return some.format(value) + (" (may not draw)" if value == 0 else "")


_LEFT: Final = {
    Scope.MEMBER: ("They", ""),
    Scope.ROLE: ("Its members", ", unless another role or a number of their own goes first"),
    Scope.GUILD: ("People", ", unless a role or a number of their own goes first"),
}


def sourced(
    limits: Limits, sources: Mapping[str, str], role_names: Mapping[int, str]
) -> dict[str, str]:
    """Each number with whose it is, such as "50 a day from @Artists"; the arguments are what
    `effective` gives."""
    return {
        name: f"{_number(name, getattr(limits, name))} {_source(sources[name], role_names)}"
        for name in NUMBERS
    }


def spoken(numbers: Mapping[str, int | None]) -> str:
    """A rule in one line."""
    if numbers.get(EXEMPT):
        rest = {name: value for name, value in numbers.items() if name != EXEMPT}
        return _joined([FREE, *([spoken(rest)] if rest else [])])
    return _joined(_number(name, numbers[name]) for name in NUMBERS if name in numbers)


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(parts)


def rule_of(rows: tuple[LimitRow, ...], scope: Scope, target: int) -> Mapping[str, int | None]:
    """The numbers of that rule; none where there is no such rule."""
    for row in rows:
        if row.scope is scope and row.target == target:
            return row.numbers
    return {}


def whom(scope: Scope, target: int, name: str) -> str:
    """Whom a rule is for, to begin a sentence with; no mention, whatever the name."""
    match scope:
        case Scope.GUILD:
            return "This server"
        case Scope.ROLE:
            return _role(target, {target: name})
        case Scope.MEMBER:
            return echo(name, NAME_MAX)


def _role(role: int, names: Mapping[int, str]) -> str:
    """A role as people read it. Without a name, Discord fills it in; neither form pings."""
    if role not in names:
        return f"<@&{role}>"
    name = echo(names[role].removeprefix("@"), NAME_MAX)
    return f"@{ZWSP if name in ('everyone', 'here') else ''}{name}"


def _source(source: str, role_names: Mapping[int, str]) -> str:
    match source.partition(":"):
        case ("role", _, role):
            return f"from {_role(int(role), role_names)}"
        case ("member", _, _):
            return "of their own"
        case ("guild", _, _):
            return "from this server"
        case _:
            return "by default"
