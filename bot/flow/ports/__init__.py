"""Ports of the flow, small protocols that the adapters implement.

No foreign exception comes through a port. SwarmUI's errors are `BackendError`s, Discord's are
`MessageError`s (see `bot.core.errors`); a refusal is `Refused`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.audit.model import AuditRow, PendingChanges
from bot.core.blocks import MemberBlock
from bot.core.drawing.request import InitImage
from bot.core.history.model import DeliveryPlace, Draft, HistoryEntry, HistoryPage, StoredImage
from bot.core.jobs.model import AcceptedJob, NewJob, Post, Purpose, SpooledFile
from bot.core.limits.model import ImageGrant, LimitRow, MemberUsage
from bot.core.moderation.verdict import ClassifierVerdict
from bot.core.reports import ReportOutcome, ReportResult
from bot.core.triggers.phrase import ChannelPhrase, GuildTriggers
from bot.core.ui.card import FileUpload, MessageContent
from bot.flow.ports.audit import AuditStore
from bot.flow.ports.blocks import BlockStore
from bot.flow.ports.catalog import Catalog
from bot.flow.ports.classifier import Classifier
from bot.flow.ports.history import HistoryStore, RetentionStore
from bot.flow.ports.image_backend import ImageBackend, Lease
from bot.flow.ports.jobs import JobStore, PostStore
from bot.flow.ports.limits import LimitStore
from bot.flow.ports.messages import ContentSupplier, Messages, Reply
from bot.flow.ports.onboarding import OnboardingStore
from bot.flow.ports.privacy import PrivacyStore
from bot.flow.ports.reports import ReportStore
from bot.flow.ports.settings import SettingsStore
from bot.flow.ports.spool import Spool
from bot.flow.ports.triggers import TriggerStore

__all__ = [
    "AcceptedJob",
    "AuditRow",
    "AuditStore",
    "BlockStore",
    "Catalog",
    "ChannelPhrase",
    "Classifier",
    "ClassifierVerdict",
    "ContentSupplier",
    "DeliveryPlace",
    "Draft",
    "FileUpload",
    "GuildTriggers",
    "HistoryEntry",
    "HistoryPage",
    "HistoryStore",
    "ImageBackend",
    "ImageGrant",
    "InitImage",
    "JobStore",
    "Lease",
    "LimitRow",
    "LimitStore",
    "MemberBlock",
    "MemberUsage",
    "MessageContent",
    "Messages",
    "NewJob",
    "OnboardingStore",
    "PendingChanges",
    "Post",
    "PostStore",
    "PrivacyStore",
    "Purpose",
    "Reply",
    "ReportOutcome",
    "ReportResult",
    "ReportStore",
    "RetentionStore",
    "SettingsStore",
    "Spool",
    "SpooledFile",
    "StoredImage",
    "Stores",
    "TriggerStore",
]


@dataclass(frozen=True, slots=True)
class Stores:
    """All stores over one database. Every method that writes is one whole transaction.

    Totals and limits are checked inside the transaction that creates a job, so two clicks cannot
    both get the last image.
    """

    jobs: JobStore
    posts: PostStore
    history: HistoryStore
    retention: RetentionStore
    limits: LimitStore
    blocks: BlockStore
    settings: SettingsStore
    audit: AuditStore
    onboarding: OnboardingStore
    privacy: PrivacyStore
    triggers: TriggerStore
    reports: ReportStore
