"""Composition of the flow. Every service is built here once, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bot.flow.audit import AuditLogChannel
from bot.flow.blocks import BlockCommands
from bot.flow.departures import Departures
from bot.flow.diagnosis import Diagnosis
from bot.flow.drawing.admission import Admission
from bot.flow.drawing.available import AvailableModels
from bot.flow.drawing.remix import RemixCommands
from bot.flow.drawing.requests import DrawingRequests
from bot.flow.drawing.source_images import SourceImages
from bot.flow.history import HistoryCommands
from bot.flow.info import InfoCommands
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.jobs.completion_ping import CompletionPing
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.delivery_routes import DeliveryRoutes
from bot.flow.jobs.guild_switch import GuildSwitch
from bot.flow.jobs.image_removal import ImageRemoval
from bot.flow.jobs.membership import MembershipCheck
from bot.flow.jobs.orphaned_sessions import OrphanedSessions
from bot.flow.jobs.outage import Outage
from bot.flow.jobs.outage_alerts import OutageAlerts
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.recovery import StartupRecovery
from bot.flow.jobs.result_ping import ResultPing
from bot.flow.jobs.shutdown import Shutdown
from bot.flow.jobs.status_line import StatusLine, ignore_status
from bot.flow.jobs.status_message import StaleCards, StatusMessages
from bot.flow.jobs.worker import Worker
from bot.flow.limits import LimitCommands
from bot.flow.maintenance import Maintenance
from bot.flow.models import ModelBrowser
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.notices import Notices
from bot.flow.onboarding import WelcomeMessages
from bot.flow.pauses import PauseCommands
from bot.flow.ports import FlowPorts
from bot.flow.privacy import PrivacyCommands
from bot.flow.reports import ReportCommands
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.panel import SettingsPanel
from bot.flow.settings.store import GuildSettingsCache
from bot.flow.triggers.commands import TriggerCommands
from bot.flow.triggers.registry import TriggerRegistry


@dataclass(frozen=True, slots=True)
class Flow:
    """Services that the Discord side and `run` use."""

    status: StatusMessages
    delivery: Delivery
    guild_settings: GuildSettingsCache
    triggers: TriggerRegistry
    trigger_commands: TriggerCommands
    requests: DrawingRequests
    cancellation: Cancellation
    guild_switch: GuildSwitch
    info: InfoCommands
    history: HistoryCommands
    models: ModelBrowser
    limits: LimitCommands
    blocks: BlockCommands
    pauses: PauseCommands
    reports: ReportCommands
    settings: SettingsPanel
    onboarding: WelcomeMessages
    departures: Departures
    notices: Notices
    privacy: PrivacyCommands
    remix: RemixCommands
    queue: JobQueue
    worker: Worker
    outage: Outage
    alerts: OutageAlerts
    maintenance: Maintenance
    recovery: StartupRecovery
    shutdown: Shutdown
    audit_log: AuditLogChannel
    diagnosis: Diagnosis


def build_flow(
    ports: FlowPorts,
    context: FlowContext,
    show_status: Callable[[str], Coroutine[Any, Any, None]] = ignore_status,
) -> Flow:
    """Wire the flow over any ports, real ones or fakes.

    `show_status` sets the status line under the bot's name.
    """
    stores, catalog, messages = ports.stores, ports.catalog, ports.messages
    clock, tasks, ids, host = context.clock, context.tasks, context.ids, context.host
    guild_settings = GuildSettingsCache(stores.settings, catalog, host.bounds, tasks, clock.now)
    settings_of = guild_settings.get_settings
    display_filter = DisplayFilter(settings_of)
    triggers = TriggerRegistry(
        stores.triggers,
        tasks,
        host.trigger_phrases,
        frozenset(host.trigger_channels),
        clock.now,
        mentions=host.mention_triggers,
    )
    status = StatusMessages(messages, ports.spool, clock, tasks)
    queue = JobQueue(status, stores.jobs, stores.limits, host, display_filter)
    available = AvailableModels(catalog, host.bounds, settings_of)
    images = SourceImages(ports, ids)
    ping = CompletionPing(host, settings_of)
    routes = DeliveryRoutes(messages, stores.posts, clock, ids.new_nonce)
    members = MembershipCheck(stores.jobs, messages, clock)
    result_ping = ResultPing(ping, ports, context)
    delivery = Delivery(queue, status, routes, result_ping, members, display_filter, ports, context)
    status_line = StatusLine(queue, show_status, tasks)
    alerts = OutageAlerts(queue, guild_settings, ports, context)
    outage = Outage(queue, delivery, alerts, status_line, ports, clock)
    admission = Admission(queue, guild_settings, available, images, ports, context)
    worker = Worker(
        queue,
        status,
        delivery,
        outage,
        members,
        display_filter,
        admission.prepare_job,
        ports,
        context,
    )
    removal = ImageRemoval(ports, context)
    cancellation = Cancellation(queue, worker, delivery, display_filter, removal, ports, clock)
    stale_cards = StaleCards(stores.jobs, stores.posts, messages, clock, status)
    requests = DrawingRequests(
        queue,
        status,
        ping,
        admission,
        available,
        images,
        stale_cards,
        display_filter,
        cancellation,
        ports,
        context,
    )
    blocks = BlockCommands(
        stores.blocks,
        stores.history,
        messages,
        clock,
        queue,
        cancellation,
        removal,
    )
    privacy = PrivacyCommands(queue, cancellation, ports, context)
    departures = Departures(cancellation, guild_settings, triggers, ports, context)
    orphans = OrphanedSessions(ports)
    pauses = PauseCommands(queue, status_line, stores.pauses, context)
    notices = Notices(ports, context)
    audit_log = AuditLogChannel(guild_settings, stores.audit, messages, context)
    return Flow(
        status=status,
        delivery=delivery,
        guild_settings=guild_settings,
        triggers=triggers,
        trigger_commands=TriggerCommands(triggers, guild_settings, admission),
        requests=requests,
        remix=RemixCommands(requests, admission, guild_settings, images, ports, context),
        cancellation=cancellation,
        guild_switch=GuildSwitch(tasks, guild_settings, queue, cancellation),
        info=InfoCommands(queue, triggers, settings_of, stores.limits, stores.blocks, clock),
        history=HistoryCommands(delivery, ports, context),
        models=ModelBrowser(queue, available, ports, host),
        limits=LimitCommands(stores.limits, stores.audit, clock.now, host.bounds.images_max),
        blocks=blocks,
        pauses=pauses,
        reports=ReportCommands(guild_settings, blocks, removal, notices, ports, context),
        settings=SettingsPanel(guild_settings, audit_log.has_failed, ports, context),
        onboarding=WelcomeMessages(notices, ports, context),
        departures=departures,
        notices=notices,
        privacy=privacy,
        queue=queue,
        worker=worker,
        outage=outage,
        alerts=alerts,
        maintenance=Maintenance(
            queue, worker, outage, delivery, privacy, orphans, removal, departures, ports, context
        ),
        recovery=StartupRecovery(
            queue, status, worker, delivery, stale_cards, orphans, ports, context
        ),
        shutdown=Shutdown(tasks, queue, status_line),
        audit_log=audit_log,
        diagnosis=Diagnosis(queue, ports, tasks),
    )
