"""Composition of the flow. Every service is built here once, top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.jobs.outage_notices import OutageNotice
from bot.flow.audit import AuditLogChannel
from bot.flow.blocks import BlockCommands
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
from bot.flow.jobs.outage import Outage, ignore_notice
from bot.flow.jobs.outage_alerts import OutageAlerts
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.recovery import StartupRecovery
from bot.flow.jobs.shutdown import Shutdown
from bot.flow.jobs.stale_card import StaleCards
from bot.flow.jobs.status_message import StatusMessages
from bot.flow.jobs.worker import Worker
from bot.flow.limits import LimitCommands
from bot.flow.maintenance import Maintenance
from bot.flow.models import ModelBrowser
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.onboarding import WelcomeMessages
from bot.flow.ports import Stores
from bot.flow.privacy import PrivacyCommands
from bot.flow.reports import ReportCommands
from bot.flow.runtime.context import FlowContext, FlowPorts
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
    reports: ReportCommands
    settings: SettingsPanel
    onboarding: WelcomeMessages
    privacy: PrivacyCommands
    remix: RemixCommands
    queue: JobQueue
    worker: Worker
    outage: Outage
    maintenance: Maintenance
    recovery: StartupRecovery
    shutdown: Shutdown
    audit_log: AuditLogChannel


def build_flow(
    stores: Stores,
    ports: FlowPorts,
    context: FlowContext,
    announce: Callable[[OutageNotice], None] = ignore_notice,
) -> Flow:
    """Wire the flow over any ports, real ones or fakes.

    `announce` is called once when SwarmUI goes away and once when it is back.
    """
    policies = GuildSettingsCache(
        stores.settings, ports.catalog, context.host.bounds, context.tasks, context.clock.now
    )
    display_filter = DisplayFilter(policies.get_settings)
    phrases = TriggerRegistry(
        stores.triggers,
        context.tasks,
        context.host.trigger_phrases,
        frozenset(context.host.trigger_channels),
        context.clock.now,
        mentions=context.host.mention_triggers,
    )
    status = StatusMessages(ports.messages, ports.spool, context.clock, context.tasks)
    line = JobQueue(
        status,
        jobs=stores.jobs,
        limits=stores.limits,
        host=context.host,
        display_filter=display_filter,
    )
    reach = AvailableModels(ports.catalog, context.host.bounds, policies.get_settings)
    begun = SourceImages(
        backend=ports.backend, catalog=ports.catalog, spool=ports.spool, ids=context.ids
    )
    bell = CompletionPing(context.host, policies.get_settings)
    ladder = DeliveryRoutes(ports.messages, stores.posts, context.clock, context.ids.new_nonce)
    delivery = Delivery(
        line,
        status,
        ladder,
        bell,
        stores=stores,
        backend=ports.backend,
        spool=ports.spool,
        messages=ports.messages,
        context=context,
        display_filter=display_filter,
    )
    outage = Outage(
        line,
        delivery,
        OutageAlerts(line, policies, announce, messages=ports.messages, context=context),
        jobs=stores.jobs,
        backend=ports.backend,
        catalog=ports.catalog,
        clock=context.clock,
    )
    worker = Worker(
        line,
        status,
        delivery,
        outage,
        jobs=stores.jobs,
        backend=ports.backend,
        spool=ports.spool,
        context=context,
        display_filter=display_filter,
    )
    stopping = Cancellation(
        line,
        worker,
        delivery,
        stores=stores,
        spool=ports.spool,
        messages=ports.messages,
        clock=context.clock,
        display_filter=display_filter,
    )
    gate = Admission(
        line,
        policies,
        reach,
        begun,
        stores=stores,
        catalog=ports.catalog,
        context=context,
        classifier=ports.classifier,
    )
    stale_cards = StaleCards(stores.jobs, stores.posts, ports.messages, context.clock, status)
    desk = DrawingRequests(
        line,
        status,
        bell,
        gate,
        reach,
        begun,
        stale_cards,
        stores=stores,
        spool=ports.spool,
        context=context,
        display_filter=display_filter,
    )
    blocking = BlockCommands(
        stores.blocks, stores.history, ports.messages, context.clock, line, stopping
    )
    privacy = PrivacyCommands(
        line,
        stopping,
        stores=stores,
        backend=ports.backend,
        spool=ports.spool,
        messages=ports.messages,
        context=context,
    )
    trail = AuditLogChannel(policies, audit=stores.audit, messages=ports.messages, context=context)
    return Flow(
        status=status,
        delivery=delivery,
        guild_settings=policies,
        triggers=phrases,
        trigger_commands=TriggerCommands(phrases, policies, gate),
        requests=desk,
        remix=RemixCommands(
            desk, gate, policies, begun, stores=stores, spool=ports.spool, context=context
        ),
        cancellation=stopping,
        guild_switch=GuildSwitch(context.tasks, policies, line, stopping),
        info=InfoCommands(
            line,
            phrases,
            policies.get_settings,
            limits=stores.limits,
            blocks=stores.blocks,
            clock=context.clock,
        ),
        history=HistoryCommands(
            delivery,
            stores=stores,
            backend=ports.backend,
            spool=ports.spool,
            messages=ports.messages,
            context=context,
        ),
        models=ModelBrowser(
            line,
            reach,
            settings=stores.settings,
            backend=ports.backend,
            catalog=ports.catalog,
            spool=ports.spool,
            host=context.host,
        ),
        limits=LimitCommands(
            stores.limits, stores.audit, context.clock.now, context.host.bounds.images_max
        ),
        blocks=blocking,
        reports=ReportCommands(
            policies, blocking, stores=stores, messages=ports.messages, context=context
        ),
        settings=SettingsPanel(
            policies,
            trail.has_failed,
            jobs=stores.jobs,
            history=stores.history,
            catalog=ports.catalog,
            context=context,
        ),
        onboarding=WelcomeMessages(
            onboarding=stores.onboarding,
            limits=stores.limits,
            messages=ports.messages,
            context=context,
        ),
        privacy=privacy,
        queue=line,
        worker=worker,
        outage=outage,
        maintenance=Maintenance(
            line,
            worker,
            outage,
            delivery,
            privacy,
            stores=stores,
            catalog=ports.catalog,
            spool=ports.spool,
            context=context,
        ),
        recovery=StartupRecovery(
            line,
            status,
            worker,
            delivery,
            stale_cards,
            jobs=stores.jobs,
            posts=stores.posts,
            backend=ports.backend,
            messages=ports.messages,
            context=context,
        ),
        shutdown=Shutdown(context.tasks, line),
        audit_log=trail,
    )
