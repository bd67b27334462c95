"""The real client with every cog, in a Discord that lives in memory, before a small flow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import discord
import pytest
from simcord import Env
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle, RoleHandle

from bot.adapters.discord.client import SwarmBot
from bot.core.ids import JobId
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import CardButton, MessageCard, MessageContent
from tests.support.program import Program
from tests.support.small_flow import NOON, Flow

IMPATIENT = pytest.mark.parametrize("program", [{"patience_s": 0.0}], indirect=True)


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

    async def show(self, button: CardButton) -> discord.Message:
        """A message of the bot's in #art with that button, such as a result is."""
        post = Post(JobId("z" * 20), Purpose.RESULT, f"n{button.action}", self.art.id, NOON)
        message = await self.program.board.send_message(
            post, MessageContent(MessageCard("a red fox", None, (button,)))
        )
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

    async def wait_for_slot(self) -> None:
        await self.stage.env.external_wait(self.done.wait(), reason="a slow disk")

    async def available(self) -> None:
        self.done.set()
        await self.stage.env.settle()


@pytest.fixture
def simcord_bot(program: Program) -> SwarmBot:
    return program.studio()


@pytest.fixture
def disk(stage: Stage) -> SlowDisk:
    """A disk that is slow from now on, before people who are told at once that it takes time."""
    slow = SlowDisk(stage)
    stage.flow.slowly = slow.wait_for_slot
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
