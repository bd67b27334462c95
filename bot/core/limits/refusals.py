"""Refusals of the limits."""

from __future__ import annotations

from bot.core.errors import Refused
from bot.core.limits.quota import Balance, can_draw
from bot.core.text.format import format_count, format_timestamp, join_list

# --- the gate's refusals -------------------------------------------------------------------------


def quota_refusal(
    asked: int, balance: Balance, prompt: str = "", roles: tuple[str, ...] = ()
) -> Refused:
    """The refusal of somebody who asks for more pictures than they have left.

    `roles` names who may draw, for those whose limit is 0: they are promised no reset. Whose own
    number is 0 may have such a role, or everybody else may draw: that is not what keeps them.
    """
    limits = balance.limits
    if not can_draw(limits):
        why = f"Drawing here is for {join_list(roles) if roles else 'chosen members'}."
        if balance.own_zero:
            why = "Your own limit here is 0, so I can't draw for you."
        return Refused("quota.none", f"{why} Ask a moderator to join in.", prompt=prompt)
    monthly = balance.month_left is not None and balance.month_left == balance.pictures_left
    if monthly and balance.day_left == balance.month_left and balance.pictures_left != 0:
        monthly = False
    rule = "quota.month" if monthly else "quota.day"
    more = (
        "More "
        f"{format_timestamp(balance.window.month_ends if monthly else balance.window.day_ends)}."
    )
    left = balance.pictures_left or 0
    if left > 0:
        return Refused(
            rule,
            f"You asked for {asked} and have {left} left. {more}",
            prompt=prompt,
            offers=((f"draw:{left}", f"Draw {left}"),),
        )
    limit, period = (limits.month, "this month") if monthly else (limits.day, "today")
    return Refused(rule, f"You've used your {limit} for {period}. {more}", prompt=prompt)


def waiting_limit_refusal(limit: int, prompt: str = "") -> Refused:
    """The refusal of somebody who has as many jobs waiting as they may."""
    return Refused(
        "queue.waiting",
        f"You have {limit} waiting already. Ask again when one of them has started.",
        prompt=prompt,
    )


def queue_full_refusal(limit: int, prompt: str = "") -> Refused:
    """The refusal when everybody's jobs together fill the queue."""
    return Refused(
        "queue.full",
        f"{format_count(limit, 'job')} wait already, and that is all I take on. "
        "Ask again in a few minutes.",
        prompt=prompt,
    )


def per_job_refusal(asked: int, limit: int, prompt: str = "") -> Refused:
    """The refusal of a job with more pictures than this person may have in one go."""
    offers = ((f"draw:{limit}", f"Draw {limit}"),) if limit > 0 else ()
    return Refused(
        "quota.per_job",
        f"You asked for {asked}; {limit} at a time is the most for you here.",
        prompt=prompt,
        offers=offers,
    )
