"""What is said of a block: to the moderator who sets it, and to the person whom it stops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.core.errors import Refused
from bot.core.text.escape import echo
from bot.core.text.format import plural, when
from bot.core.ui.card import Card, Panel, Tone

NAME_MAX: Final = 80
SHOWN: Final = 25
BLOCKED: Final = "blocked"
"""The rule of that refusal: its reason is not said before everybody."""


class Blocked(Protocol):
    """A block as far as words go. `until` None is for good."""

    @property
    def user(self) -> int: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def by(self) -> int: ...


def refusal(block: Blocked, prompt: str) -> Refused:
    """The gate's answer to somebody who is blocked: until when, whom to ask, and why.

    The reason has a line of its own, as it is for them alone.
    """
    return Refused(BLOCKED, _told(block, "Nothing was charged. "), prompt=prompt)


def standing(block: Blocked) -> str:
    """The same for those who ask for no picture, but how they stand."""
    return _told(block, "")


def _told(block: Blocked, charged: str) -> str:
    end = "" if block.until is None else f" for now; again {when(block.until)}"
    why = f"\nReason: {echo(block.reason, 200)}." if block.reason else ""
    return f"You can't draw here{end}. {charged}A moderator can lift it.{why}"


def yourself() -> Card:
    """Nobody locks themselves out by a slip."""
    return Card("That's you. Nothing was changed.")


def a_bot() -> Card:
    """No bot asks for pictures: what moderators choose for members means nothing for one."""
    return Card("That's a bot, and bots don't draw here. Nothing was changed.")


def blocked(name: str, until: datetime | None, cleared: tuple[int, int] | None) -> Card:
    """What holds now, and what was cleared: (jobs cancelled, messages deleted)."""
    end = "for good" if until is None else f"for now; again {when(until)}"
    lines = [f"{echo(name, NAME_MAX)} can't draw here {end}. `/unblock` lifts it."]
    if cleared is None:
        lines.append("What they have in line goes on; `clear:True` would stop it.")
    else:
        lines.append(_cleared(*cleared))
    return Card("\n".join(lines))


def _cleared(jobs: int, messages: int) -> str:
    if not jobs and not messages:
        return "Nothing of theirs was in line, and no picture of the last hour was left."
    stopped = f"{plural(jobs, 'job')} of theirs cancelled and returned"
    deleted = f"{plural(messages, 'picture')} of the last hour deleted"
    if not jobs:
        return f"{deleted}; nothing was in line."
    if not messages:
        return f"{stopped}; no picture of the last hour was left."
    return f"{stopped}, {deleted}."


def unblocked(name: str, was: bool) -> Card:
    """They may draw again; or they always could."""
    if not was:
        return Card(f"{echo(name, NAME_MAX)} is not blocked. Nothing was changed.")
    return Card(f"{echo(name, NAME_MAX)} may draw here again.")


def blocks(all_of_them: Iterable[Blocked]) -> Card:
    """Who is blocked, newest first."""
    rows = tuple(all_of_them)
    if not rows:
        return Card("Nobody is blocked here.")
    lines = []
    for row in rows[:SHOWN]:
        end = "for good" if row.until is None else f"again {when(row.until)}"
        why = f" · {echo(row.reason, 80)}" if row.reason else ""
        lines.append(f"<@{row.user}> {end}, by <@{row.by}>{why}")
    if len(rows) > SHOWN:
        lines.append(f"… and {len(rows) - SHOWN} more.")
    title = f"{len(rows)} blocked"
    return Card("Who can't draw here now.", Panel(title, "\n".join(lines), Tone.CALM))


@dataclass(frozen=True, slots=True)
class Block:
    """Somebody who may not draw in a guild; `until` None is for good. `by` is a user id."""

    user: int
    until: datetime | None
    reason: str
    by: int
