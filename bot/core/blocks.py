"""Texts about blocked members, for moderators and for the members themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.core.errors import Refused
from bot.core.text.escape import escape_text
from bot.core.text.format import format_count, format_timestamp
from bot.core.ui.card import CardTone, Embed, MessageCard

NAME_MAX: Final = 80
BLOCKS_SHOWN: Final = 25
BLOCKED_RULE: Final = "blocked"
"""The rule of that refusal: its reason is not said before everybody."""


class BlockInfo(Protocol):
    """A block as far as words go. `until` None is for good."""

    @property
    def user(self) -> int: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def blocked_by(self) -> int: ...


def blocked_refusal(block: BlockInfo, prompt: str) -> Refused:
    """Refuse a blocked member with the end of the block and its reason.

    The reason has its own line; only the member sees it.
    """
    return Refused(BLOCKED_RULE, _format_block(block, "Nothing was charged. "), prompt=prompt)


def describe_block(block: BlockInfo) -> str:
    """Describe a block in /quota."""
    return _format_block(block, "")


def _format_block(block: BlockInfo, charged: str) -> str:
    end = "" if block.until is None else f"; the block ends {format_timestamp(block.until)}"
    why = f"\nReason: {escape_text(block.reason, 200)}." if block.reason else ""
    return f"You're blocked from drawing here{end}. {charged}A moderator can lift this.{why}"


def self_block_card() -> MessageCard:
    """Refuse a moderator's block of themselves."""
    return MessageCard("You can't block yourself. Nothing was changed.")


def bot_target_card() -> MessageCard:
    """Refuse a limit or block for a bot, which never asks for pictures."""
    return MessageCard("That's a bot, and bots don't draw here. Nothing was changed.")


def blocked_card(name: str, until: datetime | None, cleared: tuple[int, int] | None) -> MessageCard:
    """Confirm a block and what was cleared, as (jobs cancelled, messages deleted)."""
    end = " for good" if until is None else f"; the block ends {format_timestamp(until)}"
    lines = [
        (f"{escape_text(name, NAME_MAX)} is blocked from drawing here{end}. Undo: `/unblock`.")
    ]
    if cleared is None:
        lines.append(
            "Their queued pictures will still finish. To stop those too, use `clear:True`."
        )
    else:
        lines.append(_describe_cleared(*cleared))
    return MessageCard("\n".join(lines))


def _describe_cleared(jobs: int, messages: int) -> str:
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


def block_list_card(all_of_them: Iterable[BlockInfo]) -> MessageCard:
    """List blocked members, newest first."""
    rows = tuple(all_of_them)
    if not rows:
        return MessageCard("Nobody is blocked here.")
    lines = []
    for row in rows[:BLOCKS_SHOWN]:
        end = "for good" if row.until is None else f"ends {format_timestamp(row.until)}"
        why = f" · {escape_text(row.reason, 80)}" if row.reason else ""
        lines.append(f"<@{row.user}>: {end}, blocked by <@{row.blocked_by}>{why}")
    if len(rows) > BLOCKS_SHOWN:
        lines.append(f"… and {len(rows) - BLOCKS_SHOWN} more.")
    title = f"{len(rows)} blocked"
    return MessageCard("Blocked members", Embed(title, "\n".join(lines), CardTone.CALM))


@dataclass(frozen=True, slots=True)
class MemberBlock:
    """Block of a member. `until` None is permanent. `by` is a user id."""

    user: int
    until: datetime | None
    reason: str
    blocked_by: int
