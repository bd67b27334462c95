"""The client with every cog over the real flow and a real database, for any Discord."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord

from bot.adapters.discord.client import SwarmBot
from bot.adapters.discord.rest.messages import DiscordMessages
from bot.adapters.discord.rest.rate_limit_headers import trace_config
from bot.adapters.discord.rest.request_queue import RequestQueue
from bot.adapters.pictures import FileSpool
from bot.composition import Flow
from bot.config import Settings
from bot.core.drawing.request import RequestContext
from bot.core.jobs.job import Job
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.tasks import TaskSupervisor
from bot.runtime import build_flow_cogs
from bot.views import build_host_settings
from tests.support.books import Desk, open_desk, wrap_stores
from tests.support.flow import FakePainter, FlowParts, build_numbered_ids
from tests.support.settings import set_fields

REF = "K7Q2"
"""The reference of every error in the log."""


def build_settings(**sections: dict[str, Any]) -> Settings:
    """The usual settings but for those."""
    return Settings.model_validate({"discord": {"token": "a.b.c"}, **sections})


@dataclass
class FakeDisk:
    """A disk that can be slow or broken: `error` is raised by every store."""

    error: Exception | None = None
    wait: Callable[[], Awaitable[None]] | None = None

    def wrap(self, store: Any) -> Any:
        return _StoreOnDisk(store, self)


class _StoreOnDisk:
    """Any store, with the faults of its disk."""

    def __init__(self, store: Any, disk: FakeDisk) -> None:
        self._store, self._disk = store, disk

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            if self._disk.wait is not None:
                await self._disk.wait()
            if self._disk.error is not None:
                raise self._disk.error
            return await method(*args, **kwargs)

        return call


class _ProgramTasks(TaskSupervisor):
    """Tasks that run in their creator's context, but for those that wait for status changes."""

    def __init__(self, build_context: Callable[[], Context]) -> None:
        super().__init__()
        self._build_context = build_context

    def spawn_task(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        if name.startswith("status "):
            return self._build_context().run(super().spawn_task, work, name)
        return super().spawn_task(work, name)


@dataclass
class Program:
    """What `bot.app.run` builds, over a fake SwarmUI.

    `now` is the clock of cooldowns, in seconds. `reads_content` stands for the application's
    flags; None leaves them to Discord. A status message is kept current by a task that waits for
    ever: `build_context` may take it out of those that a simulated Discord waits for.
    """

    desk: Desk
    spool: FileSpool
    settings: Settings = field(default_factory=build_settings)
    painter: FakePainter = field(default_factory=FakePainter)
    disk: FakeDisk = field(default_factory=FakeDisk)
    clock: Clock = field(default_factory=Clock)
    build_context: Callable[[], Context] = copy_context
    patience_s: float = 1.5
    now: float = 0.0
    reads_content: bool | None = True
    shard_count: int | None = 1
    starts: int = 0
    flow: Flow = field(init=False)
    messages: DiscordMessages = field(init=False)
    tasks: TaskSupervisor = field(init=False)
    _requests: RequestQueue = field(default_factory=RequestQueue)
    _process: AsyncExitStack = field(default_factory=AsyncExitStack)

    def new_client(self) -> SwarmBot:
        """A client that `start` has yet to give its cogs."""
        client = SwarmBot(
            lambda: REF,
            http_trace=trace_config(self._requests),
            shard_count=self.shard_count,
        )
        if self.reads_content:
            client._connection.application_flags = discord.ApplicationFlags(
                gateway_message_content=True
            )
        return client

    def listen_in(self, *channels: int) -> None:
        """Choose the host's channels for phrases; they count from the next start on."""
        triggers = self.settings.triggers.model_copy(update={"channels": channels})
        self.settings = self.settings.model_copy(update={"triggers": triggers})

    async def start(self, client: SwarmBot | None = None) -> SwarmBot:
        """Start the process, or a new one over the same database; its client is returned."""
        client = client or self.new_client()
        await self.stop()
        self.tasks = await self._process.enter_async_context(_ProgramTasks(self.build_context))
        self.messages = messages = DiscordMessages(client, self._requests)
        self._process.push_async_callback(messages.close)
        self.flow = FlowParts(
            wrap_stores(self.desk.books, self.disk.wrap),
            self.painter,
            self.painter,
            self.spool,
            messages,
            self.clock,
            self.tasks,
            build_host_settings(self.settings),
            build_numbered_ids(self.desk),
        ).build_flow()
        await self.flow.guild_settings.load_settings()
        await self.flow.triggers.load_triggers()
        await self.flow.recovery.load_unfinished_jobs()
        client.install_cogs(
            lambda: build_flow_cogs(
                self.flow,
                messages,
                self.settings,
                patience_s=self.patience_s,
                tick=lambda: self.now,
            ),
            self._ready,
        )
        return client

    async def stop(self) -> None:
        """End all that the process does."""
        await self._process.aclose()

    async def draw(self) -> None:
        """Draw and deliver all that waits."""
        worker = self.tasks.spawn_task(self.flow.worker.process_queue(), "worker")
        while await self.desk.books.jobs.list_living_jobs():  # noqa: ASYNC110 -- rows wake nobody
            await asyncio.sleep(0.01)
        await self.tasks.wait_for_tasks(("job ", "delivery "))
        worker.cancel()

    async def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        rows = await self.desk.db.read_rows("SELECT id FROM jobs ORDER BY rowid")
        found = [await self.desk.books.jobs.find_job(row["id"]) for row in rows]
        return [job for job in found if job is not None]

    async def set_choices(self, guild: int, **choices: Any) -> None:
        """Choose settings of a guild, as one of its managers."""
        manager = RequestContext(
            user=1, name="manager", guild=guild, channel=0, can_manage_guild=True
        )
        await set_fields(self.flow.guild_settings, manager, **choices)

    async def _ready(self, _: SwarmBot) -> None:
        self.starts += 1


@asynccontextmanager
async def open_program(folder: Path, **options: Any) -> AsyncIterator[Program]:
    """A program that can be started, with its database and its files in `folder`."""
    async with open_desk(folder / "books.db") as desk:
        program = Program(desk, FileSpool(folder / "spool"), **options)
        try:
            yield program
        finally:
            await program.stop()
