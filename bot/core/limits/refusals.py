"""Refusals of the limits."""

from __future__ import annotations

from typing import Final

from bot.core.errors import Refused
from bot.core.limits.describe import LIMIT_MAX
from bot.core.limits.quota import Balance, can_draw
from bot.core.text.format import format_count, format_timestamp, join_list

GRANT_DAYS_MAX: Final = 366
GRANT_OUT_OF_RANGE: Final = (
    f"A grant can be 1 to {LIMIT_MAX:,} pictures a day, for 1 to {GRANT_DAYS_MAX} days."
)
NOT_WHOLE_NUMBERS: Final = "Pictures and days must be whole numbers."
ROLES_UNKNOWN: Final = "I can't see this server's roles right now."
NO_DELETED_ROLES: Final = "No deleted role has a rule."
NO_LIMIT: Final = "{who} has no limit, so there is nothing to add to."
NO_NUMBER: Final = "Enter at least one number, such as `day`."
NEGATIVE_NUMBER: Final = "A limit must be 0 or more. 0 means no pictures at all."


def quota_refusal(
    asked: int, balance: Balance, prompt: str = "", roles: tuple[str, ...] = ()
) -> Refused:
    """Refuse more images than are left. For a limit of 0, `roles` names who may draw."""
    limits = balance.limits
    if not can_draw(limits):
        why = f"Only {join_list(roles) if roles else 'selected members'} can draw here."
        if balance.own_zero:
            why = "Your own limit here is 0, so I can't draw for you."
        return Refused("quota.none", f"{why} Ask a moderator to join in.", prompt=prompt)
    monthly = balance.month_left is not None and balance.month_left == balance.pictures_left
    if monthly and balance.day_left == balance.month_left and balance.pictures_left != 0:
        monthly = False
    rule = "quota.month" if monthly else "quota.day"
    window = balance.window
    more = f"You get more {format_timestamp(window.month_ends if monthly else window.day_ends)}."
    limit, period = (limits.month, "this month") if monthly else (limits.day, "today")
    left = balance.pictures_left or 0
    if left > 0:
        asked_for = format_count(asked, "picture")
        sentence = f"You asked for {asked_for} but have {left} left {period}. {more}"
        offers = ((f"draw:{left}", f"Draw {left}"),)
        return Refused(rule, sentence, prompt=prompt, offers=offers)
    used = f"your 1 picture for {period}" if limit == 1 else f"all {limit} of {period}'s pictures"
    return Refused(rule, f"You've used {used}. {more}", prompt=prompt)


def waiting_limit_refusal(limit: int, prompt: str = "") -> Refused:
    """Refuse a member who has too many waiting jobs."""
    sentence = f"You already have {limit} waiting. Try again when one of them has started."
    return Refused("queue.waiting", sentence, prompt=prompt)


def queue_full_refusal(limit: int, prompt: str = "") -> Refused:
    """Refuse because the queue is full."""
    sentence = f"The queue is full ({format_count(limit, 'job')}). Try again in a few minutes."
    return Refused("queue.full", sentence, prompt=prompt)


def per_job_refusal(asked: int, limit: int, prompt: str = "") -> Refused:
    """Refuse a job with too many images at once."""
    offers = ((f"draw:{limit}", f"Draw {limit}"),) if limit > 0 else ()
    asked_for = format_count(asked, "picture")
    sentence = f"You asked for {asked_for}. Your limit here is {limit} at a time."
    return Refused("quota.per_job", sentence, prompt=prompt, offers=offers)
