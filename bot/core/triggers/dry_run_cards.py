"""Result of /triggers test, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.core.errors import Refused
from bot.core.text.escape import escape_text
from bot.core.triggers.cards import CONTENT_DISABLED, ENABLE_HINT, quote_phrase
from bot.core.triggers.match import IgnoreReason, MessageResult, NearMiss, PromptMessage
from bot.core.ui.card import Embed, MessageCard

_SIGN_NAMES: Final = {">": "a quotation", "`": "code", "||": "something hidden"}


@dataclass(frozen=True, slots=True)
class TriggerTrial:
    """Checks that a test sentence met. `left` is what remains after a yes, None for no limit."""

    sentence: str
    result: MessageResult
    near_miss: NearMiss
    phrases: int
    content_disabled: bool = False
    mentions: bool = True
    on_cooldown: bool = False
    refusal: Refused | None = None
    left: int | None = None
    silent_refusal: bool = False


def trial_card(met: TriggerTrial) -> MessageCard:
    """Show the outcome and each check. Nothing was drawn or charged."""
    sentence = f"\u201c{escape_text(met.sentence, 300)}\u201d"
    steps = [sentence, _describe_phrases(met), _describe_match(met)]
    if isinstance(met.result, PromptMessage):
        steps += [_describe_cooldown(met), _describe_admission(met)]
    panel = Embed("Step by step", "\n".join(steps), footer="Nothing was drawn or charged.")
    return MessageCard(_describe_outcome(met), panel)


def _describe_outcome(met: TriggerTrial) -> str:
    if met.result is IgnoreReason.BARE_MENTION:
        return "I would explain how to ask, in a short reply that disappears."
    if not isinstance(met.result, PromptMessage):
        return "No reply."
    if met.content_disabled and not met.result.mentioned:
        return "No reply: I can't read it."
    if met.on_cooldown:
        return "Only a ⏳: this comes too soon after your last one."
    if met.silent_refusal:
        return "No reply: drawing isn't allowed in this channel."
    if met.refusal is not None:
        return "I would refuse, in a short reply that disappears."
    return f"I would draw *{escape_text(met.result.prompt, 200)}*."


def _describe_cooldown(met: TriggerTrial) -> str:
    if met.on_cooldown:
        return _mark_failed("Within the cooldown: I would only add ⏳.")
    return _mark_passed("Not within the cooldown.")


def _describe_admission(met: TriggerTrial) -> str:
    if met.refusal is not None:
        return _mark_failed(f"The answer would be: {met.refusal.sentence}")
    left = "you have no limit here" if met.left is None else f"you'd have {met.left} left"
    return _mark_passed(f"Words, bounds and limits allow it; {left}.")


def _describe_phrases(met: TriggerTrial) -> str:
    if met.content_disabled:
        return _mark_failed(CONTENT_DISABLED)
    if not met.phrases:
        calls = " Only mentions of me draw." if met.mentions else ""
        return _mark_failed(f"No phrase works in this channel.{calls} {ENABLE_HINT}")
    count = "1 phrase works" if met.phrases == 1 else f"{met.phrases:,} phrases work"
    return _mark_passed(f"{count} in this channel.")


_IGNORED_TEXTS: Final[Mapping[IgnoreReason, str]] = {
    IgnoreReason.EMPTY_MESSAGE: "There are no words in it.",
    IgnoreReason.BARE_MENTION: "It mentions me and says nothing else.",
    IgnoreReason.NO_PROMPT: "It asks, but doesn't say what to draw.",
    IgnoreReason.ONLY_CODE: "It only asks for code or a quotation, and I ignore those.",
    IgnoreReason.ONLY_LINKS: "It only asks for a link, and I ignore links.",
}


def _describe_match(met: TriggerTrial) -> str:
    if isinstance(met.result, PromptMessage):
        phrase = met.result.phrase
        if met.result.mentioned and phrase is not None:
            how = f"It starts by mentioning me, then has {quote_phrase(phrase.text)}"
        elif phrase is not None:
            how = f"It has the phrase {quote_phrase(phrase.text)}"
        else:
            how = "It starts by mentioning me"
        return _mark_passed(f"{how}; the prompt is *{escape_text(met.result.prompt, 200)}*.")
    if met.near_miss.prefix:
        kind = _SIGN_NAMES.get(met.near_miss.prefix, "a quotation")
        return _mark_failed(f"It starts like {kind} (`{met.near_miss.prefix}`), and I ignore that.")
    if met.result in _IGNORED_TEXTS:
        return _mark_failed(_IGNORED_TEXTS[met.result])
    if met.near_miss.inner_phrase is not None:
        phrase = met.near_miss.inner_phrase
        edge = "the start" if not phrase.tail else "both ends" if phrase.head else "the end"
        return _mark_failed(
            f"It contains {quote_phrase(phrase.text)}, but a phrase only works at "
            f"{edge} of a message, as whole words."
        )
    if met.near_miss.has_inner_mention:
        return _mark_failed("It mentions me, but not at the start.")
    if met.near_miss.has_other_mention:
        return _mark_failed("It starts by mentioning someone else.")
    if not met.phrases:
        return _mark_failed("It doesn't start by mentioning me.")
    only = "the phrase that works" if met.phrases == 1 else "any of the phrases that work"
    return _mark_failed(f"It doesn't have {only} here.")


def _mark_passed(said: str) -> str:
    return f"\u2713 {said}"


def _mark_failed(said: str) -> str:
    return f"\u2717 {said}"
