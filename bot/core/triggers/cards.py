"""Cards of the /triggers commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.errors import Refused
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text
from bot.core.triggers.phrase import PHRASE_LENGTH_MAX, PROMPT_SLOT, TriggerPhrase, is_greedy
from bot.core.ui.card import Embed, MessageCard

PAGE_SIZE: Final = 20
_EXAMPLE_PROMPT: Final = "a red fox"
ENABLE_HINT: Final = "Turn them on in a channel with `/triggers enable`."
CONTENT_DISABLED: Final = (
    "Message Content is off for this bot, so phrases don't work anywhere until the "
    "host turns it on. `/imagine` and mentions work."
)


USAGE_CARD: Final = MessageCard(
    "Tell me what to draw: mention me and add *a red fox*, or use `/imagine`. `/help` has the rest."
)


def quote_phrase(text: str) -> str:
    """Quote a phrase for a sentence."""
    return f"\u201c{escape_text(text, PHRASE_LENGTH_MAX + 8)}\u201d"


def invalid_phrase_card(error: Refused) -> MessageCard:
    """Refuse an invalid phrase."""
    return MessageCard(f"{error.sentence} Nothing was changed.")


# --- changes -------------------------------------------------------------------------------------


def added_card(
    phrase: TriggerPhrase,
    channel: int,
    listening: tuple[int, ...],
    *,
    began: tuple[str, ...],
    silenced: bool,
    deaf: bool,
) -> MessageCard:
    """Confirm a new phrase. `began` are the host's phrases that start a new list."""
    if channel:
        where = f"in <#{channel}>"
    elif listening:
        where = f"in {fmt.format_channels(listening)}"
    else:
        where = "in every channel where phrases are on"
    lines = [f"{quote_phrase(phrase.text)} now works {where}."]
    if silenced:
        lines.append(f"Phrases are off in <#{channel}>, though. {ENABLE_HINT}")
    elif not channel and not listening:
        lines.append(f"Phrases aren't on in any channel yet. {ENABLE_HINT}")
    lines.append(f"For example: `{format_example(phrase)}`")
    if is_greedy(phrase):
        lines += ["", describe_risk(phrase)]
    if began:
        also = fmt.join_list(tuple(map(quote_phrase, began[:3])))
        more = f" and {len(began) - 3} more" if len(began) > 3 else ""
        lines += ["", f"This server now has its own list, which keeps {also}{more}."]
    if deaf:
        lines += ["", CONTENT_DISABLED]
    return MessageCard("\n".join(lines))


def format_example(phrase: TriggerPhrase) -> str:
    """Return an example message with the phrase."""
    if PROMPT_SLOT in phrase.text:
        said = phrase.text.replace(PROMPT_SLOT, _EXAMPLE_PROMPT)
    else:
        said = f"{phrase.text} {_EXAMPLE_PROMPT}"
    return said.replace("`", "'")


def describe_risk(phrase: TriggerPhrase) -> str:
    """Warn about a single everyday word and suggest a better phrase."""
    if phrase.head:
        word = escape_text(phrase.head, PHRASE_LENGTH_MAX)
        return (
            "Careful: this is one short word, so any message that starts with it "
            f"draws, even “{word} …” in normal conversation. `{word}:` is safer. "
            "`/triggers test` shows what a sentence would do."
        )
    word = escape_text(phrase.tail, PHRASE_LENGTH_MAX)
    return (
        "Careful: this is one short word, so any message that ends with it draws, "
        f"even “… {word}” in normal conversation. More words are safer. `/triggers "
        "test` shows what a sentence would do."
    )


def duplicate_card(phrase: TriggerPhrase, channel: int) -> MessageCard:
    """Say that the phrase exists already."""
    where = f" for <#{channel}>" if channel else ""
    return MessageCard(f"{quote_phrase(phrase.text)} already exists{where}. Nothing was changed.")


def removed_card(phrase: TriggerPhrase, channel: int, left: int) -> MessageCard:
    """Confirm a removed phrase."""
    where = f" in <#{channel}>" if channel else ""
    lines = [f"{quote_phrase(phrase.text)} was removed{where}."]
    if not left:
        hint = "Add a new one with `/triggers add`."
        lines.append(f"That was the last phrase, so only mentions draw now. {hint}")
    return MessageCard("\n".join(lines))


def unknown_phrase_card(text: str) -> MessageCard:
    """No such phrase to remove."""
    known = "`/triggers list` shows them all."
    return MessageCard(f"There is no phrase {quote_phrase(text)} here. {known}")


def ambiguous_card(phrase: TriggerPhrase, places: tuple[int, ...]) -> MessageCard:
    """Say that the phrase exists in several places and ask which one is meant."""
    named = fmt.format_channels(tuple(place for place in places if place))
    exists = f"{quote_phrase(phrase.text)} exists for {named}"
    return MessageCard(f"{exists}. Choose one with `channel`. Nothing was changed.")


def channel_switched_card(
    channel: int,
    on: bool,
    changed: bool,
    phrases: int,
    *,
    thread: bool,
    elsewhere: tuple[int, ...],
    deaf: bool,
) -> MessageCard:
    """Confirm that phrases were turned on or off in a channel or `thread`.

    `elsewhere` are the only channels where drawing is allowed.
    """
    if not on:
        already = "" if changed else " already"
        still = "Mentions still work wherever drawing is allowed."
        return MessageCard(f"Phrases are{already} off in <#{channel}>. {still}")
    lines = [
        f"Phrases now work in <#{channel}>{'' if thread else ' and its threads'}."
        if changed
        else f"Phrases already work in <#{channel}>."
    ]
    if not phrases:
        lines.append("There are none yet. Add one with `/triggers add`.")
    if elsewhere:
        lines.append(
            f"But `/settings` only allows drawing in {fmt.format_channels(elsewhere)}, so "
            "they stay silent here until that is changed."
        )
    if deaf:
        lines.append(CONTENT_DISABLED)
    return MessageCard("\n".join(lines))


# --- the list ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhraseList:
    """Phrases as (text, channel, or 0 for all), the host's if `from_host`, and channels."""

    phrases: tuple[tuple[str, int], ...]
    enabled_channels: tuple[int, ...]
    disabled_channels: tuple[int, ...]
    from_host: bool
    mentions: bool
    content_disabled: bool


def list_card(found: PhraseList, page: int) -> MessageCard:
    """Show one page of the list. `page` starts at 1."""
    pages = max(1, -(-len(found.phrases) // PAGE_SIZE))
    if not 1 <= page <= pages:
        are = "is" if pages == 1 else "are"
        return MessageCard(f"There {are} only {fmt.format_count(pages, 'page')}.")
    head = [_describe_channels(found)]
    if found.disabled_channels:
        head.append(f"Turned off in {fmt.format_channels(found.disabled_channels)}.")
    if found.mentions:
        head.append("A message that starts by mentioning me draws wherever drawing is allowed.")
    if found.content_disabled:
        head.append(CONTENT_DISABLED)
    if not found.phrases:
        head.insert(0, "There are no phrases here. Add one with `/triggers add phrase:draw me`.")
        return MessageCard("\n".join(head))
    first = (page - 1) * PAGE_SIZE
    lines = [
        f"{number}. {quote_phrase(text)}{f' in <#{channel}>' if channel else ''}"
        for number, (text, channel) in enumerate(
            found.phrases[first : first + PAGE_SIZE], first + 1
        )
    ]
    notes = []
    if pages > 1:
        older = " For more, use the page option." if page < pages else ""
        notes.append(f"Page {page} of {pages}.{older}")
    if found.from_host:
        notes.append("These come from the host. Your first change gives this server its own list.")
    title = fmt.format_count(len(found.phrases), "phrase")
    panel = Embed(title, "\n".join(lines), footer=" ".join(notes))
    return MessageCard("\n".join(head), panel)


def _describe_channels(found: PhraseList) -> str:
    if found.enabled_channels:
        whose = "its" if len(found.enabled_channels) == 1 else "their"
        return f"Phrases work in {fmt.format_channels(found.enabled_channels)} and {whose} threads."
    if any(channel for _, channel in found.phrases):
        return f"Only phrases with a channel work so far. {ENABLE_HINT}"
    return f"Phrases aren't on in any channel yet. {ENABLE_HINT}"
