"""What moderators read about a sentence that was only tried: what it would do, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.core.errors import Refused
from bot.core.text.escape import echo
from bot.core.triggers.cards import DEAF, LISTEN, quoted
from bot.core.triggers.match import Heard, Heeded, Near, Silent
from bot.core.ui.card import Card, Panel, Tone

_SIGNS: Final = {">": "a quotation", "`": "code", "||": "something hidden"}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a sentence met on its way. `phrases` is how many count in this channel.

    `refusal` is the gate's no, of which nobody would hear with `silent_no`; `left` is what is left
    after a yes (None: no limit).
    """

    sentence: str
    heeded: Heeded
    near: Near
    phrases: int
    deaf: bool = False
    mentions: bool = True
    cooling: bool = False
    refusal: Refused | None = None
    left: int | None = None
    silent_no: bool = False


def trial(met: Trial) -> Card:
    """What would happen, and each step on the way to it. Nothing was drawn or charged."""
    steps = [f"\u201c{echo(met.sentence, 300)}\u201d", _ears(met), _reading(met)]
    if isinstance(met.heeded, Heard):
        steps += [_pace(met), _gate(met)]
    panel = Panel(
        "Step by step", "\n".join(steps), Tone.CALM, footer="Nothing was drawn or charged."
    )
    return Card(_verdict(met), panel)


def _verdict(met: Trial) -> str:
    if met.heeded is Silent.CALL:
        return "This would get a short reply on how to ask, which goes away."
    if not isinstance(met.heeded, Heard):
        return "This would stay silent."
    if met.deaf and not met.heeded.mentioned:
        return "This would stay silent: I can't read it."
    if met.cooling:
        return "This would get \u23f3: it comes too soon after your last one."
    if met.silent_no:
        return "This would stay silent: drawing is elsewhere."
    if met.refusal is not None:
        return "This would be refused, with a short reply that goes away."
    return f"This would draw *{echo(met.heeded.prompt, 200)}*."


def _pace(met: Trial) -> str:
    if met.cooling:
        return _no("It comes too soon after your last one: I'd only put \u23f3 under it.")
    return _yes("It doesn't come too soon after your last one.")


def _gate(met: Trial) -> str:
    if met.refusal is not None:
        return _no(f"The answer would be: {met.refusal.sentence}")
    left = "you have no limit here" if met.left is None else f"you'd have {met.left} left"
    return _yes(f"Words, bounds and limits allow it; {left}.")


def _ears(met: Trial) -> str:
    if met.deaf:
        return _no(DEAF)
    if not met.phrases:
        calls = " Only a mention of me draws." if met.mentions else ""
        return _no(f"No phrase counts in this channel.{calls} {LISTEN}")
    count = "1 phrase counts" if met.phrases == 1 else f"{met.phrases:,} phrases count"
    return _yes(f"{count} in this channel.")


_NOT_ASKED: Final[Mapping[Silent, str]] = {
    Silent.NOTHING: "There are no words in it.",
    Silent.CALL: "It mentions me and says nothing else.",
    Silent.EMPTY: "It asks, but says nothing to draw.",
    Silent.ONLY_CODE: "All that it asks for is code or a quotation, and that is left alone.",
    Silent.ONLY_LINKS: "All that it asks for is a link, and links are left alone.",
}


def _reading(met: Trial) -> str:
    if isinstance(met.heeded, Heard):
        phrase = met.heeded.phrase
        if met.heeded.mentioned and phrase is not None:
            how = f"It begins by mentioning me, then has {quoted(phrase.text)}"
        elif phrase is not None:
            how = f"It has the phrase {quoted(phrase.text)}"
        else:
            how = "It begins by mentioning me"
        return _yes(f"{how}; the prompt is *{echo(met.heeded.prompt, 200)}*.")
    if met.near.sign:
        kind = _SIGNS.get(met.near.sign, "a quotation")
        return _no(f"It begins as {kind} does (`{met.near.sign}`), and that is left alone.")
    if met.heeded in _NOT_ASKED:
        return _no(_NOT_ASKED[met.heeded])
    if met.near.inside is not None:
        phrase = met.near.inside
        edge = "the beginning" if not phrase.tail else "both ends" if phrase.head else "the end"
        return _no(
            f"It has {quoted(phrase.text)} in it, but a phrase counts at {edge} of a message, "
            "as whole words."
        )
    if met.near.mention_inside:
        return _no("It mentions me, but not at its beginning.")
    if met.near.other_mention:
        return _no("It begins by mentioning somebody else.")
    if not met.phrases:
        return _no("It doesn't begin by mentioning me.")
    only = "the phrase that counts" if met.phrases == 1 else "any of the phrases that count"
    return _no(f"It doesn't have {only} here.")


def _yes(said: str) -> str:
    return f"\u2713 {said}"


def _no(said: str) -> str:
    return f"\u2717 {said}"
