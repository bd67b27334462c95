"""Texts of /history, and of pictures that were delivered elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.core.history.model import DeliveryPlace
from bot.core.jobs.cards import pictures_are
from bot.core.jobs.job import Job
from bot.core.jobs.model import FittedFile, SpooledFile
from bot.core.text import format as fmt
from bot.core.text.escape import count_units, escape_text
from bot.core.ui.card import CONTENT_MAX, ButtonStyle, CardButton, Embed, MessageCard

PAGE_SIZE: Final = 4  # entries: a row of buttons each, and one row to turn the pages
PROMPT_SHOWN: Final = 120
MODEL_SHOWN: Final = 40
SEARCH_SHOWN: Final = 60
ORIGINAL_NOTE: Final = " The original is in `/history`."
ORIGINAL_MAX: Final = 64 * 1024 * 1024  # bytes of a file that /history sends in parts


BACKEND_OFFLINE_CARD: Final = MessageCard(
    "The image server is offline, and only it has this file. Try again later."
)
FOREIGN_FILE_CARD: Final = MessageCard(
    "This file is in a folder of the image server that I may not open, because my account there "
    "has changed since. Ask the host of this bot for it."
)
LOGIN_LOST_CARD: Final = MessageCard(
    "Only the image server has this file, and my login there no longer works. Ask the host of this "
    "bot to renew it."
)
FILE_REFUSED_CARD: Final = MessageCard(
    "Only the image server has this file, and it doesn't hand the file out. Its host has to fix "
    "this."
)
ALREADY_SENDING_CARD: Final = MessageCard("I'm already sending you that one.")
REMOVED_CARD: Final = MessageCard("A moderator deleted this picture, so I can't send it again.")
UNKNOWN_ENTRY_CARD: Final = MessageCard(
    "That picture is no longer in your history. Use `/history` to see what is."
)
ALREADY_DELETED_NOTE: Final = "It's already been deleted."
NOT_DELETED_NOTE: Final = "I couldn't delete its message, so it stays in your history."
SEARCH_EXPIRED_NOTE: Final = "That search has expired, so here is everything."
PLACE_NOTES: Final = {
    DeliveryPlace.UNCOLLECTED: "**waiting here**",
    DeliveryPlace.DELETED: "message deleted",
    DeliveryPlace.REMOVED: "deleted by a moderator",
    DeliveryPlace.PRIVATE: "visible only to you",
}
TRY_LATER_CARD: Final = MessageCard("Discord didn't accept that. Try again in a minute.")
TOO_LARGE_CARD: Final = MessageCard("This file is too large for Discord, even when I shrink it.")


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """Finished job. `link` is empty if there is none, and `note` says why."""

    job: Job
    at: datetime
    link: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class HistoryPageRef:
    """Page of a list. `number` starts at 1. `draft` keeps the search, "" for all."""

    number: int = 1
    draft: str = ""

    def __str__(self) -> str:
        return f"{self.number}.{self.draft}" if self.draft else str(self.number)

    @classmethod
    def from_text(cls, text: str) -> HistoryPageRef:
        """Parse the text of `str`, or return page 1 of everything."""
        number, _, draft = text.partition(".")
        return cls(max(1, int(number)), draft) if number.isdigit() else cls()


def page_card(
    entries: tuple[HistoryRow, ...],
    total: int,
    spot: HistoryPageRef,
    search: str = "",
    lead: str = "",
) -> MessageCard:
    """Show a page of a member's pictures. `lead` is what just happened."""
    lead = f"{lead} " if lead else ""
    if not entries:
        return MessageCard(f"{lead}{_describe_empty(search)}")
    pages = -(-total // PAGE_SIZE)
    first = (spot.number - 1) * PAGE_SIZE
    lines = [_format_entry(first + n, entry) for n, entry in enumerate(entries, 1)]
    having = f" with “{escape_text(search, SEARCH_SHOWN)}”" if search else ""
    count = f"Your {fmt.format_count(total, 'picture')} here{having}, newest first."
    jobs = enumerate(entry.job for entry in entries)
    buttons = tuple(b for n, job in jobs for b in _entry_buttons(first + n + 1, n, job, spot))
    turning = _page_buttons(entries[0].job, pages, spot)
    title = f"Page {spot.number} of {pages}" if pages > 1 else "Your pictures"
    return MessageCard(f"{lead}{count}", Embed(title, "\n".join(lines)), (*buttons, *turning))


def _describe_empty(search: str) -> str:
    if search:
        said = escape_text(search, SEARCH_SHOWN)
        hint = "Use `/history` without a search to see them all."
        return f"None of your pictures here match “{said}”. {hint}"
    return "You have no pictures here yet. Draw one with `/imagine`."


def _format_entry(number: int, entry: HistoryRow) -> str:
    job = entry.job
    facts = [fmt.format_timestamp(entry.at), f"*{escape_text(job.order.prompt, PROMPT_SHOWN)}*"]
    facts.append(escape_text(job.order.model_title or job.order.model, MODEL_SHOWN))
    if job.ready > 1:
        facts.append(fmt.format_count(job.ready, "picture"))
    if entry.link:
        facts.append(f"[open]({entry.link})")
    elif entry.note:
        facts.append(entry.note)
    return f"**{number}** · " + " · ".join(facts)


def _entry_buttons(number: int, row: int, job: Job, spot: HistoryPageRef) -> tuple[CardButton, ...]:
    here = f"history:{spot}"
    uses = f"Draw {number} again · uses {job.order.images}"
    return (
        CardButton("resend", f"Resend {number}", job.id, here, ButtonStyle.PRIMARY, row=row),
        CardButton("reroll", uses, job.id, row=row),
        CardButton("delete", f"Delete {number}", job.id, here, ButtonStyle.DANGER, row=row),
    )


def _page_buttons(job: Job, pages: int, spot: HistoryPageRef) -> tuple[CardButton, ...]:
    found = []
    for label, number in (("Newer", spot.number - 1), ("Older", spot.number + 1)):
        if 1 <= number <= pages:
            there = f"history:{HistoryPageRef(number, spot.draft)}"
            found.append(CardButton("page", label, job.id, there, row=4))
    return tuple(found)


def message_link(guild: int, channel: int, message: int) -> str:
    """Return the link to a message."""
    return f"https://discord.com/channels/{guild or '@me'}/{channel}/{message}"


def resend_card(job: Job, files: tuple[FittedFile, ...]) -> MessageCard:
    """Show pictures once more."""
    model = escape_text(job.order.model_title or job.order.model, MODEL_SHOWN)
    change = _describe_change(files)
    note = f"\n-# {change}, because Discord limits the size of my files here." if change else ""
    return MessageCard(f"{escape_text(job.order.prompt, PROMPT_SHOWN)} · {model}{note}")


def add_smaller_note(
    card_content: str, files: tuple[FittedFile, ...], originals: tuple[SpooledFile, ...]
) -> str:
    """Add a note about pictures that were shrunk to a result's line.

    It only promises an original that `/history` can send.
    """
    change = _describe_change(files)
    if not change:
        return card_content
    is_there = all(file.size <= ORIGINAL_MAX for file in originals)
    note = f"-# {change} to fit here.{ORIGINAL_NOTE if is_there else ''}"
    return f"{card_content}\n{note}" if card_content else note


def _describe_change(files: tuple[FittedFile, ...]) -> str:
    """Return what a size limit did to some of these files, or ""."""
    if not any(file.is_copy for file in files):
        return ""
    return "Shown smaller" + (
        " and without its motion" if any(file.lost_motion for file in files) else ""
    )


def parts_card(name: str, first: int, last: int, total: int) -> MessageCard:
    """Give parts of a file that is too large for one message, with the way to join them."""
    which = f"part {first}" if first == last else f"parts {first} to {last}"
    return MessageCard(
        f"The original of `{name}`, {which} of {total}. Save all parts in one folder and open the "
        f"first one with 7-Zip, or join them: `cat {name}.* > {name}`."
    )


def sent_directly_card(job: Job, *, pictures: bool) -> MessageCard:
    """Replace a status message whose result went to a direct message."""
    if not pictures:
        return MessageCard("I sent you the result as a direct message.")
    it = "it" if job.ready <= 1 else "them"
    return MessageCard(f"Your {pictures_are(job)} ready. I sent {it} to you as a direct message.")


def result_elsewhere_card(where: str) -> MessageCard:
    """Replace a status message whose final text was posted separately."""
    return MessageCard(f"Here's the result: {where}")


def undelivered_card(job: Job) -> MessageCard:
    """Replace a status message whose pictures could not be posted anywhere."""
    find = f"Find {'it' if job.ready <= 1 else 'them'} in `/history`."
    return MessageCard(f"Your {pictures_are(job)} ready, but I can't post here. {find}")


def refused_card(job: Job) -> MessageCard:
    """Say that Discord finds something wrong with a message of pictures."""
    find = f"Find {'it' if job.ready <= 1 else 'them'} in `/history`."
    return MessageCard(f"Your {pictures_are(job)} ready, but Discord didn't accept it here. {find}")


def reminder_card(jobs: tuple[Job, ...]) -> MessageCard:
    """Tell a member once, privately, about pictures that could not be posted."""
    number = sum(max(job.ready, 1) for job in jobs)
    subject = "One of your pictures is" if number == 1 else f"{number} of your pictures are"
    it = "it" if number == 1 else "them"
    target = f"history:{HistoryPageRef()}"
    buttons = tuple(
        CardButton("resend", "Show me" if n == 1 else f"Show me {n}", job.id, target)
        for n, job in enumerate(jobs[:PAGE_SIZE], 1)
    )
    return MessageCard(
        f"{subject} waiting in `/history` because I couldn't post {it}.", buttons=buttons
    )


def file_gone_card(job: Job) -> MessageCard:
    """Neither we nor the server have the file any more."""
    files = "This file no longer exists." if job.ready <= 1 else "These files no longer exist."
    again = CardButton("retry", f"Draw again · uses {job.order.images}", job.id)
    return MessageCard(files, buttons=(again,))


def name_requester(card: MessageCard, job: Job) -> MessageCard:
    """Say whose a message is that answers no command and no message. Nobody is notified."""
    content = f"-# For <@{job.requester}>\n{card.content}"
    return card if count_units(content) > CONTENT_MAX else replace(card, content=content)
