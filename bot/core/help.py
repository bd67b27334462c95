"""The card of /help."""

from __future__ import annotations

from bot.core.drawing import refusals as draw_refusals
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.quota import Balance, draws
from bot.core.limits.quota_cards import _left
from bot.core.policy import USUAL, Policy
from bot.core.text import format as fmt
from bot.core.text.escape import echo
from bot.core.triggers.phrase import SLOT
from bot.core.ui.card import Card, Panel, Tone


def help_card(
    balance: Balance,
    phrases: tuple[str, ...],
    channels: tuple[int, ...],
    *,
    policy: Policy = USUAL,
) -> Card:
    """How to draw here, what is left, and where. `channels` are where the phrases are heard."""
    lines = [
        "**Draw:** `/imagine prompt: a red fox in the snow`",
        "or begin a message by mentioning me.",
    ]
    if phrases and channels:
        around = any(SLOT in phrase for phrase in phrases[:5])
        shown = (phrase.replace(SLOT, "…") for phrase in phrases[:5])
        said = fmt.and_list(tuple(f"“{echo(phrase, 40)}”" for phrase in shown), "or")
        where = fmt.and_list(tuple(f"<#{channel}>" for channel in channels[:10]))
        lines.append(f"In {where}, {'write' if around else 'begin a message with'} {said}.")
    if policy.channels:
        lines.append(f"**Where:** in {draw_refusals.places(policy.channels)}, threads included.")
    if policy.private:
        lines.append("**Seen by you alone**, unless you say `private:False`.")
    lines += [
        "**Go on:** the buttons below a picture draw it anew, change it or delete it.",
        "**Look:** `/quota` what is left, `/queue` where you stand, `/cancel` stops yours.",
        "**Find again:** `/history` has what was drawn for you, privately.",
        "**From any message:** its menu, *Apps*: Remix, Show parameters, Imagine this text.",
        "**What I keep of you:** `/privacy export` shows it, `/privacy erase` takes it away.",
    ]
    if not policy.drawing:
        content = draw_refusals.OFF_FOR_NOW
    elif not draws(balance.limits):
        content = limit_refusals.quota_refusal(1, balance).sentence
    else:
        content = _left(balance)
    return Card(content, Panel("How to draw", "\n".join(lines), Tone.CALM))
