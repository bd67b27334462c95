"""All stores over one SQLite file."""

from __future__ import annotations

from bot.adapters.sqlite.alerts import SqliteAlertStore
from bot.adapters.sqlite.audit import SqliteAuditStore
from bot.adapters.sqlite.blocks import SqliteBlockStore
from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.guild_settings import SqliteSettingsStore
from bot.adapters.sqlite.history import SqliteHistoryStore
from bot.adapters.sqlite.jobs import HostDefaults, SqliteJobStore
from bot.adapters.sqlite.limit_store import SqliteLimitStore
from bot.adapters.sqlite.notices import SqliteNoticeStore
from bot.adapters.sqlite.onboarding import SqliteOnboardingStore
from bot.adapters.sqlite.pauses import SqlitePauseStore
from bot.adapters.sqlite.posts import SqlitePostStore
from bot.adapters.sqlite.privacy.queries import SqlitePrivacyStore
from bot.adapters.sqlite.reports import SqliteReportStore
from bot.adapters.sqlite.retention import Retention, SqliteRetentionStore
from bot.adapters.sqlite.triggers import SqliteTriggerStore
from bot.core.limits.quota import Limits, parse_zone
from bot.flow.ports import Stores


def build_stores(
    db: Database,
    *,
    defaults: Limits = Limits(),  # noqa: B008 -- frozen
    queue_max: int = 100,
    time_zone: str = "UTC",
    retention: Retention = Retention(),  # noqa: B008 -- frozen
) -> Stores:
    """Build one store per feature over a database.

    `defaults` are the host's limits, `queue_max` bounds all queued jobs together, `time_zone` is
    used for guilds that have chosen none. Raises ValueError for an unknown time zone.
    """
    parse_zone(time_zone)
    terms = HostDefaults(defaults, queue_max, time_zone)
    return Stores(
        jobs=SqliteJobStore(db, terms),
        posts=SqlitePostStore(db),
        history=SqliteHistoryStore(db),
        retention=SqliteRetentionStore(db, retention),
        limits=SqliteLimitStore(db, terms),
        blocks=SqliteBlockStore(db),
        pauses=SqlitePauseStore(db),
        settings=SqliteSettingsStore(db),
        alerts=SqliteAlertStore(db),
        audit=SqliteAuditStore(db),
        notices=SqliteNoticeStore(db),
        onboarding=SqliteOnboardingStore(db),
        privacy=SqlitePrivacyStore(db, time_zone),
        triggers=SqliteTriggerStore(db),
        reports=SqliteReportStore(db),
    )
