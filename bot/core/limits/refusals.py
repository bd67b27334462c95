"""Refusals of the limits."""

from __future__ import annotations

from bot.core.errors import Refused
from bot.core.limits.quota import Balance, draws
from bot.core.text.format import and_list, plural, when

# --- the gate's refusals -------------------------------------------------------------------------


def quota_refusal(
    asked: int, balance: Balance, prompt: str = "", roles: tuple[str, ...] = ()
) -> Refused:
    """The refusal of somebody who asks for more pictures than they have left.

    `roles` names who may draw, for those whose limit is 0: they are promised no reset. Whose own
    number is 0 may have such a role, or everybody else may draw: that is not what keeps them.
    """
    limits = balance.limits
    if not draws(limits):
        why = f"Drawing here is for {and_list(roles) if roles else 'chosen members'}."
        if balance.own_zero:
            why = "Your own limit here is 0, so I can't draw for you."
        return Refused("quota.none", f"{why} Ask a moderator to join in.", prompt=prompt)
    monthly = balance.month_left is not None and balance.month_left == balance.left
    if monthly and balance.day_left == balance.month_left and balance.left != 0:
        monthly = False
    rule = "quota.month" if monthly else "quota.day"
    more = f"More {when(balance.window.month_ends if monthly else balance.window.day_ends)}."
    left = balance.left or 0
    if left > 0:
        return Refused(
            rule,
            f"You asked for {asked} and have {left} left. {more}",
            prompt=prompt,
            offers=((f"draw:{left}", f"Draw {left}"),),
        )
    limit, period = (limits.month, "this month") if monthly else (limits.day, "today")
    return Refused(rule, f"You've used your {limit} for {period}. {more}", prompt=prompt)


def too_many_waiting(limit: int, prompt: str = "") -> Refused:
    """The refusal of somebody who has as many jobs waiting as they may."""
    return Refused(
        "queue.waiting",
        f"You have {limit} waiting already. Ask again when one of them has started.",
        prompt=prompt,
    )


def queue_full(limit: int, prompt: str = "") -> Refused:
    """The refusal when everybody's jobs together fill the queue."""
    return Refused(
        "queue.full",
        f"{plural(limit, 'job')} wait already, and that is all I take on. "
        "Ask again in a few minutes.",
        prompt=prompt,
    )


def per_job(asked: int, limit: int, prompt: str = "") -> Refused:
    """The refusal of a job with more pictures than this person may have in one go."""
    offers = ((f"draw:{limit}", f"Draw {limit}"),) if limit > 0 else ()
    return Refused(
        "quota.per_job",
        f"You asked for {asked}; {limit} at a time is the most for you here.",
        prompt=prompt,
        offers=offers,
    )
