"""What the flow needs from the world: small protocols, owned here, implemented by the adapters.

No foreign exception comes through a port: SwarmUI's troubles are `BackendError`s, Discord's are
`BoardError`s (both in `bot.core.errors`); a refusal is `Refused`.
"""

from __future__ import annotations

from typing import Protocol

from bot.core.audit.model import AuditRow, Unsaid
from bot.core.blocks import Block
from bot.core.drawing.request import Input
from bot.core.history.model import Draft, Image, Leaf, Past, Place
from bot.core.jobs.model import Admission, Kept, NewJob, Post, Purpose
from bot.core.limits.model import Grant, LimitRow, Use
from bot.core.moderation.verdict import Verdict
from bot.core.reports import Report, Reported
from bot.core.triggers.phrase import Chosen, Placed
from bot.core.ui.card import Shown, Upload
from bot.flow.ports.audit import TrailBooks
from bot.flow.ports.catalog import Catalog
from bot.flow.ports.classifier import Classifier
from bot.flow.ports.history import ArchiveBooks
from bot.flow.ports.image_backend import Lease, Painter
from bot.flow.ports.jobs import JobBooks
from bot.flow.ports.limits import RuleBooks
from bot.flow.ports.messages import Board, Supply
from bot.flow.ports.onboarding import GreetingBooks
from bot.flow.ports.privacy import PrivacyBooks
from bot.flow.ports.reports import ReportBooks
from bot.flow.ports.settings import GuildBooks
from bot.flow.ports.spool import Spool
from bot.flow.ports.triggers import TriggerBooks

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
