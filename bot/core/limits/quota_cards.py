"""Cards of /quota."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.core.limits import describe as say
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.model import ImageGrant
from bot.core.limits.quota import Balance, can_draw
from bot.core.text import format as fmt
from bot.core.ui.card import Embed, MessageCard

GRANTS_SHOWN: Final = 5  # lines


def quota_details_card(
    balance: Balance, grants: tuple[ImageGrant, ...], drawers: tuple[int, ...]
) -> MessageCard:
    """Show the use, the reset, sources and grants, or which roles may draw (`drawers`)."""
    if not can_draw(balance.limits):
        roles = fmt.format_roles(drawers)
        return MessageCard(limit_refusals.quota_refusal(1, balance, roles=roles).sentence)
    card = quota_card(balance)
    assert card.embed is not None
    lines = [card.embed.body, _describe_sources(balance)]
    if not balance.exempt:
        lines += fmt.list_first(grants, GRANTS_SHOWN, _format_grant, "and {:,} more grants")
    return replace(card, embed=replace(card.embed, body="\n".join(lines)))


def _format_grant(grant: ImageGrant) -> str:
    ends = fmt.format_timestamp(grant.until)
    return f"{grant.pictures:,} extra a day from a grant, which ends {ends}."


def _describe_sources(balance: Balance) -> str:
    limits = balance.limits
    if balance.exempt:
        return f"You're exempt from all limits ({_describe_source(balance.day_source)})."
    day = None if limits.day is None else limits.day - balance.granted_day
    told = [f"{say.format_count('day', day)} {_describe_source(balance.day_source)}"]
    if limits.month is not None:
        month = limits.month - balance.granted_month
        told.append(f"{say.format_count('month', month)} {_describe_source(balance.month_source)}")
    joined = fmt.join_list(tuple(told))
    return f"{joined[0].upper()}{joined[1:]}."


def _describe_source(source: str) -> str:
    return "set just for you" if source == "member" else say.describe_source(source, {})


def quota_card(balance: Balance) -> MessageCard:
    """Show the use, what is left and the reset."""
    limits = balance.limits
    if not can_draw(limits):
        return MessageCard(limit_refusals.quota_refusal(1, balance).sentence)
    lines = []
    if limits.day is not None:
        lines.append(_format_window("Today", balance.day_used, limits.day))
        lines.append(f"Resets {fmt.format_timestamp(balance.window.day_ends)}.")
    else:
        lines.append(f"Today: {balance.day_used} used, no limit.")
    if limits.month is not None:
        lines.append(_format_window("This month", balance.month_used, limits.month))
        lines.append(f"Resets {fmt.format_timestamp(balance.window.month_ends)}.")
    if balance.waiting or balance.running:
        under_way = f"{balance.running} in progress, {balance.waiting} waiting"
        lines.append(f"{under_way}. Both count as used.")
    return MessageCard(format_left(balance), Embed("Your pictures", "\n".join(lines)))


def format_left(balance: Balance) -> str:
    """Describe what is left today or this month."""
    if balance.pictures_left is None:
        return "You have no limit here."
    monthly = balance.day_left is None or balance.pictures_left < balance.day_left
    return f"{balance.pictures_left} left {'this month' if monthly else 'today'}."


def _format_window(name: str, used: int, limit: int) -> str:
    percent = min(100, used * 100 // limit)
    return f"{name}: {used} of {limit} used\n{fmt.format_bar(percent)}"
