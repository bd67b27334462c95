"""Texts about blocked members, for moderators and for the members themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.errors import Refused
from bot.core.limits.describe import NAME_MAX
from bot.core.text.escape import escape_text
from bot.core.text.format import format_count, format_timestamp, list_first
from bot.core.ui.card import Embed, MessageCard

BLOCKS_SHOWN: Final = 25
BLOCKED_RULE: Final = "blocked"
"""The rule of that refusal: its reason is not said before everybody."""


SELF_BLOCK_CARD: Final = MessageCard("You can't block yourself. Nothing was changed.")
BOT_TARGET_CARD: Final = MessageCard("That's a bot, and bots don't draw here. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class MemberBlock:
    """Block of a member. `until` None is permanent. `by` is a user id."""

    user: int
    until: datetime | None
    reason: str
    blocked_by: int


def blocked_refusal(block: MemberBlock, prompt: str) -> Refused:
    """Refuse a blocked member with the end of the block and its reason."""
    return Refused(BLOCKED_RULE, _format_block(block, "Nothing was charged. "), prompt=prompt)


def describe_block(block: MemberBlock) -> str:
    """Describe a block in /quota."""
    return _format_block(block, "")


def _format_block(block: MemberBlock, charged: str) -> str:
    end = "" if block.until is None else f"; the block ends {format_timestamp(block.until)}"
    why = f"\nReason: {escape_text(block.reason, 200)}." if block.reason else ""
    return f"You're blocked from drawing here{end}. {charged}A moderator can lift this.{why}"


def blocked_card(
    name: str, until: datetime | None, cleared: tuple[int, int, int] | None
) -> MessageCard:
    """Confirm a block and what was cleared, as (jobs cancelled, messages deleted, messages left).

    Messages are left in channels where the moderator may not delete.
    """
    end = " for good" if until is None else f"; the block ends {format_timestamp(until)}"
    who = escape_text(name, NAME_MAX)
    lines = [f"{who} is blocked from drawing here{end}. Undo: `/unblock`."]
    if cleared is None:
        lines.append("Their queued pictures will still finish. To stop them too, use `clear:True`.")
    else:
        lines.append(_describe_cleared(*cleared))
    return MessageCard("\n".join(lines))


def _describe_cleared(jobs: int, messages: int, left: int) -> str:
    if left:
        kept = f"{format_count(left, 'picture')} from the last hour {'is' if left == 1 else 'are'}"
        where = "still there, because you don't have *Manage Messages* in their channels."
        done = (format_count(jobs, "job"), format_count(messages, "picture"))
        return f"{done[0]} cancelled and returned, {done[1]} deleted. {kept} {where}"
    if not jobs and not messages:
        return "They had nothing in the queue and no pictures from the last hour."
    stopped = f"{format_count(jobs, 'job')} cancelled and returned"
    deleted = f"{format_count(messages, 'picture')} from the last hour deleted"
    if not jobs:
        return f"{deleted}. They had nothing in the queue."
    if not messages:
        return f"{stopped}. They had no pictures from the last hour."
    return f"{stopped}, {deleted}."


def unblocked_card(name: str, was: bool) -> MessageCard:
    """Confirm an unblock, or say that there was no block."""
    if not was:
        return MessageCard(f"{escape_text(name, NAME_MAX)} is not blocked. Nothing was changed.")
    return MessageCard(f"{escape_text(name, NAME_MAX)} can draw here again.")


def block_list_card(all_of_them: Iterable[MemberBlock]) -> MessageCard:
    """List blocked members, newest first."""
    rows = tuple(all_of_them)
    if not rows:
        return MessageCard("Nobody is blocked here.")
    lines = list_first(rows, BLOCKS_SHOWN, _format_row, "… and {} more.")
    return MessageCard("Blocked members", Embed(f"{len(rows)} blocked", "\n".join(lines)))


def _format_row(row: MemberBlock) -> str:
    end = "for good" if row.until is None else f"ends {format_timestamp(row.until)}"
    why = f" · {escape_text(row.reason, 80)}" if row.reason else ""
    return f"<@{row.user}>: {end}, blocked by <@{row.blocked_by}>{why}"
