"""The client's surroundings: what it is given, what it keeps, and what begins when it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from discord.ext import commands

from bot.adapters.discord.channels import place_in
from bot.adapters.discord.client import Around, Studio
from bot.adapters.discord.interactions.responder import Answers
from bot.adapters.discord.permissions import CONTENT_OFF, content_link, invite_link
from bot.config import Settings
from bot.flow.ports import Messages
from bot.flow.runtime.tasks import TaskSupervisor
from cogs import build_cogs
from cogs.trigger_messages import TriggerConfig

if TYPE_CHECKING:
    from bot.app import Flow

log = structlog.stdlib.get_logger(__name__)


class Surroundings:
    """What the client asks of us: its cogs, the commands' hash, and to begin when it is ready."""

    # Both are built around the client, which has to be there first.
    flow: Flow
    board: Messages

    def __init__(
        self,
        settings: Settings,
        crew: TaskSupervisor,
        say: Callable[[str], None],
        ref: Callable[[], str],
    ) -> None:
        self._settings, self._crew, self._say, self._ref = settings, crew, say, ref
        self._hash = settings.storage.database.with_suffix(".commands")

    def around(self) -> Around:
        """For the client, in its own terms."""
        return Around(self._load_hash, self._store_hash, self._ready, self._ref)

    def cogs(self) -> Iterable[commands.Cog]:
        """All of them, over the flow and the board that must be there by now."""
        return build_cogs(
            desk=self.flow.desk,
            reading=self.flow.reading,
            past=self.flow.history,
            gallery=self.flow.gallery,
            stopping=self.flow.stopping,
            limits=self.flow.limits,
            blocking=self.flow.blocking,
            reporting=self.flow.reporting,
            privacy=self.flow.privacy,
            remixing=self.flow.remixing,
            settings=self.flow.settings,
            greeting=self.flow.greeting,
            board=self.board,
            phrases=self.flow.phrase_desk,
            words=TriggerConfig(self.flow.phrases, self._settings.triggers.cooldown_s),
            answers=Answers(self.flow.desk, self.board),
            prompt_max=self._settings.drawing.prompt_max,
        )

    async def _ready(self, studio: Studio) -> None:
        log.info("ready", guilds=len(studio.guilds))
        if not studio.guilds and studio.application_id is not None:
            self._say(f"I'm in no server yet. Open this: {invite_link(studio.application_id)}")
        if not studio.reads_messages:
            self._say(f"{CONTENT_OFF} {content_link(studio.application_id)}")
        self._crew.run_forever(self._work, "worker", asyncio.sleep)
        self._crew.spawn_task(self.flow.privacy.resume_erasures(), "erasures")
        self._crew.run_forever(self.flow.trail.run_forever, "trail", asyncio.sleep)
        guilds = tuple(guild.id for guild in studio.guilds)
        begin = self.flow.greeting.welcome_new_guilds(guilds, lambda guild: place_in(studio, guild))
        self._crew.spawn_task(begin, "greetings")

    async def _work(self) -> None:
        """In a task of ours: the client's own may outlive the books when we are told to stop."""
        await self.flow.recovery.resume_jobs()
        await self.flow.switching.cancel_in_disabled_guilds()
        await self.flow.worker.process_queue()

    async def _load_hash(self) -> str | None:
        return await asyncio.to_thread(_read, self._hash)

    async def _store_hash(self, text: str) -> None:
        await asyncio.to_thread(self._hash.write_text, text, "utf-8")


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None
