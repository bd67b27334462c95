"""What moderators read about trigger phrases: what was changed, and the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.errors import Refused
from bot.core.text import format as fmt
from bot.core.text.escape import echo
from bot.core.triggers.phrase import LENGTH_MAX, SLOT, Phrase, greedy
from bot.core.ui.card import Card, Panel, Tone

PAGE: Final = 20
_CHANNELS_SHOWN: Final = 10
_EXAMPLE: Final = "a red fox"
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
    return fmt.and_list(shown)


def how_to_ask() -> Card:
    """Somebody mentioned the bot and said nothing else."""
    return Card("Write what to draw after my name, or use `/imagine`. `/help` tells the rest.")


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
        also = fmt.and_list(tuple(map(quoted, began[:3])))
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
    channel: int,
    on: bool,
    changed: bool,
    phrases: int,
    *,
    thread: bool,
    elsewhere: tuple[int, ...],
    deaf: bool,
) -> Card:
    """A channel (or a `thread` alone) was switched.

    `elsewhere` are the channels where alone people may draw, if this is none of them.
    """
    if not on:
        already = "" if changed else " already"
        return Card(f"Phrases are off in <#{channel}>{already}. A mention of me still draws there.")
    lines = [
        f"Phrases count in <#{channel}>{'' if thread else ' and its threads'} from now on."
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
        return Card(f"There {'is' if pages == 1 else 'are'} {fmt.plural(pages, 'page')}.")
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
    title = fmt.plural(len(found.phrases), "phrase")
    panel = Panel(title, "\n".join(lines), Tone.CALM, footer=" ".join(notes))
    return Card("\n".join(head), panel)


def _where(found: Listing) -> str:
    if found.listening:
        whose = "its" if len(found.listening) == 1 else "their"
        return f"Phrases count in {channels(found.listening)} and {whose} threads."
    if any(channel for _, channel in found.phrases):
        return f"Phrases count where they name a channel. {LISTEN}"
    return f"No channel listens yet, so phrases are silent. {LISTEN}"
