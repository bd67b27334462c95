"""Program start and stop. Every part is built here and closed in reverse order."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import structlog
from discord import ConnectionClosed, LoginFailure, PrivilegedIntentsRequired

from bot.adapters.classifier import HttpClassifier
from bot.adapters.discord.client import SwarmBot
from bot.adapters.discord.client_restarts import run_client
from bot.adapters.discord.discord_internals import set_discord_urls
from bot.adapters.discord.rest.messages import DiscordMessages
from bot.adapters.discord.rest.rate_limit_headers import trace_config
from bot.adapters.discord.rest.rate_limit_journal import RateLimitJournal
from bot.adapters.discord.rest.request_queue import RequestQueue
from bot.adapters.pictures import FileSpool
from bot.adapters.sqlite import Database, Retention, build_stores
from bot.adapters.sqlite.folder_lock import lock_data_folder
from bot.adapters.swarmui import SwarmClient, hurry_settings, probe_swarmui
from bot.composition import Flow, build_flow
from bot.config import Settings
from bot.core.errors import BackendError, BotError
from bot.core.ids import build_job_id
from bot.core.jobs.retry import stops_drawing
from bot.core.limits.quota import Limits
from bot.flow.moderation.classify import ClassifiedSink
from bot.flow.ports import Classifier, FlowPorts, ImageSink, Stores
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.context import FlowContext, IdSource
from bot.flow.runtime.signals import catch_stop_signals, run_unless_stopped, run_until_stopped
from bot.flow.runtime.tasks import TaskSupervisor
from bot.heartbeat import Heartbeat
from bot.runtime import BotRuntime, build_flow_cogs
from bot.storage_check import prepare_spool
from bot.views import build_host_settings, build_swarm_settings, classifies_images

log = structlog.stdlib.get_logger(__name__)

SEEDS = 2**31 - 1
NOT_LET_IN = "Discord refuses the token. Make a new one: your application, Bot, Reset Token."


class CannotStart(BotError):
    """Configuration problem that a retry cannot fix. The message says what can."""


class RefusedByDiscord(CannotStart):
    """Discord refuses the token, the intents or the shards, and would again after a restart."""


def build_id_source() -> IdSource:
    """Names and chances from the system's own randomness."""
    return IdSource(
        new_job_id=lambda: build_job_id(secrets.token_bytes(13)),
        new_nonce=lambda: secrets.token_hex(10),
        new_seed=lambda: secrets.randbelow(SEEDS),
        new_error_ref=lambda: secrets.token_hex(2).upper(),
    )


@asynccontextmanager
async def _open_stores(settings: Settings, clock: Clock) -> AsyncIterator[Stores]:
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
        departed=timedelta(days=storage.departed_days),
    )
    limits = Limits(quota.day, quota.month, quota.per_job, quota.waiting, quota.running)
    with lock_data_folder(storage.database, clock.now()):
        prepare_spool(storage.spool)
        async with Database.open(storage.database, clock=clock.now) as database:
            yield build_stores(
                database,
                defaults=limits,
                queue_max=quota.queue,
                time_zone=quota.time_zone,
                retention=retention,
            )


@asynccontextmanager
async def _open_classifier(settings: Settings) -> AsyncIterator[Classifier | None]:
    own = settings.moderation
    if not own.url:
        yield None
        return
    token = own.token.get_secret_value()
    async with HttpClassifier.open(own.url, token, own.timeout_s) as classifier:
        yield classifier


async def run(
    settings: Settings,
    say: Callable[[str], None],
    *,
    wrap_ports: Callable[[FlowPorts], FlowPorts] = lambda ports: ports,
) -> None:
    """Run the bot until SIGINT, SIGTERM or, on Windows, Ctrl+Break.

    The first signal lets running jobs finish, or ends a bot that is still starting. A second signal
    ends it at once. A running migration is always finished. Unfinished jobs resume on the next
    start. `say` prints to the console. `wrap_ports` may put something between the flow and its
    ports.
    """
    discord = settings.discord
    set_discord_urls(discord.api_base, discord.gateway_url, discord.cdn_url)
    clock, ids = Clock(), build_id_source()
    journal_file = settings.storage.database.with_suffix(".sent")
    async with (
        catch_stop_signals() as stop,
        _open_stores(settings, clock) as stores,
        SwarmClient.open(build_swarm_settings(settings)) as swarm,
        RateLimitJournal.open(journal_file) as journal,
        _open_classifier(settings) as classifier,
        TaskSupervisor() as tasks,
    ):
        request_queue = RequestQueue(journal)
        client = SwarmBot(ids.new_error_ref, http_trace=trace_config(request_queue))
        heartbeat = Heartbeat(settings.storage.database, lambda: client.is_connected, clock)
        tasks.run_forever(heartbeat.beat_forever, "heartbeat", clock.sleep)
        messages = DiscordMessages(client, request_queue)
        context = FlowContext(clock, tasks, ids, build_host_settings(settings))
        spool = FileSpool(settings.storage.spool)
        swarm.set_image_shrinker(spool.make_small_jpeg)
        images: ImageSink = spool
        if classifier is not None and classifies_images(settings):
            strict = context.host.classifier_required
            images = ClassifiedSink(spool, stores.jobs, classifier, strict=strict)
        ports = wrap_ports(
            FlowPorts(
                stores,
                swarm,
                swarm.catalog,
                spool,
                images,
                messages,
                classifier,
                partial(
                    probe_swarmui,
                    hurry_settings(swarm.settings),
                    default_model=settings.swarmui.model,
                ),
            )
        )
        flow = build_flow(ports, context, client.show_status)
        if not await run_unless_stopped(stop.first, _prepare(settings, swarm, flow)):
            log.info("stopped", how="it had not begun")
            return
        tasks.spawn_task(_detect(swarm), "detect the websocket")
        tasks.run_forever(flow.outage.watch_backend, "outage", clock.sleep)
        tasks.run_forever(flow.pauses.watch_pauses, "pauses", clock.sleep)
        tasks.run_forever(flow.maintenance.run_rounds, "janitor", clock.sleep)
        client.install_cogs(
            lambda: build_flow_cogs(flow, ports.messages, settings),
            BotRuntime(flow, tasks, say).start,
        )
        try:
            await run_until_stopped(
                stop,
                run_client(client, discord.token.get_secret_value()),
                lambda: flow.shutdown.drain_tasks(settings.swarmui.shutdown_grace_s),
            )
        except LoginFailure as error:
            raise RefusedByDiscord(NOT_LET_IN) from error
        except (PrivilegedIntentsRequired, ConnectionClosed) as error:
            raise RefusedByDiscord(f"Discord does not let the bot in: {error}") from error
        finally:
            swarm.detach_streams()
            await messages.close()


async def _prepare(settings: Settings, swarm: SwarmClient, flow: Flow) -> None:
    """Load what must be known before the first request. A missing SwarmUI is no error."""
    lists = settings.storage.database.with_suffix(".lists")
    await swarm.catalog.load_cached_snapshot(lists, swarm.settings.display_url)
    await flow.guild_settings.load_settings()
    await flow.triggers.load_triggers()
    await flow.pauses.apply_pauses()
    await flow.recovery.load_unfinished_jobs()
    await flow.notices.load_left()
    try:
        await swarm.catalog.refresh_catalog()
    except BackendError as error:
        if stops_drawing(error):
            await flow.outage.begin_outage(error)
    await flow.maintenance.check_default_model()


async def _detect(swarm: SwarmClient) -> None:
    with contextlib.suppress(BackendError):
        await swarm.detect_websocket()
