"""Cards of /privacy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.core.text.escape import format_code_block
from bot.core.text.format import describe_returned, format_count, join_list, list_first
from bot.core.ui.card import ButtonStyle, CardButton, CardTone, Embed, MessageCard

FOLDERS_SHOWN: Final = 15
_ERASED_TABLES: Final = ("jobs", "images", "posts", "drafts", "personal")
_KEPT_TEXT: Final = (
    "This month's bare numbers, until it is over: erasing is no way around a limit. Limits and "
    "blocks that moderators set for you, and their record of changes, which is kept for a year."
)
ALL_GUILDS: Final = "everywhere"
THIS_GUILD: Final = "here"
# In the order in which people read them; a table that is not named here is counted by its name.
_TABLE_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "jobs": ("request, with its prompt and settings", "requests, with their prompts and settings"),
    "images": ("picture in your history", "pictures in your history"),
    "posts": ("message of mine about them", "messages of mine about them"),
    "files": ("file on my disk, for a day", "files on my disk, for a day"),
    "drafts": ("draft of a prompt", "drafts of prompts"),
    "personal": ("usual model", "usual models"),
    "holds": ("request that is not finished", "requests that are not finished"),
    "charges": ("picture counted against your limit", "pictures counted against your limit"),
    "totals": ("total of a day or a month", "totals of days and months"),
    "grants": ("gift of pictures from a moderator", "gifts of pictures from moderators"),
    "limits": ("limit that a moderator set for you", "limits that moderators set for you"),
    "blocks": ("block", "blocks"),
    "audit": (
        "entry in the moderators' record of changes",
        "entries in the moderators' record of changes",
    ),
    "erasures": ("wish to be erased, not over yet", "wishes to be erased, not over yet"),
}


@dataclass(frozen=True, slots=True)
class ErasureOutcome:
    """Result of an erasure.

    `kept` are folders on SwarmUI that could not be deleted. `cancelled` jobs returned
    `returned_pictures`; `left` is what remains today. `away` means that SwarmUI is down and its
    files go later; `more` that work remains.
    """

    jobs: int = 0
    drafts: int = 0
    kept_rows: int = 0
    files: int = 0
    undeleted_folders: tuple[str, ...] = ()
    backend_away: bool = False
    has_more: bool = False
    messages: int = 0
    cancelled: int = 0
    returned_pictures: int = 0
    pictures_left: int | None = None


def nothing_kept_card(*, everywhere: bool) -> MessageCard:
    """There is not one row about this person."""
    if everywhere:
        return MessageCard("I keep nothing of you, in any server.")
    return MessageCard(
        "I keep nothing of you in this server. `everywhere:True` asks about all servers."
    )


def export_card(counts: Mapping[str, int], *, everywhere: bool, files: int) -> MessageCard:
    """Summarise the export above its first file."""
    where = "in all servers" if everywhere else "in this server"
    names = [name for name in _TABLE_LABELS if name in counts] + sorted(
        counts.keys() - _TABLE_LABELS.keys()
    )
    lines = [f"• {_format_count(name, counts[name])}" for name in names]
    parts = "" if files == 1 else f" It comes in {files} files; each can be read alone."
    foot = (
        "Pictures to begin from are kept for a day after their last use, what was drawn lies with "
        "the drawing computer. Moderators' names, others' reports and everything "
        "secret are left out. "
        "/privacy erase takes it away."
    )
    return MessageCard(
        f"All that I keep of you {where}, for you alone.{parts}",
        Embed("Kept of you", "\n".join(lines), footer=foot),
    )


def _format_count(name: str, n: int) -> str:
    one, many = _TABLE_LABELS.get(name, (f"row of {name}", f"rows of {name}"))
    return f"{n:,} {one if n == 1 else many}"


def export_running_card() -> MessageCard:
    """They asked again while their file is being made."""
    return MessageCard("I'm putting your file together already. One at a time; it comes by itself.")


def export_failed_card() -> MessageCard:
    """Discord took the file of an export not."""
    return MessageCard(
        "Discord didn't take the file. Try `/privacy export` again in a few minutes."
    )


def confirm_card(counts: Mapping[str, int], user: int, *, everywhere: bool) -> MessageCard:
    """List what will be erased, what stays and why, before anything is erased."""
    where = "in all servers" if everywhere else "in this server"
    reach = ALL_GUILDS if everywhere else THIS_GUILD
    goes = [_format_count(name, counts[name]) for name in _ERASED_TABLES if counts.get(name)]
    if counts.get("charges") or counts.get("grants"):
        goes.append("what counted in earlier months")
    if not goes:
        return MessageCard(
            f"There is nothing of you {where} that would go. **What stays:** {_KEPT_TEXT}"
        )
    body = [
        f"**Goes now:** {join_list(tuple(goes))}; with them your pictures on my disk and on the "
        "drawing computer, where I may delete there. What waits in line is cancelled and returned; "
        "what is being drawn ends first.",
        f"**Stays:** {_KEPT_TEXT}",
        "**On Discord:** messages with your pictures stay; of their buttons only *Delete* goes on "
        "working. *Erase, with messages* deletes them as well; messages that only you see go when "
        "you dismiss them.",
        "It can't be undone. `/privacy export` gives you a copy first.",
    ]
    buttons = (
        CardButton("erase", "Erase", str(user), f"privacy:{reach}", ButtonStyle.DANGER),
        CardButton(
            "purge", "Erase, with messages", str(user), f"privacy:{reach}", ButtonStyle.DANGER
        ),
        CardButton("keep", "Keep", str(user), f"privacy:{reach}"),
    )
    panel = Embed("Erase", "\n".join(body))
    return MessageCard(f"Erase what I keep of you {where}?", panel, buttons)


def erasure_declined_card() -> MessageCard:
    """Confirm that nothing was erased."""
    return MessageCard("Nothing was erased.")


def wrong_member_card() -> MessageCard:
    """Somebody pressed the button of another person's question."""
    return MessageCard("That is about somebody else. Yours is `/privacy erase`.")


def erasure_pending_card(outcome: ErasureOutcome) -> MessageCard:
    """Say that the rest is erased after the member's running job."""
    return MessageCard(
        f"{_format_cancelled(outcome)}One of yours is being drawn or sent right now. When it has "
        "ended, "
        "in a minute or two, I erase everything by myself; you need do nothing more."
    )


def erased_card(outcome: ErasureOutcome) -> MessageCard:
    """List what was erased, what was not, and whom to ask about the rest."""
    gone = [format_count(outcome.jobs, "request")] if outcome.jobs else []
    if outcome.drafts:
        gone.append(format_count(outcome.drafts, "draft"))
    lines = [
        f"{_format_cancelled(outcome)}Erased: {' and '.join(gone) or 'there was nothing more'}."
    ]
    if outcome.files:
        lines.append(f"{format_count(outcome.files, 'file')} deleted on the drawing computer.")
    if outcome.backend_away:
        lines.append(
            "The drawing computer is offline: I delete your files there as soon as it is back."
        )
    if outcome.messages:
        lines.append(
            f"{format_count(outcome.messages, 'message')} of mine about them "
            f"{'is' if outcome.messages == 1 else 'are'} being deleted, as fast as Discord lets me."
        )
    if outcome.has_more:
        lines.append(
            "That is not all yet: the rest follows by itself, and you need do nothing more."
        )
    if outcome.kept_rows:
        lines.append("The numbers of this month stay until it is over, so that limits hold.")
    content = " ".join(lines)
    if not outcome.undeleted_folders:
        return MessageCard(content)
    asks = (
        "I may not delete files on the drawing computer, so yours stay there. "
        "Ask whoever runs this bot to delete these folders:"
    )
    names = list_first(outcome.undeleted_folders, FOLDERS_SHOWN, str, "and {} more")
    panel = Embed("Not deleted", format_code_block("\n".join(names), 2000), CardTone.BAD)
    return MessageCard(f"{content} {asks}", panel)


def _format_cancelled(outcome: ErasureOutcome) -> str:
    if not outcome.cancelled:
        return ""
    back = describe_returned(outcome.returned_pictures, outcome.pictures_left)
    return f"Cancelled {format_count(outcome.cancelled, 'job')}. {back} "
