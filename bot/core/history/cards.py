"""What was drawn, for the one who had it drawn; and the words for pictures that went elsewhere.

The list is private. Each entry has a row of buttons of its own, in the order of the lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.jobs.job import Job
from bot.core.text import format as fmt
from bot.core.text.escape import echo
from bot.core.ui.card import Button, Card, Panel, Style, Tone

PAGE: Final = 4  # entries: a row of buttons each, and one row to turn the pages
PROMPT_SHOWN: Final = 120
MODEL_SHOWN: Final = 40
SEARCH_SHOWN: Final = 60
SMALLER: Final = "-# Shown smaller, to fit here; the original is in `/history`."


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished job. `link` is empty where nothing can be linked to; `note` says why."""

    job: Job
    at: datetime
    link: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A page of a list. `number` counts from 1; `draft` keeps the search, "" for everything."""

    number: int = 1
    draft: str = ""

    def __str__(self) -> str:
        return f"{self.number}.{self.draft}" if self.draft else str(self.number)

    @classmethod
    def read(cls, text: str) -> Spot:
        """What `str` made; page 1 of everything for what it cannot have made."""
        number, _, draft = text.partition(".")
        return cls(max(1, int(number)), draft) if number.isdigit() else cls()


def page(
    entries: tuple[Entry, ...], total: int, spot: Spot, search: str = "", lead: str = ""
) -> Card:
    """A page of somebody's pictures. `lead` is what just happened, said first."""
    lead = f"{lead} " if lead else ""
    if not entries:
        return Card(f"{lead}{_nothing(search)}")
    pages = -(-total // PAGE)
    first = (spot.number - 1) * PAGE
    lines = [_line(first + n, entry) for n, entry in enumerate(entries, 1)]
    having = f" with “{echo(search, SEARCH_SHOWN)}”" if search else ""
    count = f"{total:,} drawn for you here{having}, the newest first."
    buttons = tuple(b for n, e in enumerate(entries) for b in _row(first + n + 1, n, e.job, spot))
    turning = _turning(entries[0].job, pages, spot)
    title = f"Page {spot.number} of {pages}" if pages > 1 else "Your pictures"
    return Card(f"{lead}{count}", Panel(title, "\n".join(lines), Tone.CALM), (*buttons, *turning))


def _nothing(search: str) -> str:
    if search:
        said = echo(search, SEARCH_SHOWN)
        return f"Nothing of yours here has “{said}” in it. `/history` alone shows everything."
    return "You have no pictures here yet. Draw one with `/imagine`."


def _line(number: int, entry: Entry) -> str:
    job = entry.job
    facts = [fmt.when(entry.at), f"*{echo(job.order.prompt, PROMPT_SHOWN)}*"]
    facts.append(echo(job.order.model_title or job.order.model, MODEL_SHOWN))
    if job.ready > 1:
        facts.append(fmt.plural(job.ready, "picture"))
    if entry.link:
        facts.append(f"[open]({entry.link})")
    elif entry.note:
        facts.append(entry.note)
    return f"**{number}** · " + " · ".join(facts)


def _row(number: int, row: int, job: Job, spot: Spot) -> tuple[Button, ...]:
    here = f"history:{spot}"
    uses = f"Draw {number} again · uses {job.order.images}"
    return (
        Button("resend", f"Resend {number}", job.id, here, Style.PRIMARY, row=row),
        Button("reroll", uses, job.id, row=row),
        Button("delete", f"Delete {number}", job.id, here, Style.DANGER, row=row),
    )


def _turning(job: Job, pages: int, spot: Spot) -> tuple[Button, ...]:
    found = []
    for label, number in (("Newer", spot.number - 1), ("Older", spot.number + 1)):
        if 1 <= number <= pages:
            there = f"history:{Spot(number, spot.draft)}"
            found.append(Button("page", label, job.id, there, row=4))
    return tuple(found)


def link(guild: int, channel: int, message: int) -> str:
    """Where a message is, as a link that Discord's own programs open."""
    return f"https://discord.com/channels/{guild or '@me'}/{channel}/{message}"


def again(job: Job, *, smaller: bool = False) -> Card:
    """The words that come with pictures that are shown once more."""
    model = echo(job.order.model_title or job.order.model, MODEL_SHOWN)
    note = "\n-# Shown smaller: Discord takes no larger file from me here." if smaller else ""
    return Card(f"{echo(job.order.prompt, PROMPT_SHOWN)} · {model}{note}")


def smaller(card_content: str) -> str:
    """The line of a result, with a word on pictures that are smaller than they were drawn."""
    return f"{card_content}\n{SMALLER}" if card_content else SMALLER


def sent_directly(job: Job, *, pictures: bool) -> Card:
    """What is left of a status message whose last word went into a direct message."""
    if not pictures:
        return Card("I sent you what became of this one directly.")
    return Card(f"Your {_is_are(job)} ready. I sent {_it(job)} to you directly.")


def said_elsewhere(where: str) -> Card:
    """What is left of a status message whose last word, without pictures, came anew."""
    return Card(f"What became of this one is here: {where}")


def waits(job: Job) -> Card:
    """What is left of a status message whose pictures no place would take."""
    return Card(f"Your {_is_are(job)} ready, but I may not post here: `/history` has {_it(job)}.")


def reminder(jobs: tuple[Job, ...]) -> Card:
    """Said privately, once, to somebody whose pictures no place would take; one job at least."""
    number = sum(max(job.ready, 1) for job in jobs)
    subject = "A picture of yours is" if number == 1 else f"{number} pictures of yours are"
    it = "it" if number == 1 else "them"
    buttons = tuple(
        Button("resend", "Show me" if n == 1 else f"Show me {n}", job.id, f"history:{Spot()}")
        for n, job in enumerate(jobs[:PAGE], 1)
    )
    return Card(f"{subject} waiting in `/history`: I could not post {it}.", buttons=buttons)


def file_gone(job: Job) -> Card:
    """Neither we nor the server have the file any more."""
    return Card(
        f"The {_file(job)} gone: neither I nor the drawing computer {_have(job)} any more.",
        buttons=(Button("retry", f"Draw again · uses {job.order.images}", job.id),),
    )


def out_of_reach() -> Card:
    """The server has the file, but it does not answer."""
    return Card("The drawing computer is offline, and only it has this file. Try again later.")


def on_its_way() -> Card:
    """The same was asked for a moment ago."""
    return Card("That one is on its way to you already.")


def not_in_history() -> Card:
    """A button of an entry that was deleted, or that is another person's."""
    return Card("That one is not in your history any more. `/history` shows what is.")


def not_now() -> Card:
    """Discord did not take it, for now."""
    return Card("Discord did not take that just now. Try again in a minute.")


def too_large() -> Card:
    """Discord takes it in no size."""
    return Card("Discord won't take this file from me, however small I make it.")


def _is_are(job: Job) -> str:
    return "picture is" if max(job.ready, 1) == 1 else "pictures are"


def _it(job: Job) -> str:
    return "it" if max(job.ready, 1) == 1 else "them"


def _file(job: Job) -> str:
    return "file is" if max(job.ready, 1) == 1 else "files are"


def _have(job: Job) -> str:
    return f"has {_it(job)}"
