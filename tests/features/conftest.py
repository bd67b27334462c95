"""The real client with every cog, in a Discord that lives in memory, before a small flow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest
from discord.ext import commands
from simcord import Env
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle, RoleHandle

from bot.adapters.discord.answers import Answers
from bot.adapters.discord.client import Around, Studio
from bot.core.card import Button, Card
from bot.core.ids import JobId
from bot.flow.ports import Post, Purpose, Shown
from cogs import Words, all_cogs
from tests.features.board import PlainBoard
from tests.features.flow import NOON, Flow

REF = "K7Q2"
IMPATIENT = pytest.mark.parametrize("program", [{"patience_s": 0.0}], indirect=True)


@dataclass
class Program:
    """What `bot/app.py` builds, as small as it can be. `channels` are where phrases count."""

    flow: Flow = field(default_factory=Flow)
    channels: set[int] = field(default_factory=set)
    patience_s: float = 1.5
    kept_hash: str | None = None
    readied: int = 0
    now: float = 0.0
    reads_content: bool = True

    def studio(self) -> Studio:
        """A client as after a start of the process."""

        async def load() -> str | None:
            return self.kept_hash

        async def store(value: str) -> None:
            self.kept_hash = value

        async def ready(_: Studio) -> None:
            self.readied += 1

        studio = Studio(self._cogs, Around(load, store, ready, lambda: REF), shard_count=1)
        if self.reads_content:
            # What login would read from the application's flags.
            studio._connection.application_flags = discord.ApplicationFlags(
                gateway_message_content=True
            )
        self.board = PlainBoard(studio)
        self.flow.board = self.board
        return studio

    def _cogs(self) -> Iterable[commands.Cog]:
        flow: Any = self.flow
        return all_cogs(
            desk=flow,
            reading=flow,
            stopping=flow,
            limits=flow,
            board=self.board,
            answers=Answers(flow, self.board, patience_s=self.patience_s),
            words=Words(("draw me",), self.channels, tick=lambda: self.now),
        )


@dataclass
class Stage:
    """A server with its people, and the bot in it."""

    env: Env
    program: Program
    guild: GuildHandle
    artists: RoleHandle
    art: ChannelHandle
    general: ChannelHandle
    mia: MemberActor
    theo: MemberActor
    mona: MemberActor

    @property
    def flow(self) -> Flow:
        return self.program.flow

    async def show(self, button: Button) -> discord.Message:
        """A message of the bot's in #art with that button, such as a result is."""
        post = Post(JobId("z" * 20), Purpose.RESULT, f"n{button.action}", self.art.id, NOON)
        message = await self.program.board.post(post, Shown(Card("a red fox", None, (button,))))
        return next(known for known in self.art.history() if known.id == message)


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Program:
    """Ready to start; indirect parameters are its fields."""
    return Program(**getattr(request, "param", {}))


@dataclass
class SlowDisk:
    """Holds back what the flow decides until `over`."""

    stage: Stage
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        await self.stage.env.external_wait(self.done.wait(), reason="a slow disk")

    async def over(self) -> None:
        self.done.set()
        await self.stage.env.settle()


@pytest.fixture
def simcord_bot(program: Program) -> Studio:
    return program.studio()


@pytest.fixture
def disk(stage: Stage) -> SlowDisk:
    """A disk that is slow from now on, before people who are told at once that it takes time."""
    slow = SlowDisk(stage)
    stage.flow.slowly = slow.wait
    return slow


@pytest.fixture
async def stage(simcord_env: Env, program: Program) -> Stage:
    guild = simcord_env.create_guild("Studio")
    artists = guild.create_role("Artists")
    moderators = guild.create_role(
        "Moderators", permissions=discord.Permissions(manage_messages=True)
    )
    art = guild.create_text_channel("art")
    program.channels.add(art.id)
    return Stage(
        simcord_env,
        program,
        guild,
        artists,
        art,
        guild.create_text_channel("general"),
        guild.add_member(simcord_env.create_user("mia")),
        guild.add_member(simcord_env.create_user("theo"), roles=[artists]),
        guild.add_member(simcord_env.create_user("mona"), roles=[moderators]),
    )
