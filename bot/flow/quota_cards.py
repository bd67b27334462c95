"""/quota: one's own balance with whose rule it is, and what was granted until when."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.core import answer_cards, words
from bot.core.card import Card
from bot.core.quota import Balance, draws
from bot.flow import limit_words as say
from bot.flow.ports import Grant

GRANTS_MAX: Final = 5  # lines


def quota(balance: Balance, grants: tuple[Grant, ...], drawers: tuple[int, ...]) -> Card:
    """What I have used, what is left, when it starts over, and why it is that much.

    `drawers` are the roles with which people may draw, for those who may not: they are promised
    no reset.
    """
    if not draws(balance.limits):
        return Card(words.quota_refusal(1, balance, roles=words.roles(drawers)).sentence)
    card = answer_cards.quota(balance)
    assert card.panel is not None
    lines = [card.panel.body, _why(balance)]
    if not balance.exempt:
        lines += [
            f"{grant.pictures:,} more a day, granted; ends {words.when(grant.until)}."
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
    joined = words.and_list(tuple(told))
    return f"{joined[0].upper()}{joined[1:]}."


def _origin(source: str) -> str:
    return "of your own" if source == "member" else say.origin(source, {})
