"""What a person reads when they ask what is kept of them, or want it gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.core.text.escape import code_block
from bot.core.text.format import and_list, plural, returned
from bot.core.ui.card import Button, Card, Panel, Style, Tone

FOLDERS_SHOWN: Final = 15
_GOES: Final = ("jobs", "images", "posts", "drafts", "personal")
_STAYS: Final = (
    "This month's bare numbers, until it is over: erasing is no way around a limit. Limits and "
    "blocks that moderators set for you, and their record of changes, which is kept for a year."
)
EVERYWHERE: Final = "everywhere"
HERE: Final = "here"
# In the order in which people read them; a table that is not named here is counted by its name.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
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
class Outcome:
    """What became of an erasure. `kept` are folders on SwarmUI that could not be deleted.

    `cancelled` jobs gave `returned_pictures` back; `left` is what the person has left today.
    `away` says that SwarmUI is away, so that its files go later; `more` that not all was done
    while the person waited.
    """

    jobs: int = 0
    drafts: int = 0
    stays: int = 0
    files: int = 0
    kept: tuple[str, ...] = ()
    away: bool = False
    more: bool = False
    messages: int = 0
    cancelled: int = 0
    returned_pictures: int = 0
    left: int | None = None


def nothing(*, everywhere: bool) -> Card:
    """There is not one row about this person."""
    if everywhere:
        return Card("I keep nothing of you, in any server.")
    return Card("I keep nothing of you in this server. `everywhere:True` asks about all servers.")


def exported(counts: Mapping[str, int], *, everywhere: bool, files: int) -> Card:
    """The summary that stands above the file, or above the first of several."""
    where = "in all servers" if everywhere else "in this server"
    names = [name for name in _WORDS if name in counts] + sorted(counts.keys() - _WORDS.keys())
    lines = [f"• {_counted(name, counts[name])}" for name in names]
    parts = "" if files == 1 else f" It comes in {files} files; each can be read alone."
    foot = (
        "Pictures to begin from are kept for a day after their last use, what was drawn lies with "
        "the drawing computer. Moderators' names, others' reports and everything "
        "secret are left out. "
        "/privacy erase takes it away."
    )
    return Card(
        f"All that I keep of you {where}, for you alone.{parts}",
        Panel("Kept of you", "\n".join(lines), Tone.CALM, footer=foot),
    )


def _counted(name: str, n: int) -> str:
    one, many = _WORDS.get(name, (f"row of {name}", f"rows of {name}"))
    return f"{n:,} {one if n == 1 else many}"


def exporting() -> Card:
    """They asked again while their file is being made."""
    return Card("I'm putting your file together already. One at a time; it comes by itself.")


def not_sent() -> Card:
    """Discord took the file of an export not."""
    return Card("Discord didn't take the file. Try `/privacy export` again in a few minutes.")


def confirm(counts: Mapping[str, int], user: int, *, everywhere: bool) -> Card:
    """What goes, what stays and why, before anything goes."""
    where = "in all servers" if everywhere else "in this server"
    reach = EVERYWHERE if everywhere else HERE
    goes = [_counted(name, counts[name]) for name in _GOES if counts.get(name)]
    if counts.get("charges") or counts.get("grants"):
        goes.append("what counted in earlier months")
    if not goes:
        return Card(f"There is nothing of you {where} that would go. **What stays:** {_STAYS}")
    body = [
        f"**Goes now:** {and_list(tuple(goes))}; with them your pictures on my disk and on the "
        "drawing computer, where I may delete there. What waits in line is cancelled and returned; "
        "what is being drawn ends first.",
        f"**Stays:** {_STAYS}",
        "**On Discord:** messages with your pictures stay; of their buttons only *Delete* goes on "
        "working. *Erase, with messages* deletes them as well; messages that only you see go when "
        "you dismiss them.",
        "It can't be undone. `/privacy export` gives you a copy first.",
    ]
    buttons = (
        Button("erase", "Erase", str(user), f"privacy:{reach}", Style.DANGER),
        Button("purge", "Erase, with messages", str(user), f"privacy:{reach}", Style.DANGER),
        Button("keep", "Keep", str(user), f"privacy:{reach}"),
    )
    panel = Panel("Erase", "\n".join(body), Tone.CALM)
    return Card(f"Erase what I keep of you {where}?", panel, buttons)


def kept() -> Card:
    """The person thought better of it."""
    return Card("Nothing was erased.")


def not_yours() -> Card:
    """Somebody pressed the button of another person's question."""
    return Card("That is about somebody else. Yours is `/privacy erase`.")


def waits(outcome: Outcome) -> Card:
    """A job of theirs is being drawn or told of: the rest follows by itself."""
    return Card(
        f"{_cancelled(outcome)}One of yours is being drawn or sent right now. When it has ended, "
        "in a minute or two, I erase everything by myself; you need do nothing more."
    )


def erased(outcome: Outcome) -> Card:
    """What went, what did not, and whom to ask for the rest."""
    gone = [plural(outcome.jobs, "request")] if outcome.jobs else []
    if outcome.drafts:
        gone.append(plural(outcome.drafts, "draft"))
    lines = [f"{_cancelled(outcome)}Erased: {' and '.join(gone) or 'there was nothing more'}."]
    if outcome.files:
        lines.append(f"{plural(outcome.files, 'file')} deleted on the drawing computer.")
    if outcome.away:
        lines.append(
            "The drawing computer is offline: I delete your files there as soon as it is back."
        )
    if outcome.messages:
        lines.append(
            f"{plural(outcome.messages, 'message')} of mine about them "
            f"{'is' if outcome.messages == 1 else 'are'} being deleted, as fast as Discord lets me."
        )
    if outcome.more:
        lines.append(
            "That is not all yet: the rest follows by itself, and you need do nothing more."
        )
    if outcome.stays:
        lines.append("The numbers of this month stay until it is over, so that limits hold.")
    content = " ".join(lines)
    if not outcome.kept:
        return Card(content)
    asks = (
        "I may not delete files on the drawing computer, so yours stay there. "
        "Ask whoever runs this bot to delete these folders:"
    )
    names = list(outcome.kept[:FOLDERS_SHOWN])
    if len(outcome.kept) > FOLDERS_SHOWN:
        names.append(f"and {len(outcome.kept) - FOLDERS_SHOWN} more")
    panel = Panel("Not deleted", code_block("\n".join(names), 2000), Tone.BAD)
    return Card(f"{content} {asks}", panel)


def _cancelled(outcome: Outcome) -> str:
    if not outcome.cancelled:
        return ""
    back = returned(outcome.returned_pictures, outcome.left)
    return f"Cancelled {plural(outcome.cancelled, 'job')}. {back} "
