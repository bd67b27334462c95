"""Small words that every card uses, and the sentences with which the quota gate declines."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

from bot.core.errors import Refused
from bot.core.prompt import echo
from bot.core.quota import Balance, draws

TIMES: Final = "\u00d7"
TO: Final = "\u2013"

# Reasons that a job may carry to its last card.
RESTARTED: Final = "I was restarted and couldn't finish this."
NOT_BACK_IN_TIME: Final = "It did not come back in time."
OUR_FAULT: Final = "That went wrong. It is our fault."
INPUT_GONE: Final = (
    "The picture to begin from is gone; I keep it for a day. Send it again with `/imagine`."
)


def plural(n: int, word: str) -> str:
    """Count regular nouns: "1 picture", "4 pictures"."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def ordinal(n: int) -> str:
    """Name a place in line: "1st", "2nd", "3rd", "11th"."""
    tail = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{tail}"


def duration(seconds: float) -> str:
    """Say how long something took: "18 s", "4 min", "1 h 20 min"; never less than "1 s"."""
    if not math.isfinite(seconds) or seconds < 1:
        return "1 s"
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def about(seconds: float) -> str:
    """Say how long something will take, no finer than a guess is: "about 20 s", "about 2 min"."""
    if math.isfinite(seconds) and 10 < seconds < 90:
        seconds = 5 * round(seconds / 5)
    return f"about {duration(seconds)}"


def when(moment: datetime) -> str:
    """Discord's own timestamp, which everybody reads in their time: "in 3 hours"."""
    return f"<t:{int(moment.timestamp())}:R>"


def and_list(words: tuple[str, ...], last: str = "and") -> str:
    """Join words: "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def roles(ids: tuple[int, ...]) -> tuple[str, ...]:
    """Roles as Discord shows them, three at most; nobody is notified by one."""
    shown = tuple(f"<@&{role}>" for role in ids[:3])
    return shown if len(ids) <= len(shown) else (*shown, "others")


def returned(n: int, left: int | None) -> str:
    """Say what came back: "1 returned, 17 left today."; without a daily limit "1 returned."."""
    return f"{n} returned." if left is None else f"{n} returned, {left} left today."


def bar(percent: int, cells: int = 12) -> str:
    """A bar of text, followed by its number: "▰▰▰▱▱▱ 40 %"."""
    full = max(0, min(cells, percent * cells // 100))
    return f"{'▰' * full}{'▱' * (cells - full)} {percent} %"


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


# --- where I may not draw ------------------------------------------------------------------------

_CANNOT: Final = {
    "view channel": "I can't see {where}",
    "send messages": "I can't write in {where}",
    "send messages in threads": "I can't write in {where}",
    "attach files": "I can't attach files in {where}",
    "embed links": "I can't embed pictures in {where}",
    "read message history": "I can't read what came before in {where}",
}


def permission_missing(name: str, channel: str, prompt: str = "") -> Refused:
    """The refusal where a right of ours is missing; `name` is Discord's ("attach_files" too)."""
    right = name.replace("_", " ").strip().lower()
    where = f"#{echo(channel, 100)}" if channel else "this channel"
    cannot = _CANNOT.get(right, "I can't draw in {where}").format(where=where)
    return Refused(
        "permission",
        f"{cannot}. A moderator can allow *{echo(right.title(), 60)}* for me there.",
        prompt=prompt,
    )
