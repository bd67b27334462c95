"""The card of /help."""

from __future__ import annotations

from bot.core.drawing import refusals as draw_refusals
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.quota import Balance, can_draw
from bot.core.limits.quota_cards import format_left
from bot.core.policy import DEFAULT_SETTINGS, GuildSettings
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text
from bot.core.triggers.phrase import PROMPT_SLOT
from bot.core.ui.card import Embed, MessageCard


def help_card(
    balance: Balance,
    phrases: tuple[str, ...],
    channels: tuple[int, ...],
    *,
    policy: GuildSettings = DEFAULT_SETTINGS,
) -> MessageCard:
    """Show how to draw, what is left and where. `channels` listen to the phrases."""
    lines = ["**Draw:** `/imagine prompt: a red fox in the snow`"]
    lines.append("or start a message by mentioning me.")
    if phrases and channels:
        around = any(PROMPT_SLOT in phrase for phrase in phrases[:5])
        shown = (phrase.replace(PROMPT_SLOT, "…") for phrase in phrases[:5])
        said = fmt.join_list(tuple(f"“{escape_text(phrase, 40)}”" for phrase in shown), "or")
        where = fmt.join_list(tuple(f"<#{channel}>" for channel in channels[:10]))
        lines.append(f"In {where}, {'write' if around else 'start a message with'} {said}.")
    if policy.channels:
        where = draw_refusals.format_channels(policy.channels)
        lines.append(f"**Where:** in {where}, threads included.")
    if policy.private and policy.private_allowed:
        lines.append("**Private:** only you see your pictures, unless you use `private:False`.")
    elif not policy.private_allowed:
        lines.append("**Private:** this server doesn't allow private pictures.")
    lines += [
        "**Next:** use the buttons under a picture to redraw, vary, upscale, edit or delete it.",
        (
            "**Check:** `/quota` how many you have left · `/queue` your place in line · "
            "`/cancel` cancel yours"
        ),
        "**Look back:** `/history` your past pictures (only you can see it)",
        (
            "**From any message:** right-click (or hold) it → *Apps* → *Remix*, *Show "
            "parameters* or *Imagine this text*"
        ),
        "**Your data:** `/privacy export`, `/privacy erase`",
    ]
    if not policy.drawing:
        content = draw_refusals.SWITCHED_OFF_SENTENCE
    elif not can_draw(balance.limits):
        content = limit_refusals.quota_refusal(1, balance).sentence
    else:
        content = format_left(balance)
    return MessageCard(content, Embed("How to draw", "\n".join(lines)))
