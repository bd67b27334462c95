"""Reporting a picture: what the reporter reads, and what the moderators get."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from bot.core.jobs.job import Job
from bot.core.text.escape import echo
from bot.core.ui.card import Button, Card, Panel, Style, Tone

SPANS: Final = ((1, "1 hour"), (24, "1 day"), (24 * 7, "1 week"), (0, "For good"))
REASON: Final = "a reported picture"


def thanks() -> Card:
    """It went to the moderators."""
    return Card("Thank you. The moderators have it now; nobody else sees who reported it.")


def again() -> Card:
    """The same person, the same picture."""
    return Card("You have reported this one already. The moderators have it.")


def too_many() -> Card:
    """More in an hour than anybody looks through."""
    return Card("That is a lot of reports for an hour. If it is urgent, write to a moderator.")


def yours() -> Card:
    """One's own picture."""
    return Card("This one is yours: *Delete* takes it away.")


def not_mine() -> Card:
    """A message that is no picture of ours, from the menu of all messages."""
    return Card("I pass on only what I drew. For anything else, write to a moderator.")


def nobody_listens() -> Card:
    """The server has no log channel."""
    return Card(
        "I can't pass this on: the moderators have not told me where they want to hear of it. "
        "Please write to one of them. They can choose a log channel in `/settings`."
    )


def not_heard() -> Card:
    """The log channel could not be written; the record has it."""
    return Card(
        "It stands in the moderators' record, but I could not write into their channel. "
        "If it is urgent, write to one of them."
    )


def for_moderators(job: Job, reporter: int, link: str, people: int) -> Card:
    """The message in the log channel; it notifies nobody and repeats no prompt."""
    lines = [f"[The picture]({link})", f"Drawn by <@{job.requester}>", f"Reported by <@{reporter}>"]
    if people > 1:
        lines.append(f"{people} people have reported it by now")
    return Card(
        "A picture was reported.",
        Panel("Reported", "\n".join(lines), Tone.BAD),
        (
            Button("remove", "Delete picture", job.id, style=Style.DANGER),
            Button("block", "Block …", job.id),
        ),
    )


def moderators_only() -> Card:
    """A button of the log channel, pressed by somebody else."""
    return Card("These buttons are for those who moderate here (*Manage Messages*).")


def removed(messages: int) -> Card:
    """The reported picture is away."""
    return Card("Deleted." if messages else "It is gone already.")


def not_removed() -> Card:
    """Discord did not let us."""
    return Card("I couldn't delete it. You can, with *Manage Messages*: the link leads to it.")


def unknown() -> Card:
    """What was kept of the picture was erased, or is too old; the message may still be there."""
    return Card(
        "I no longer know this one. If the picture is still there, the link leads to it, and "
        "*Delete* under it works; `/block` stops whoever drew it."
    )


def how_long(job: Job) -> Card:
    """Which span a block shall have."""
    name = echo(job.requester_name, 80)
    return Card(
        f"Keep {name} from drawing here: for how long? "
        "`/block` can also clear what they have in line and their last hour.",
        buttons=tuple(
            Button("block", label, job.id, str(hours), Style.DANGER) for hours, label in SPANS
        ),
    )


class Reported(Enum):
    """What became of a report."""

    NOTED = "noted"
    AGAIN = "again"  # this person has reported this picture before
    TOO_MANY = "too many"  # of this person, in the last hour


@dataclass(frozen=True, slots=True)
class Report:
    """A report as the books took it; `people` have reported that picture by now."""

    what: Reported
    people: int = 0
