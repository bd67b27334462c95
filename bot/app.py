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
from bot.core.ids import job_id
from bot.core.jobs.eta import estimate
from bot.core.jobs.outage_notices import Notice
from bot.core.limits.quota import Limits
from bot.flow.audit import Trail
from bot.flow.blocks import Blocking
from bot.flow.drawing.admission import Gate
from bot.flow.drawing.available import Reach
from bot.flow.drawing.remix import Remixing
from bot.flow.drawing.requests import Desk
from bot.flow.drawing.source_images import Beginnings
from bot.flow.history import History
from bot.flow.info import Reading
from bot.flow.jobs.cancellation import Stopping
from bot.flow.jobs.completion_ping import Bell
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.delivery_routes import Ladder
from bot.flow.jobs.guild_switch import Switching
from bot.flow.jobs.outage import Outage, unheard
from bot.flow.jobs.outage_alerts import Alarm, Herald
from bot.flow.jobs.queue import Line
from bot.flow.jobs.recovery import Recovery
from bot.flow.jobs.shutdown import Closing
from bot.flow.jobs.status_message import Status
from bot.flow.jobs.worker import Worker
from bot.flow.limits import LimitsDesk
from bot.flow.maintenance import Janitor
from bot.flow.models import Gallery
from bot.flow.moderation.classify import LookedAt
from bot.flow.moderation.display_filter import Showing
from bot.flow.onboarding import Greeting
from bot.flow.ports import Books, Classifier, Spool
from bot.flow.privacy import Privacy
from bot.flow.reports import Reporting
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.services import Fresh, Kit
from bot.flow.runtime.signals import told_to_stop, unless_told, until_told
from bot.flow.runtime.tasks import Crew
from bot.flow.settings.panel import SettingsDesk
from bot.flow.settings.store import Policies
from bot.flow.triggers.commands import PhraseDesk
from bot.flow.triggers.registry import Phrases
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

    status: Status
    delivery: Delivery
    policies: Policies
    phrases: Phrases
    phrase_desk: PhraseDesk
    desk: Desk
    stopping: Stopping
    switching: Switching
    reading: Reading
    history: History
    gallery: Gallery
    limits: LimitsDesk
    blocking: Blocking
    reporting: Reporting
    settings: SettingsDesk
    greeting: Greeting
    privacy: Privacy
    remixing: Remixing
    line: Line
    worker: Worker
    outage: Outage
    janitor: Janitor
    recovery: Recovery
    closing: Closing
    trail: Trail


def build_flow(kit: Kit, announce: Callable[[Notice], None] = unheard) -> Flow:
    """Wire the flow over any ports: the real ones here, working fakes in tests.

    `announce` hears, once each way, that SwarmUI is away or back.
    """
    policies = Policies(kit.books, kit.catalog, kit.house.bounds, kit.crew, kit.clock.now)
    kit = replace(kit, showing=Showing(policies.of))
    phrases = Phrases(
        kit.books,
        kit.crew,
        kit.house.phrases,
        frozenset(kit.house.trigger_channels),
        kit.clock.now,
        mentions=kit.house.mentions,
    )
    status = Status(kit.board, kit.spool, kit.clock, kit.crew)
    line = Line(kit, status)
    reach = Reach(kit.catalog, kit.house.bounds, policies.of)
    begun = Beginnings(kit)
    bell = Bell(kit.house, policies.of)
    ladder = Ladder(kit.board, kit.books, kit.clock, kit.fresh.nonce)
    delivery = Delivery(kit, line, status, ladder, bell)
    outage = Outage(kit, line, delivery, Alarm(kit, line, policies, announce))
    worker = Worker(kit, line, status, delivery, outage)
    stopping = Stopping(kit, line, worker, delivery)
    gate = Gate(kit, line, policies, reach, begun)
    desk = Desk(kit, line, status, bell, gate, reach, begun)
    blocking = Blocking(kit, line, stopping)
    privacy = Privacy(kit, line, stopping)
    trail = Trail(kit, policies)
    return Flow(
        status=status,
        delivery=delivery,
        policies=policies,
        phrases=phrases,
        phrase_desk=PhraseDesk(phrases, policies, gate),
        desk=desk,
        remixing=Remixing(kit, desk, gate, policies, begun),
        stopping=stopping,
        switching=Switching(kit.crew, policies, line, stopping),
        reading=Reading(kit, line, phrases, policies.of),
        history=History(kit, delivery),
        gallery=Gallery(kit, line, reach),
        limits=LimitsDesk(kit.books, kit.clock.now, kit.house.bounds.images_max),
        blocking=blocking,
        reporting=Reporting(kit, policies, blocking),
        settings=SettingsDesk(kit, policies, trail.troubled),
        greeting=Greeting(kit),
        privacy=privacy,
        line=line,
        worker=worker,
        outage=outage,
        janitor=Janitor(kit, line, worker, outage, delivery, privacy),
        recovery=Recovery(kit, line, status, worker, delivery),
        closing=Closing(kit.crew, line),
        trail=trail,
    )


def fresh() -> Fresh:
    """Names and chances from the system's own randomness."""
    return Fresh(
        job_id=lambda: job_id(secrets.token_bytes(13)),
        nonce=lambda: secrets.token_hex(10),
        seed=lambda: secrets.randbelow(SEEDS),
        ref=lambda: secrets.token_hex(2).upper(),
    )


@asynccontextmanager
async def _ports(settings: Settings, clock: Clock) -> AsyncIterator[tuple[Books, Swarm, Spool]]:
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


def _as_it_is(kit: Kit) -> Kit:
    return kit


async def run(
    settings: Settings,
    say: Callable[[str], None],
    *,
    around: Callable[[Kit], Kit] = _as_it_is,
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
        told_to_stop() as stop,
        _ports(settings, clock) as (books, swarm, spool),
        Spending.open(sent) as spending,
        _classifier(settings) as classifier,
        Crew() as crew,
    ):
        turns = Turns(spending)
        chances = fresh()
        beside = Surroundings(settings, crew, say, chances.ref)
        studio = Studio(beside.cogs, beside.around(), http_trace=trace_config(turns))
        board = DiscordBoard(studio, turns)
        if classifier is not None and looks_at_pictures(settings):
            strict = settings.moderation.on_failure == "refuse"
            spool = LookedAt(spool, books, classifier, strict=strict)
        kit = around(
            Kit(
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
        herald = Herald(kit, settings.log.channel, studio.show)
        flow = beside.flow = build_flow(kit, herald)
        swarm.pace_from(lambda order: estimate(order, flow.line.pace))
        beside.board = kit.board
        if not await unless_told(stop.first, _prepare(settings, swarm, flow)):
            log.info("stopped", how="it had not begun")
            return
        crew.spawn(_detect(swarm), "detect the websocket")
        crew.keep(flow.outage.watch, "outage", clock.sleep)
        crew.keep(flow.janitor.run, "janitor", clock.sleep)
        try:
            await until_told(
                stop,
                run_client(studio, settings.discord.token.get_secret_value()),
                lambda: flow.closing.drain(settings.swarmui.drain_s),
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
    await flow.policies.load()
    await flow.phrases.load()
    await flow.recovery.look()
    try:
        await swarm.catalog.refresh()
    except BackendError as error:
        await flow.outage.begin(error)


async def _detect(swarm: Swarm) -> None:
    """So that the first picture need not find out; a server that is away is no answer."""
    with contextlib.suppress(BackendError):
        await swarm.detect()
