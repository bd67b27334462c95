"""What moderators read about trigger phrases: changes, the list, and what a sentence would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.core import words
from bot.core.card import Card, Panel, Tone
from bot.core.errors import Refused
from bot.core.phrases import LENGTH_MAX, SLOT, Phrase, greedy
from bot.core.prompt import echo
from bot.core.triggers import Heard, Heeded, Near, Silent

PAGE: Final = 20
_CHANNELS_SHOWN: Final = 10
_EXAMPLE: Final = "a red fox"
_SIGNS: Final = {">": "a quotation", "`": "code", "||": "something hidden"}

LISTEN: Final = "`/triggers enable` lets a channel listen."
DEAF: Final = (
    "Message Content is off for this bot: phrases sleep everywhere until the host switches it on; "
    "`/imagine` and mentions work."
)


def quoted(text: str) -> str:
    """A phrase as it is shown in a sentence."""
    return f"\u201c{echo(text, LENGTH_MAX + 8)}\u201d"


def channels(ids: tuple[int, ...]) -> str:
    """Channels in a sentence, the first few by name."""
    shown = tuple(f"<#{one}>" for one in ids[:_CHANNELS_SHOWN])
    if len(ids) > _CHANNELS_SHOWN:
        return f"{', '.join(shown)} and {len(ids) - _CHANNELS_SHOWN} more"
    return words.and_list(shown)


def refused(error: Refused) -> Card:
    """A phrase that cannot be one."""
    return Card(f"{error.sentence} Nothing was changed.")


# --- changes -------------------------------------------------------------------------------------


def added(
    phrase: Phrase,
    channel: int,
    listening: tuple[int, ...],
    *,
    began: tuple[str, ...],
    silenced: bool,
    deaf: bool,
) -> Card:
    """A phrase was added. `began` are the host's phrases with which a new
    list began."""
    if channel:
        where = f"in <#{channel}>"
    elif listening:
        where = f"in {channels(listening)}"
    else:
        where = "in every channel that listens"
    lines = [f"{quoted(phrase.text)} draws {where} from now on."]
    if silenced:
        lines.append(f"Phrases are switched off in <#{channel}>, though: {LISTEN}")
    elif not channel and not listening:
        lines.append(f"No channel listens yet: {LISTEN}")
    lines.append(f"For example: `{example(phrase)}`")
    if greedy(phrase):
        lines += ["", warning(phrase)]
    if began:
        also = words.and_list(tuple(map(quoted, began[:3])))
        more = f" and {len(began) - 3} more" if len(began) > 3 else ""
        lines += ["", f"This server has a list of its own now; {also}{more} stayed in it."]
    if deaf:
        lines += ["", DEAF]
    return Card("\n".join(lines))


def example(phrase: Phrase) -> str:
    """What somebody would write."""
    if SLOT in phrase.text:
        said = phrase.text.replace(SLOT, _EXAMPLE)
    else:
        said = f"{phrase.text} {_EXAMPLE}"
    return said.replace("`", "'")


def warning(phrase: Phrase) -> str:
    """What is wrong with one everyday word, and what is better."""
    if phrase.head:
        word = echo(phrase.head, LENGTH_MAX)
        return (
            f"Careful: that is one short word, so any message that begins with it draws, also "
            f"\u201c{word} \u2026\u201d in ordinary talk. `{word}:` is safer. "
            "`/triggers test` shows what a sentence would do."
        )
    word = echo(phrase.tail, LENGTH_MAX)
    return (
        f"Careful: that is one short word, so any message that ends with it draws, also "
        f"\u201c\u2026 {word}\u201d in ordinary talk. More words are safer. "
        "`/triggers test` shows what a sentence would do."
    )


def known(phrase: Phrase, channel: int) -> Card:
    """The same words are there already."""
    where = f" for <#{channel}>" if channel else ""
    return Card(f"{quoted(phrase.text)} is there already{where}. Nothing was changed.")


def removed(phrase: Phrase, channel: int, left: int) -> Card:
    """A phrase is gone."""
    where = f" in <#{channel}>" if channel else ""
    lines = [f"{quoted(phrase.text)} draws no longer{where}."]
    if not left:
        lines.append(
            "That was the last phrase: only mentions draw now. `/triggers add` makes a new one."
        )
    return Card("\n".join(lines))


def unknown(text: str) -> Card:
    """No such phrase to remove."""
    return Card(f"There is no phrase {quoted(text)} here. `/triggers list` shows them all.")


def which(phrase: Phrase, places: tuple[int, ...]) -> Card:
    """A phrase that stands in several places, of which none was named."""
    named = channels(tuple(place for place in places if place))
    return Card(
        f"{quoted(phrase.text)} is there for {named}: say which one with `channel`. "
        "Nothing was changed."
    )


def listens(
    channel: int, on: bool, changed: bool, phrases: int, *, elsewhere: tuple[int, ...], deaf: bool
) -> Card:
    """A channel was switched. `elsewhere` are where alone the server draws, if not there."""
    if not on:
        already = "" if changed else " already"
        return Card(f"Phrases are off in <#{channel}>{already}. A mention of me still draws there.")
    lines = [
        f"Phrases count in <#{channel}> and its threads from now on."
        if changed
        else f"Phrases count in <#{channel}> already."
    ]
    if not phrases:
        lines.append("There are none yet: `/triggers add` makes one.")
    if elsewhere:
        lines.append(
            f"But `/settings` lets people draw in {channels(elsewhere)} only, so they stay silent "
            "here until that is changed."
        )
    if deaf:
        lines.append(DEAF)
    return Card("\n".join(lines))


# --- the list ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listing:
    """A server's phrases, (text, channel; 0: all that listen), and where they count.

    `hosts` says that they are the host's, because the server has no list of its own.
    """

    phrases: tuple[tuple[str, int], ...]
    listening: tuple[int, ...]
    silenced: tuple[int, ...]
    hosts: bool
    mentions: bool
    deaf: bool


def listing(found: Listing, page: int) -> Card:
    """One page of the list; `page` counts from 1."""
    pages = max(1, -(-len(found.phrases) // PAGE))
    if not 1 <= page <= pages:
        return Card(f"There {'is' if pages == 1 else 'are'} {words.plural(pages, 'page')}.")
    head = [_where(found)]
    if found.silenced:
        head.append(f"Switched off: {channels(found.silenced)}.")
    if found.mentions:
        head.append("A message that begins by mentioning me draws everywhere.")
    if found.deaf:
        head.append(DEAF)
    if not found.phrases:
        head.insert(0, "No phrases here. `/triggers add phrase:draw me` makes one.")
        return Card("\n".join(head))
    first = (page - 1) * PAGE
    lines = [
        f"{number}. {quoted(text)}{f' in <#{channel}>' if channel else ''}"
        for number, (text, channel) in enumerate(found.phrases[first : first + PAGE], first + 1)
    ]
    notes = []
    if pages > 1:
        older = " More: the option page." if page < pages else ""
        notes.append(f"Page {page} of {pages}.{older}")
    if found.hosts:
        notes.append("These are the host's; your first change makes the list your own.")
    title = words.plural(len(found.phrases), "phrase")
    panel = Panel(title, "\n".join(lines), Tone.CALM, footer=" ".join(notes))
    return Card("\n".join(head), panel)


def _where(found: Listing) -> str:
    if found.listening:
        return f"Phrases count in {channels(found.listening)}, and in their threads."
    if any(channel for _, channel in found.phrases):
        return f"Phrases count where they name a channel. {LISTEN}"
    return f"No channel listens yet, so phrases are silent. {LISTEN}"


# --- what a sentence would do --------------------------------------------------------------------


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
