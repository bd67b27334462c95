"""The composition root: every part is built here, once, and ended in the reverse order."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from discord import ConnectionClosed, LoginFailure, PrivilegedIntentsRequired

from bot.adapters.classifier import HttpClassifier
from bot.adapters.discord.client import Studio, point_at, run_client
from bot.adapters.discord.rest.messages import DiscordBoard
from bot.adapters.discord.rest.rate_limit_headers import trace_config
from bot.adapters.discord.rest.rate_limit_journal import Spending
from bot.adapters.discord.rest.request_queue import Turns
from bot.adapters.pictures import FileSpool
from bot.adapters.sqlite import Database, Retention, SqliteBooks
from bot.adapters.swarmui import Swarm
from bot.config import Settings
from bot.core.errors import BackendError, BotError
from bot.core.ids import build_job_id
from bot.core.jobs.eta import estimate_drawing
from bot.core.jobs.outage_notices import OutageNotice
from bot.core.limits.quota import Limits
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
from bot.flow.jobs.outage_alerts import HostOutageAlerts, OutageAlerts
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.recovery import StartupRecovery
from bot.flow.jobs.shutdown import Shutdown
from bot.flow.jobs.status_message import StatusMessages
from bot.flow.jobs.worker import Worker
from bot.flow.limits import LimitCommands
from bot.flow.maintenance import Maintenance
from bot.flow.models import ModelBrowser
from bot.flow.moderation.classify import ClassifiedSpool
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.onboarding import WelcomeMessages
from bot.flow.ports import Classifier, Spool, Store
from bot.flow.privacy import PrivacyCommands
from bot.flow.reports import ReportCommands
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.services import IdSource, Services
from bot.flow.runtime.signals import catch_stop_signals, run_unless_stopped, run_until_stopped
from bot.flow.runtime.tasks import TaskSupervisor
from bot.flow.settings.panel import SettingsPanel
from bot.flow.settings.store import GuildSettingsCache
from bot.flow.triggers.commands import TriggerCommands
from bot.flow.triggers.registry import TriggerRegistry
from bot.runtime import Surroundings
from bot.views import house_of, looks_at_pictures, swarm_settings

log = structlog.stdlib.get_logger(__name__)

SEEDS = 2**31 - 1
NOT_LET_IN = "Discord refuses the token. Make a new one: your application, Bot, Reset Token."


class CannotStart(BotError):
    """The bot cannot run like this, and trying again will not help; `str()` says what will."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The story's parts, wired; what the Discord side and `run` use of them."""

    status: StatusMessages
    delivery: Delivery
    policies: GuildSettingsCache
    phrases: TriggerRegistry
    phrase_desk: TriggerCommands
    desk: DrawingRequests
    stopping: Cancellation
    switching: GuildSwitch
    reading: InfoCommands
    history: HistoryCommands
    gallery: ModelBrowser
    limits: LimitCommands
    blocking: BlockCommands
    reporting: ReportCommands
    settings: SettingsPanel
    greeting: WelcomeMessages
    privacy: PrivacyCommands
    remixing: RemixCommands
    line: JobQueue
    worker: Worker
    outage: Outage
    janitor: Maintenance
    recovery: StartupRecovery
    closing: Shutdown
    trail: AuditLogChannel


def build_flow(kit: Services, announce: Callable[[OutageNotice], None] = ignore_notice) -> Flow:
    """Wire the flow over any ports: the real ones here, working fakes in tests.

    `announce` hears, once each way, that SwarmUI is away or back.
    """
    policies = GuildSettingsCache(kit.store, kit.catalog, kit.host.bounds, kit.tasks, kit.clock.now)
    kit = replace(kit, display_filter=DisplayFilter(policies.get_settings))
    phrases = TriggerRegistry(
        kit.store,
        kit.tasks,
        kit.host.trigger_phrases,
        frozenset(kit.host.trigger_channels),
        kit.clock.now,
        mentions=kit.host.mention_triggers,
    )
    status = StatusMessages(kit.messages, kit.spool, kit.clock, kit.tasks)
    line = JobQueue(kit, status)
    reach = AvailableModels(kit.catalog, kit.host.bounds, policies.get_settings)
    begun = SourceImages(kit)
    bell = CompletionPing(kit.host, policies.get_settings)
    ladder = DeliveryRoutes(kit.messages, kit.store, kit.clock, kit.ids.new_nonce)
    delivery = Delivery(kit, line, status, ladder, bell)
    outage = Outage(kit, line, delivery, OutageAlerts(kit, line, policies, announce))
    worker = Worker(kit, line, status, delivery, outage)
    stopping = Cancellation(kit, line, worker, delivery)
    gate = Admission(kit, line, policies, reach, begun)
    desk = DrawingRequests(kit, line, status, bell, gate, reach, begun)
    blocking = BlockCommands(kit, line, stopping)
    privacy = PrivacyCommands(kit, line, stopping)
    trail = AuditLogChannel(kit, policies)
    return Flow(
        status=status,
        delivery=delivery,
        policies=policies,
        phrases=phrases,
        phrase_desk=TriggerCommands(phrases, policies, gate),
        desk=desk,
        remixing=RemixCommands(kit, desk, gate, policies, begun),
        stopping=stopping,
        switching=GuildSwitch(kit.tasks, policies, line, stopping),
        reading=InfoCommands(kit, line, phrases, policies.get_settings),
        history=HistoryCommands(kit, delivery),
        gallery=ModelBrowser(kit, line, reach),
        limits=LimitCommands(kit.store, kit.clock.now, kit.host.bounds.images_max),
        blocking=blocking,
        reporting=ReportCommands(kit, policies, blocking),
        settings=SettingsPanel(kit, policies, trail.has_failed),
        greeting=WelcomeMessages(kit),
        privacy=privacy,
        line=line,
        worker=worker,
        outage=outage,
        janitor=Maintenance(kit, line, worker, outage, delivery, privacy),
        recovery=StartupRecovery(kit, line, status, worker, delivery),
        closing=Shutdown(kit.tasks, line),
        trail=trail,
    )


def fresh() -> IdSource:
    """Names and chances from the system's own randomness."""
    return IdSource(
        new_job_id=lambda: build_job_id(secrets.token_bytes(13)),
        new_nonce=lambda: secrets.token_hex(10),
        new_seed=lambda: secrets.randbelow(SEEDS),
        new_error_ref=lambda: secrets.token_hex(2).upper(),
    )


@asynccontextmanager
async def _ports(settings: Settings, clock: Clock) -> AsyncIterator[tuple[Store, Swarm, Spool]]:
    quota, storage = settings.quota, settings.storage
    folder = storage.database.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"Cannot make the folder {folder}: {error.strerror}") from error
    retention = Retention(
        spool=timedelta(hours=storage.spool_hours),
        history=timedelta(days=storage.history_days),
        charges_months=storage.charges_months,
    )
    limits = Limits(quota.day, quota.month, quota.per_job, quota.waiting, quota.running)
    async with (
        Database.open(storage.database, clock=clock.now) as database,
        Swarm.open(swarm_settings(settings)) as swarm,
    ):
        books = SqliteBooks(
            database,
            defaults=limits,
            queue_max=quota.queue,
            time_zone=quota.time_zone,
            retention=retention,
        )
        yield books, swarm, FileSpool(storage.spool)


@asynccontextmanager
async def _classifier(settings: Settings) -> AsyncIterator[Classifier | None]:
    its = settings.moderation
    if not its.url:
        yield None
        return
    async with HttpClassifier.open(its.url, its.token.get_secret_value(), its.timeout_s) as one:
        yield one


def _as_it_is(kit: Services) -> Services:
    return kit


async def run(
    settings: Settings,
    say: Callable[[str], None],
    *,
    around: Callable[[Services], Services] = _as_it_is,
) -> None:
    """Run the bot until it is told to stop (SIGINT, SIGTERM, on Windows Ctrl+Break too).

    The first signal drains it, or ends it at once where it still starts; a second one and
    cancelling end it at once. Only a database that is being copied and brought up to date is
    finished first, however long that takes: half of it would be begun anew. Either way the next
    start has all that lives. `say` speaks to the host. `around` may put something between the
    flow and its ports.
    """
    point_at(settings.discord.api_base, settings.discord.gateway_url, settings.discord.cdn_url)
    clock = Clock()
    sent = settings.storage.database.with_suffix(".sent")
    async with (
        catch_stop_signals() as stop,
        _ports(settings, clock) as (books, swarm, spool),
        Spending.open(sent) as spending,
        _classifier(settings) as classifier,
        TaskSupervisor() as crew,
    ):
        turns = Turns(spending)
        chances = fresh()
        beside = Surroundings(settings, crew, say, chances.new_error_ref)
        studio = Studio(beside.cogs, beside.around(), http_trace=trace_config(turns))
        board = DiscordBoard(studio, turns)
        if classifier is not None and looks_at_pictures(settings):
            strict = settings.moderation.on_failure == "refuse"
            spool = ClassifiedSpool(spool, books, classifier, strict=strict)
        kit = around(
            Services(
                books,
                swarm,
                swarm.catalog,
                spool,
                board,
                clock,
                crew,
                house_of(settings),
                chances,
                classifier,
            )
        )
        herald = HostOutageAlerts(kit, settings.log.channel, studio.show)
        flow = beside.flow = build_flow(kit, herald)
        swarm.pace_from(lambda order: estimate_drawing(order, flow.line.pace))
        beside.board = kit.messages
        if not await run_unless_stopped(stop.first, _prepare(settings, swarm, flow)):
            log.info("stopped", how="it had not begun")
            return
        crew.spawn_task(_detect(swarm), "detect the websocket")
        crew.run_forever(flow.outage.watch_backend, "outage", clock.sleep)
        crew.run_forever(flow.janitor.run_rounds, "janitor", clock.sleep)
        try:
            await run_until_stopped(
                stop,
                run_client(studio, settings.discord.token.get_secret_value()),
                lambda: flow.closing.drain_tasks(settings.swarmui.drain_s),
            )
        except LoginFailure as error:
            raise CannotStart(NOT_LET_IN) from error
        except (PrivilegedIntentsRequired, ConnectionClosed) as error:
            raise CannotStart(f"Discord does not let the bot in: {error}") from error
        finally:
            swarm.part()
            await board.close()


async def _prepare(settings: Settings, swarm: Swarm, flow: Flow) -> None:
    """What has to be known before anybody may ask; a SwarmUI that is away is waited for later."""
    lists = settings.storage.database.with_suffix(".lists")
    await swarm.catalog.recall(lists, settings.swarmui.url)
    await flow.policies.load_settings()
    await flow.phrases.load_triggers()
    await flow.recovery.load_unfinished_jobs()
    try:
        await swarm.catalog.refresh_catalog()
    except BackendError as error:
        await flow.outage.begin_outage(error)


async def _detect(swarm: Swarm) -> None:
    """So that the first picture need not find out; a server that is away is no answer."""
    with contextlib.suppress(BackendError):
        await swarm.detect()
