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
    """Checks that a test sentence met.

    `phrases` counts those of this channel. `refusal` is the admission's no; `silent_no` would hide
    it. `left` is what remains after a yes (None for no limit).
    """

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
        return "This would get a short reply on how to ask, which goes away."
    if not isinstance(met.result, PromptMessage):
        return "This would stay silent."
    if met.content_disabled and not met.result.mentioned:
        return "This would stay silent: I can't read it."
    if met.on_cooldown:
        return "This would get \u23f3: it comes too soon after your last one."
    if met.silent_refusal:
        return "This would stay silent: drawing is elsewhere."
    if met.refusal is not None:
        return "This would be refused, with a short reply that goes away."
    return f"This would draw *{escape_text(met.result.prompt, 200)}*."


def _describe_cooldown(met: TriggerTrial) -> str:
    if met.on_cooldown:
        return _mark_failed("It comes too soon after your last one: I'd only put \u23f3 under it.")
    return _mark_passed("It doesn't come too soon after your last one.")


def _describe_admission(met: TriggerTrial) -> str:
    if met.refusal is not None:
        return _mark_failed(f"The answer would be: {met.refusal.sentence}")
    left = "you have no limit here" if met.left is None else f"you'd have {met.left} left"
    return _mark_passed(f"Words, bounds and limits allow it; {left}.")


def _describe_phrases(met: TriggerTrial) -> str:
    if met.content_disabled:
        return _mark_failed(CONTENT_DISABLED)
    if not met.phrases:
        calls = " Only a mention of me draws." if met.mentions else ""
        return _mark_failed(f"No phrase counts in this channel.{calls} {ENABLE_HINT}")
    count = "1 phrase counts" if met.phrases == 1 else f"{met.phrases:,} phrases count"
    return _mark_passed(f"{count} in this channel.")


_IGNORED_TEXTS: Final[Mapping[IgnoreReason, str]] = {
    IgnoreReason.EMPTY_MESSAGE: "There are no words in it.",
    IgnoreReason.BARE_MENTION: "It mentions me and says nothing else.",
    IgnoreReason.NO_PROMPT: "It asks, but says nothing to draw.",
    IgnoreReason.ONLY_CODE: "All that it asks for is code or a quotation, and that is left alone.",
    IgnoreReason.ONLY_LINKS: "All that it asks for is a link, and links are left alone.",
}


def _describe_match(met: TriggerTrial) -> str:
    if isinstance(met.result, PromptMessage):
        phrase = met.result.phrase
        if met.result.mentioned and phrase is not None:
            how = f"It begins by mentioning me, then has {quote_phrase(phrase.text)}"
        elif phrase is not None:
            how = f"It has the phrase {quote_phrase(phrase.text)}"
        else:
            how = "It begins by mentioning me"
        return _mark_passed(f"{how}; the prompt is *{escape_text(met.result.prompt, 200)}*.")
    if met.near_miss.prefix:
        kind = _SIGN_NAMES.get(met.near_miss.prefix, "a quotation")
        return _mark_failed(
            f"It begins as {kind} does (`{met.near_miss.prefix}`), and that is left alone."
        )
    if met.result in _IGNORED_TEXTS:
        return _mark_failed(_IGNORED_TEXTS[met.result])
    if met.near_miss.inner_phrase is not None:
        phrase = met.near_miss.inner_phrase
        edge = "the beginning" if not phrase.tail else "both ends" if phrase.head else "the end"
        return _mark_failed(
            f"It has {quote_phrase(phrase.text)} in it, but a phrase counts at {edge} of a "
            "message, "
            "as whole words."
        )
    if met.near_miss.has_inner_mention:
        return _mark_failed("It mentions me, but not at its beginning.")
    if met.near_miss.has_other_mention:
        return _mark_failed("It begins by mentioning somebody else.")
    if not met.phrases:
        return _mark_failed("It doesn't begin by mentioning me.")
    only = "the phrase that counts" if met.phrases == 1 else "any of the phrases that count"
    return _mark_failed(f"It doesn't have {only} here.")


def _mark_passed(said: str) -> str:
    return f"\u2713 {said}"


def _mark_failed(said: str) -> str:
    return f"\u2717 {said}"
