"""Ports of the flow, small protocols that the adapters implement.

No foreign exception comes through a port. SwarmUI's errors are `BackendError`s, Discord's are
`MessageError`s (see `bot.core.errors`); a refusal is `Refused`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.flow.ports.alerts import AlertStore as AlertStore
from bot.flow.ports.audit import AuditStore as AuditStore
from bot.flow.ports.blocks import BlockStore as BlockStore
from bot.flow.ports.catalog import Catalog as Catalog
from bot.flow.ports.classifier import Classifier as Classifier
from bot.flow.ports.history import HistoryStore as HistoryStore
from bot.flow.ports.history import RetentionStore as RetentionStore
from bot.flow.ports.image_backend import BackendChecks as BackendChecks
from bot.flow.ports.image_backend import ImageBackend as ImageBackend
from bot.flow.ports.image_backend import Lease as Lease
from bot.flow.ports.jobs import JobStore as JobStore
from bot.flow.ports.jobs import PostStore as PostStore
from bot.flow.ports.limits import LimitStore as LimitStore
from bot.flow.ports.messages import ContentSupplier as ContentSupplier
from bot.flow.ports.messages import Messages as Messages
from bot.flow.ports.messages import Reply as Reply
from bot.flow.ports.notices import NoticeStore as NoticeStore
from bot.flow.ports.onboarding import OnboardingStore as OnboardingStore
from bot.flow.ports.pauses import PauseStore as PauseStore
from bot.flow.ports.privacy import PrivacyStore as PrivacyStore
from bot.flow.ports.reports import ReportStore as ReportStore
from bot.flow.ports.settings import SettingsStore as SettingsStore
from bot.flow.ports.spool import ImageSink as ImageSink
from bot.flow.ports.spool import Spool as Spool
from bot.flow.ports.triggers import TriggerStore as TriggerStore


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
    pauses: PauseStore
    settings: SettingsStore
    alerts: AlertStore
    audit: AuditStore
    notices: NoticeStore
    onboarding: OnboardingStore
    privacy: PrivacyStore
    triggers: TriggerStore
    reports: ReportStore


@dataclass(frozen=True, slots=True)
class FlowPorts:
    """All ports of the flow.

    Finished images go into `images`, the spool itself or a check in front of it. `classifier` is
    None where the host has none.
    """

    stores: Stores
    backend: ImageBackend
    catalog: Catalog
    spool: Spool
    images: ImageSink
    messages: Messages
    classifier: Classifier | None = None
    check_backend: BackendChecks | None = None
