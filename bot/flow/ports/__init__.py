"""What the flow needs from the world: small protocols, owned here, implemented by the adapters.

No foreign exception comes through a port: SwarmUI's troubles are `BackendError`s, Discord's are
`BoardError`s (both in `bot.core.errors`); a refusal is `Refused`.
"""

from __future__ import annotations

from typing import Protocol

from bot.flow.ports.archive import ArchiveBooks, Draft, Image, Leaf, Past, Place
from bot.flow.ports.board import Board, Shown, Supply, Upload
from bot.flow.ports.classifier import Classifier, Verdict
from bot.flow.ports.drawing import Catalog, Lease, Painter
from bot.flow.ports.greetings import GreetingBooks
from bot.flow.ports.guilds import GuildBooks
from bot.flow.ports.jobs import Admission, JobBooks, NewJob, Post, Purpose
from bot.flow.ports.pictures import Input, Kept, Spool
from bot.flow.ports.privacy import PrivacyBooks
from bot.flow.ports.reports import Report, ReportBooks, Reported
from bot.flow.ports.rules import AuditRow, Block, Grant, LimitRow, RuleBooks, Use
from bot.flow.ports.trail import TrailBooks, Unsaid
from bot.flow.ports.triggers import Chosen, Placed, TriggerBooks

__all__ = [
    "Admission",
    "ArchiveBooks",
    "AuditRow",
    "Block",
    "Board",
    "Books",
    "Catalog",
    "Chosen",
    "Classifier",
    "Draft",
    "Grant",
    "GreetingBooks",
    "GuildBooks",
    "Image",
    "Input",
    "JobBooks",
    "Kept",
    "Leaf",
    "Lease",
    "LimitRow",
    "NewJob",
    "Painter",
    "Past",
    "Place",
    "Placed",
    "Post",
    "PrivacyBooks",
    "Purpose",
    "Report",
    "ReportBooks",
    "Reported",
    "RuleBooks",
    "Shown",
    "Spool",
    "Supply",
    "TrailBooks",
    "TriggerBooks",
    "Unsaid",
    "Upload",
    "Use",
    "Verdict",
]


class Books(
    JobBooks,
    ArchiveBooks,
    RuleBooks,
    GuildBooks,
    GreetingBooks,
    PrivacyBooks,
    TriggerBooks,
    TrailBooks,
    ReportBooks,
    Protocol,
):
    """The one truth. Every method that writes is one whole transaction.

    Totals and limits are judged inside the transaction that creates a job: two clicks on the last
    picture cannot both win.
    """
