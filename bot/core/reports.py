"""Cards about reported pictures, for reporters and moderators."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from bot.core.jobs.job import Job
from bot.core.text.escape import escape_text
from bot.core.ui.card import ButtonStyle, CardButton, CardTone, Embed, MessageCard

BLOCK_SPANS: Final = ((1, "1 hour"), (24, "1 day"), (24 * 7, "1 week"), (0, "For good"))
BLOCK_REASON: Final = "a reported picture"


def thanks_card() -> MessageCard:
    """Thank the reporter."""
    return MessageCard("Thank you. The moderators have it now; nobody else sees who reported it.")


def already_reported_card() -> MessageCard:
    """Answer a second report of the same picture."""
    return MessageCard("You have reported this one already. The moderators have it.")


def too_many_card() -> MessageCard:
    """More in an hour than anybody looks through."""
    return MessageCard(
        "That is a lot of reports for an hour. If it is urgent, write to a moderator."
    )


def own_picture_card() -> MessageCard:
    """One's own picture."""
    return MessageCard("This one is yours: *Delete* takes it away.")


def foreign_message_card() -> MessageCard:
    """Refuse a report of a message that is not one of the bot's pictures."""
    return MessageCard("I pass on only what I drew. For anything else, write to a moderator.")


def no_log_channel_card() -> MessageCard:
    """Say that the guild has no log channel."""
    return MessageCard(
        "I can't pass this on: the moderators have not told me where they want to hear of it. "
        "Please write to one of them. They can choose a log channel in `/settings`."
    )


def log_failed_card() -> MessageCard:
    """Say that the log channel could not be written. The report is stored."""
    return MessageCard(
        "It stands in the moderators' record, but I could not write into their channel. "
        "If it is urgent, write to one of them."
    )


def moderator_card(job: Job, reporter: int, link: str, people: int) -> MessageCard:
    """Build the log channel message. It pings nobody and repeats no prompt."""
    lines = [f"[The picture]({link})", f"Drawn by <@{job.requester}>", f"Reported by <@{reporter}>"]
    if people > 1:
        lines.append(f"{people} people have reported it by now")
    return MessageCard(
        "A picture was reported.",
        Embed("Reported", "\n".join(lines), CardTone.BAD),
        (
            CardButton("remove", "Delete picture", job.id, style=ButtonStyle.DANGER),
            CardButton("block", "Block …", job.id),
        ),
    )


def moderators_only_card() -> MessageCard:
    """Refuse a moderators' button to others."""
    return MessageCard("These buttons are for those who moderate here (*Manage Messages*).")


def picture_deleted_card(messages: int) -> MessageCard:
    """Confirm the deletion of a reported picture."""
    return MessageCard("Deleted." if messages else "It is gone already.")


def delete_failed_card() -> MessageCard:
    """Discord did not let us."""
    return MessageCard(
        "I couldn't delete it. You can, with *Manage Messages*: the link leads to it."
    )


def unknown_picture_card() -> MessageCard:
    """Say that the picture's data was erased or expired."""
    return MessageCard(
        "I no longer know this one. If the picture is still there, the link leads to it, and "
        "*Delete* under it works; `/block` stops whoever drew it."
    )


def block_duration_card(job: Job) -> MessageCard:
    """Which span a block shall have."""
    name = escape_text(job.requester_name, 80)
    return MessageCard(
        f"Keep {name} from drawing here: for how long? "
        "`/block` can also clear what they have in line and their last hour.",
        buttons=tuple(
            CardButton("block", label, job.id, str(hours), ButtonStyle.DANGER)
            for hours, label in BLOCK_SPANS
        ),
    )


class ReportOutcome(Enum):
    """Outcome of a report."""

    RECORDED = "noted"
    DUPLICATE = "again"  # this person has reported this picture before
    TOO_MANY = "too many"  # of this person, in the last hour


@dataclass(frozen=True, slots=True)
class ReportResult:
    """Stored report. `people` is how many have reported that picture."""

    outcome: ReportOutcome
    reporter_count: int = 0
