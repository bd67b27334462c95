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
    return MessageCard("Thanks. The moderators have been notified.")


def already_reported_card() -> MessageCard:
    """Answer a second report of the same picture."""
    return MessageCard("You've already reported this picture. The moderators know about it.")


def too_many_card() -> MessageCard:
    """More in an hour than anybody looks through."""
    return MessageCard(
        "You've sent a lot of reports this hour. For anything urgent, message a moderator."
    )


def own_picture_card() -> MessageCard:
    """One's own picture."""
    return MessageCard("This is your own picture. Use *Delete* to remove it.")


def foreign_message_card() -> MessageCard:
    """Refuse a report of a message that is not one of the bot's pictures."""
    return MessageCard(
        "You can only report pictures that I drew. For anything else, message a moderator."
    )


def no_log_channel_card() -> MessageCard:
    """Say that the guild has no log channel."""
    return MessageCard(
        "Reporting isn't set up on this server yet. Please message a moderator. They "
        "can choose a log channel in `/settings`."
    )


def log_failed_card() -> MessageCard:
    """Say that the log channel could not be written. The report is stored."""
    return MessageCard(
        "Your report is on record, but I couldn't post it in the moderators' "
        "channel. If it's urgent, message a moderator."
    )


def moderator_card(job: Job, reporter: int, link: str, people: int) -> MessageCard:
    """Build the log channel message. It pings nobody and repeats no prompt."""
    lines = [f"[The picture]({link})", f"Drawn by <@{job.requester}>", f"Reported by <@{reporter}>"]
    if people > 1:
        lines.append(f"{people} people have reported it so far")
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
    return MessageCard("Only moderators with *Manage Messages* can use these buttons.")


def picture_deleted_card(messages: int) -> MessageCard:
    """Confirm the deletion of a reported picture."""
    return MessageCard("Deleted." if messages else "It's already been deleted.")


def delete_failed_card() -> MessageCard:
    """Discord did not let us."""
    return MessageCard("I couldn't delete it. With *Manage Messages* you can: follow the link.")


def unknown_picture_card() -> MessageCard:
    """Say that the picture's data was erased or expired."""
    return MessageCard(
        "I no longer have a record of this picture. If it's still there, follow the "
        "link and press *Delete* under it. To block the person who drew it, use "
        "`/block`."
    )


def block_duration_card(job: Job) -> MessageCard:
    """Which span a block shall have."""
    name = escape_text(job.requester_name, 80)
    return MessageCard(
        f"Block {name} from drawing for how long? `/block` can also cancel their "
        "queue and delete their pictures from the last hour.",
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
