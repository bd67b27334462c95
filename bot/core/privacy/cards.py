"""Cards of /privacy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.core.text.escape import format_code_block
from bot.core.text.format import describe_returned, format_count, join_list, list_first
from bot.core.ui.card import ButtonStyle, CardButton, CardTone, Embed, MessageCard

FILES_SHOWN: Final = 15
_ERASED_TABLES: Final = ("jobs", "images", "posts", "kept_files", "drafts", "personal")
_KEPT_TEXT: Final = (
    "This month's numbers until the month is over, because erasing your data doesn't "
    "reset a limit. Limits and blocks that moderators set for you, and their change "
    "log, which is kept for a year."
)
ALL_GUILDS: Final = "everywhere"
THIS_GUILD: Final = "here"
# In the order in which people read them; a table that is not named here is counted by its name.
_TABLE_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "jobs": ("request, with its prompt and settings", "requests, with their prompts and settings"),
    "images": ("picture in your history", "pictures in your history"),
    "posts": ("message of mine about them", "messages of mine about them"),
    "kept_files": (
        "file on the image server, of a forgotten request",
        "files on the image server, of forgotten requests",
    ),
    "files": ("file on my disk, for a day", "files on my disk, for a day"),
    "drafts": ("draft of a prompt", "drafts of prompts"),
    "personal": ("default model", "default models"),
    "holds": ("unfinished request", "unfinished requests"),
    "charges": ("picture counted against your limit", "pictures counted against your limit"),
    "totals": ("daily or monthly total", "daily and monthly totals"),
    "grants": (
        "grant of extra pictures from a moderator",
        "grants of extra pictures from moderators",
    ),
    "limits": ("limit that a moderator set for you", "limits that moderators set for you"),
    "blocks": ("block", "blocks"),
    "audit": ("entry in the moderators' change log", "entries in the moderators' change log"),
    "erasures": (
        "request to erase your data, still in progress",
        "requests to erase your data, still in progress",
    ),
}


EXPORT_RUNNING_CARD: Final = MessageCard(
    "I'm already putting your file together. You'll get it when it's ready."
)
EXPORT_FAILED_CARD: Final = MessageCard(
    "Discord didn't accept the file. Try `/privacy export` again in a few minutes."
)
ERASURE_DECLINED_CARD: Final = MessageCard("Nothing was erased.")
WRONG_MEMBER_CARD: Final = MessageCard(
    "This question is for someone else. To erase your own data, use `/privacy erase`."
)


@dataclass(frozen=True, slots=True)
class ErasureOutcome:
    """Result of an erasure. `cancelled` jobs returned `returned_pictures`.

    `undeleted_files` are places below SwarmUI's output folder that stay. With `backend_away` files
    on SwarmUI go later; with `has_more` work remains.
    """

    jobs: int = 0
    drafts: int = 0
    kept_rows: int = 0
    files: int = 0
    undeleted_files: tuple[str, ...] = ()
    backend_away: bool = False
    has_more: bool = False
    messages: int = 0
    cancelled: int = 0
    returned_pictures: int = 0
    pictures_left: int | None = None


def nothing_kept_card(*, everywhere: bool) -> MessageCard:
    """There is not one row about this person."""
    if everywhere:
        return MessageCard("I have no data about you on any server.")
    return MessageCard(
        "I have no data about you on this server. To check all servers, use `everywhere:True`."
    )


def export_card(counts: Mapping[str, int], *, everywhere: bool, files: int) -> MessageCard:
    """Summarise the export above its first file."""
    where = "on all servers" if everywhere else "on this server"
    names = [name for name in _TABLE_LABELS if name in counts]
    names += sorted(counts.keys() - _TABLE_LABELS.keys())
    lines = [f"• {_format_count(name, counts[name])}" for name in names]
    parts = "" if files == 1 else f" It comes in {files} files, and each can be read on its own."
    foot = (
        "Pictures you sent to start from are kept for a day after their last use. "
        "Finished pictures are on the image server. Moderators' names, other "
        "people's reports and secrets are left out. /privacy erase deletes your data."
    )
    return MessageCard(
        f"All the data I have about you {where}. Only you can see this.{parts}",
        Embed("Your data", "\n".join(lines), footer=foot),
    )


def _format_count(name: str, n: int) -> str:
    one, many = _TABLE_LABELS.get(name, (f"row of {name}", f"rows of {name}"))
    return f"{n:,} {one if n == 1 else many}"


def confirm_card(counts: Mapping[str, int], user: int, *, everywhere: bool) -> MessageCard:
    """List what will be erased, what stays and why, before anything is erased."""
    where = "on all servers" if everywhere else "on this server"
    reach = ALL_GUILDS if everywhere else THIS_GUILD
    goes = [_format_count(name, counts[name]) for name in _ERASED_TABLES if counts.get(name)]
    if counts.get("charges") or counts.get("grants"):
        goes.append("your usage in earlier months")
    if not goes:
        return MessageCard(f"I have nothing to erase {where}. **What stays:** {_KEPT_TEXT}")
    body = [
        f"**Erased now:** {join_list(tuple(goes))}, and your pictures on my disk and "
        "on the image server (if I'm allowed to delete there). Queued pictures are "
        "cancelled and returned; a picture in progress finishes first.",
        f"**Stays:** {_KEPT_TEXT}",
        "**On Discord:** messages with your pictures stay, and only their *Delete* "
        "button keeps working. *Erase, with messages* deletes them too. Messages "
        "that only you can see disappear when you dismiss them.",
        "This can't be undone. Use `/privacy export` first if you want a copy.",
    ]
    buttons = (
        CardButton("erase", "Erase", str(user), f"privacy:{reach}", ButtonStyle.DANGER),
        CardButton(
            "purge", "Erase, with messages", str(user), f"privacy:{reach}", ButtonStyle.DANGER
        ),
        CardButton("keep", "Keep", str(user), f"privacy:{reach}"),
    )
    panel = Embed("Erase", "\n".join(body))
    return MessageCard(f"Erase your data {where}?", panel, buttons)


def erasure_pending_card(outcome: ErasureOutcome) -> MessageCard:
    """Say that the rest is erased after the member's running job."""
    return MessageCard(
        f"{_format_cancelled(outcome)}One of your pictures is being drawn or sent "
        "right now. When it's done, in a minute or two, I'll erase everything. You "
        "don't need to do anything else."
    )


def erased_card(outcome: ErasureOutcome) -> MessageCard:
    """List what was erased, what was not, and whom to ask about the rest."""
    gone = [format_count(outcome.jobs, "request")] if outcome.jobs else []
    if outcome.drafts:
        gone.append(format_count(outcome.drafts, "draft"))
    lines = [f"{_format_cancelled(outcome)}Erased: {' and '.join(gone) or 'nothing more'}."]
    if outcome.files:
        lines.append(f"{format_count(outcome.files, 'file')} deleted on the image server.")
    if outcome.backend_away:
        offline = "The image server is offline."
        lines.append(f"{offline} I'll delete your files there as soon as it's back.")
    if outcome.messages:
        messages = format_count(outcome.messages, "message")
        lines.append(f"I'm deleting {messages} about them, as fast as Discord lets me.")
    if outcome.has_more:
        rest = "The rest follows on its own, so you don't need to do anything else."
        lines.append(f"That isn't everything yet. {rest}")
    if outcome.kept_rows:
        lines.append("This month's numbers stay until the month is over, so limits still apply.")
    content = " ".join(lines)
    if not outcome.undeleted_files:
        return MessageCard(content)
    asks = (
        "The image server didn't let me delete some of your files, so they stay there. "
        "Ask the host of this bot to delete them in SwarmUI's output folder:"
    )
    names = list_first(outcome.undeleted_files, FILES_SHOWN, str, "and {} more")
    panel = Embed("Not deleted", format_code_block("\n".join(names), 2000), CardTone.BAD)
    return MessageCard(f"{content} {asks}", panel)


def _format_cancelled(outcome: ErasureOutcome) -> str:
    if not outcome.cancelled:
        return ""
    back = describe_returned(outcome.returned_pictures, outcome.pictures_left)
    return f"Cancelled {format_count(outcome.cancelled, 'job')}. {back} "
