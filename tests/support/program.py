"""The Discord side of the program with every cog, before a small flow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import discord
from discord.ext import commands

from bot.adapters.discord.client import ClientCallbacks, SwarmBot
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.runtime.tasks import TaskSupervisor
from bot.flow.triggers.commands import TriggerCommands
from bot.flow.triggers.registry import TriggerRegistry
from cogs import TriggerConfig, build_cogs
from tests.support.plain_board import PlainBoard
from tests.support.small_counter import SmallCounter
from tests.support.small_flow import NOON, Flow
from tests.support.small_gallery import Museum
from tests.support.small_history import SmallHistory
from tests.support.small_privacy import Archive
from tests.support.small_remix import Remixes
from tests.support.small_reports import SmallReports
from tests.support.small_settings import Cabinet
from tests.support.small_triggers import SmallTriggers

REF = "K7Q2"


@dataclass
class Program:
    """What `bot/app.py` builds, as small as it can be. `channels` are where phrases count.

    `reads_content` stands for the application's flags; None leaves them to Discord.
    """

    flow: Flow = field(default_factory=Flow)
    past: SmallHistory = field(default_factory=SmallHistory)
    museum: Museum = field(default_factory=Museum)
    cabinet: Cabinet = field(default_factory=Cabinet)
    counter: SmallCounter = field(default_factory=SmallCounter)
    archive: Archive = field(default_factory=Archive)
    remixes: Remixes = field(init=False)
    reports: SmallReports = field(default_factory=SmallReports)
    triggers: SmallTriggers = field(default_factory=SmallTriggers)
    channels: set[int] = field(default_factory=set)
    patience_s: float = 1.5
    kept_hash: str | None = None
    readied: int = 0
    now: float = 0.0
    reads_content: bool | None = True
    shard_count: int | None = 1
    prompt_max: int = 2000

    def __post_init__(self) -> None:
        self.remixes = Remixes(self.flow)

    def studio(self) -> SwarmBot:
        """A client as after a start of the process."""

        async def load() -> str | None:
            return self.kept_hash

        async def store(value: str) -> None:
            self.kept_hash = value

        async def ready(_: SwarmBot) -> None:
            self.readied += 1

        studio = SwarmBot(lambda: REF, shard_count=self.shard_count)
        studio.install_cogs(self._cogs, ClientCallbacks(load, store, ready))
        if self.reads_content:
            studio._connection.application_flags = discord.ApplicationFlags(
                gateway_message_content=True
            )
        self.board = PlainBoard(studio)
        self.flow.messages = self.board
        self.greeting = self.cabinet.onboarding(self.board)
        return studio

    def phrases(self) -> TriggerCommands:
        """What is listened for: the host's one phrase in `channels`, until somebody chooses."""
        policies: Any = self.cabinet
        gate: Any = self.flow
        phrases = TriggerRegistry(
            self.triggers, TaskSupervisor(), ("draw me",), self.channels, lambda: NOON
        )
        phrases._by_guild = dict(self.triggers.known)
        return TriggerCommands(phrases, policies, gate)

    def _cogs(self) -> Iterable[commands.Cog]:
        phrases = self.phrases()
        flow: Any = self.flow
        past: Any = self.past
        counter: Any = self.counter
        archive: Any = self.archive
        remixing: Any = self.remixes
        reports: Any = self.reports
        flow.grant_images, flow.reset_usage = counter.grant_images, counter.reset_usage
        flow.set_exemption, flow.show_audit_log = counter.set_exemption, counter.show_audit_log
        return build_cogs(
            desk=flow,
            reading=flow,
            past=past,
            gallery=self.museum.models(),
            stopping=flow,
            limits=flow,
            blocking=counter,
            reporting=reports,
            privacy=archive,
            remixing=remixing,
            settings=self.cabinet.requests(self.museum),
            greeting=self.greeting,
            board=self.board,
            answers=InteractionResponder(flow, self.board, patience_s=self.patience_s),
            phrases=phrases,
            words=TriggerConfig(phrases.triggers, tick=lambda: self.now),
            prompt_max=self.prompt_max,
        )
