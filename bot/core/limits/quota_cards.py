"""/quota: one's own balance with whose rule it is, and what was granted until when."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.core.limits import describe as say
from bot.core.limits import quota_cards
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.model import Grant
from bot.core.limits.quota import Balance, draws
from bot.core.text import format as fmt
from bot.core.ui.card import Card, Panel, Tone

GRANTS_MAX: Final = 5  # lines


def quota(balance: Balance, grants: tuple[Grant, ...], drawers: tuple[int, ...]) -> Card:
    """What I have used, what is left, when it starts over, and why it is that much.

    `drawers` are the roles with which people may draw, for those who may not: they are promised
    no reset.
    """
    if not draws(balance.limits):
        return Card(limit_refusals.quota_refusal(1, balance, roles=fmt.roles(drawers)).sentence)
    card = quota_cards.quota_card(balance)
    assert card.panel is not None
    lines = [card.panel.body, _why(balance)]
    if not balance.exempt:
        lines += [
            f"{grant.pictures:,} more a day, granted; ends {fmt.when(grant.until)}."
            for grant in grants[:GRANTS_MAX]
        ]
        if len(grants) > GRANTS_MAX:
            lines.append(f"and {len(grants) - GRANTS_MAX:,} more grants")
    return replace(card, panel=replace(card.panel, body="\n".join(lines)))


def _why(balance: Balance) -> str:
    """Whose numbers they are; a month's is named only where there is one."""
    limits = balance.limits
    if balance.exempt:
        return f"Exempt {_origin(balance.day_source)}: no limit holds for you."
    day = None if limits.day is None else limits.day - balance.granted_day
    told = [f"{say.counted('day', day)} {_origin(balance.day_source)}"]
    if limits.month is not None:
        month = limits.month - balance.granted_month
        told.append(f"{say.counted('month', month)} {_origin(balance.month_source)}")
    joined = fmt.and_list(tuple(told))
    return f"{joined[0].upper()}{joined[1:]}."


def _origin(source: str) -> str:
    return "of your own" if source == "member" else say.origin(source, {})


def quota_card(balance: Balance) -> Card:
    """What I have used, what is left, and when it starts over."""
    limits = balance.limits
    if not draws(limits):
        return Card(limit_refusals.quota_refusal(1, balance).sentence)
    lines = []
    if limits.day is not None:
        lines.append(_window("Today", balance.day_used, limits.day))
        lines.append(f"Starts over {fmt.when(balance.window.day_ends)}.")
    else:
        lines.append(f"Today: {balance.day_used} used, no limit.")
    if limits.month is not None:
        lines.append(_window("This month", balance.month_used, limits.month))
        lines.append(f"Starts over {fmt.when(balance.window.month_ends)}.")
    if balance.waiting or balance.running:
        lines.append(f"{balance.running} being drawn, {balance.waiting} waiting: these count.")
    return Card(_left(balance), Panel("Your pictures", "\n".join(lines), Tone.CALM))


def _left(balance: Balance) -> str:
    if balance.left is None:
        return "You have no limit here."
    monthly = balance.day_left is None or balance.left < balance.day_left
    return f"{balance.left} left {'this month' if monthly else 'today'}."


def _window(name: str, used: int, limit: int) -> str:
    percent = min(100, used * 100 // limit)
    return f"{name}: {used} of {limit} used\n{fmt.bar(percent)}"
