"""Cards about reported pictures, for reporters and moderators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bot.core.jobs.job import Job
from bot.core.text.escape import escape_text
from bot.core.text.format import join_first
from bot.core.ui.card import ButtonStyle, CardButton, CardTone, Embed, MessageCard

BLOCK_SPANS: Final = ((1, "1 hour"), (24, "1 day"), (24 * 7, "1 week"), (0, "For good"))
BLOCK_REASON: Final = "a reported picture"
REPORTERS_SHOWN: Final = 20


THANKS_CARD: Final = MessageCard("Thanks. The moderators have been notified.")
ALREADY_REPORTED_CARD: Final = MessageCard(
    "You've already reported this picture. The moderators know about it."
)
TOO_MANY_CARD: Final = MessageCard(
    "You've sent a lot of reports this hour. For anything urgent, message a moderator."
)
OWN_PICTURE_CARD: Final = MessageCard("This is your own picture. Use *Delete* to remove it.")
FOREIGN_MESSAGE_CARD: Final = MessageCard(
    "You can only report pictures that I drew. For anything else, message a moderator."
)
NO_LOG_CHANNEL_CARD: Final = MessageCard(
    "Reporting isn't set up on this server yet. Please message a moderator. They "
    "can choose a log channel in `/settings`."
)
LOG_FAILED_CARD: Final = MessageCard(
    "Your report is on record, but I couldn't post it in the moderators' "
    "channel. If it's urgent, message a moderator."
)
DELETE_FAILED_CARD: Final = MessageCard(
    "I couldn't delete it. With *Manage Messages* you can: follow the link."
)
UNKNOWN_PICTURE_CARD: Final = MessageCard(
    "I no longer have a record of this picture. If it's still there, follow the "
    "link and press *Delete* under it. To block the person who drew it, use "
    "`/block`."
)


def moderator_card(job: Job, link: str, people: int) -> MessageCard:
    """Build the log channel message. It pings nobody and repeats no prompt.

    It does not name the reporters, because members may see the log channel.
    """
    lines = [f"[The picture]({link})", f"Drawn by <@{job.requester}>"]
    if people > 1:
        lines.append(f"{people} people have reported it so far")
    remove = CardButton("remove", "Delete picture", job.id, style=ButtonStyle.DANGER)
    panel = Embed("Reported", "\n".join(lines), CardTone.BAD)
    buttons = (
        remove,
        CardButton("block", "Block …", job.id),
        CardButton("reporters", "Who reported it", job.id),
    )
    return MessageCard("A picture was reported.", panel, buttons)


def reporters_card(reporters: Sequence[int]) -> MessageCard:
    """Name the members who reported a picture, first to last, to a moderator."""
    if not reporters:
        return MessageCard("There is no record of who reported it any more.")
    names = join_first(reporters, REPORTERS_SHOWN, lambda user: f"<@{user}>")
    return MessageCard(f"Reported by {names}.")


def delete_denied_card(channel: int) -> MessageCard:
    """Refuse to delete a picture in a channel where the member may not delete messages."""
    return MessageCard(f"You need *Manage Messages* in <#{channel}> to delete this picture.")


def picture_deleted_card(messages: int) -> MessageCard:
    """Confirm the deletion of a reported picture."""
    return MessageCard("Deleted." if messages else "It's already been deleted.")


def block_duration_card(job: Job) -> MessageCard:
    """Which span a block shall have."""
    name = escape_text(job.requester_name, 80)
    hint = "`/block` can also cancel their queue and delete their pictures from the last hour."
    buttons = tuple(
        CardButton("block", label, job.id, str(hours), ButtonStyle.DANGER)
        for hours, label in BLOCK_SPANS
    )
    return MessageCard(f"Block {name} from drawing for how long? {hint}", buttons=buttons)


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
