"""The real client with every cog over the real flow, in a Discord that lives in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import discord
import pytest
from discord.ext import commands
from simcord import Env, InteractionResult
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle, RoleHandle
from simcord.http.router import RequestContext as RouteContext
from simcord.http.router import route

from bot.adapters.discord.client import SwarmBot
from bot.core.drawing.request import RequestContext
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import CardButton, MessageCard, MessageContent
from bot.flow.runtime.clock import Clock
from tests.support.books import NOON
from tests.support.program import Program, open_program


@route("GET", "/applications/{application_id}/guilds/{guild_id}/commands/permissions")
def list_command_permissions(ctx: RouteContext) -> object:
    """What a server's Integrations page says of all commands, which simcord does not tell."""
    guild, application = ctx.int_arg("guild_id"), ctx.args["application_id"]
    kept = ctx.backend.command_permissions.items()
    return [
        {
            "id": str(target),
            "application_id": str(application),
            "guild_id": str(guild),
            "permissions": rows,
        }
        for (place, target), rows in kept
        if place == guild
    ]


AnyCog = TypeVar("AnyCog", bound=commands.Cog)
IMPATIENT = pytest.mark.parametrize("program", [{"patience_s": 0.0}], indirect=True)


@dataclass
class Stage:
    """A guild with its members, and the bot in it."""

    env: Env
    program: Program
    guild: GuildHandle
    artists: RoleHandle
    art: ChannelHandle
    general: ChannelHandle
    mia: MemberActor
    theo: MemberActor
    mona: MemberActor

    async def restart(self) -> None:
        """Start the bot anew over the same database."""
        await self.env.restart_bot(await self.program.start())

    def helper(self) -> MemberActor:
        """Somebody who has *Manage Messages* and no right of the whole server."""
        rights = discord.Permissions(manage_messages=True)
        role = self.guild.create_role("Helpers", permissions=rights)
        return self.guild.add_member(self.env.create_user("helen"), roles=[role])

    def cog(self, kind: type[AnyCog]) -> AnyCog:
        """The one cog of that kind that the bot has loaded."""
        client = self.env.bot
        assert isinstance(client, SwarmBot)
        (found,) = (one for one in client.cogs.values() if isinstance(one, kind))
        return found

    async def show(self, button: CardButton) -> discord.Message:
        """A message of the bot's in #art with that button, such as a result is."""
        post = Post(JobId("z" * 20), Purpose.RESULT, f"n{button.action}", self.art.id, NOON)
        message = await self.program.messages.send_message(
            post, MessageContent(MessageCard("a red fox", None, (button,)))
        )
        return next(known for known in self.art.history() if known.id == message)

    async def press(
        self, who: MemberActor, message: discord.Message, action: str
    ) -> InteractionResult:
        """Click the message's button of that action, such as "reroll" or "vary:2"."""
        rows = (row for row in message.components if isinstance(row, discord.ActionRow))
        ids = [str(getattr(item, "custom_id", "")) for row in rows for item in row.children]
        (found,) = (one for one in ids if one.startswith(f"{action}:"))
        return await who.click(message, custom_id=found)

    async def says(self, who: MemberActor, command: str, **options: object) -> str:
        """The words of a command's private answer."""
        return read_private(await who.slash(self.art, command, **options))

    def context(self, who: MemberActor) -> RequestContext:
        """The member as they ask in #art."""
        return RequestContext(who.id, "somebody", self.guild.id, self.art.id)

    async def imagine(
        self, prompt: str = "a red fox", who: MemberActor | None = None, **options: object
    ) -> Job:
        """A job, of mia's where nobody is named, its card in #art."""
        await (who or self.mia).slash(self.art, "imagine", prompt=prompt, **options)
        return (await self.program.jobs())[-1]

    async def draw(
        self, prompt: str = "a red fox", who: MemberActor | None = None, **options: object
    ) -> Job:
        """As `imagine`, and the pictures are delivered."""
        job = await self.imagine(prompt, who, **options)
        await self.program.draw()
        await self.env.settle()
        return job

    async def draw_undeliverable(self) -> None:
        """A private picture of mia's whose card is too old to edit, while her DMs are closed."""
        await self.imagine(private=True)
        self.env.backend.clock.advance(3600)
        self.env.inject_error("POST", "/users/@me/channels", status=403, code=50007)
        await self.program.draw()

    async def posts(self, job: Job) -> tuple[Post, ...]:
        """The messages of a job, as the database has them."""
        return await self.program.desk.books.posts.list_job_posts(job.id)

    async def prompts(self) -> list[str]:
        """What was accepted, in order."""
        return [job.order.prompt for job in await self.program.jobs()]


def read_private(result: InteractionResult) -> str:
    """The words of a private answer."""
    assert result.ephemeral
    assert result.response is not None
    return str(result.response.content)


def read_panel(result: InteractionResult) -> list[str]:
    """The lines of the panel of an answer."""
    assert result.response is not None
    return str(result.response.embeds[0].description).splitlines()


@dataclass
class SlowDisk:
    """Holds back what the database answers from now on until `available`."""

    stage: Stage
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.stage.program.disk.wait = self._wait

    async def available(self) -> None:
        self.stage.program.disk.wait = None
        self.done.set()
        await self.stage.env.settle()

    async def _wait(self) -> None:
        await self.stage.env.external_wait(self.done.wait(), reason="a slow disk")


@pytest.fixture
async def program(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Program]:
    """Ready to start; indirect parameters are its fields."""
    async with open_program(tmp_path, **getattr(request, "param", {})) as program:
        yield program


@pytest.fixture
async def stage(simcord_env: Env, program: Program, world: Stage) -> Stage:
    return world


@pytest.fixture
def disk(stage: Stage) -> SlowDisk:
    """A disk that is slow from now on, before people who are told at once that it takes time."""
    return SlowDisk(stage)


@pytest.fixture
def world(program: Program) -> Stage:
    """The guild as it is before the bot starts, at noon."""
    env = Env(program.new_client())
    env.backend.clock.advance((NOON - env.now()).total_seconds())
    program.clock = Clock(env.now, lambda: env.now().timestamp())
    program.build_context = lambda: env._context_for_scope(copy_context(), None)
    guild = env.create_guild("Studio")
    artists = guild.create_role("Artists")
    rights = discord.Permissions(manage_messages=True, moderate_members=True, manage_guild=True)
    moderators = guild.create_role("Moderators", permissions=rights)
    art = guild.create_text_channel("art")
    return Stage(
        env,
        program,
        guild,
        artists,
        art,
        guild.create_text_channel("general"),
        guild.add_member(env.create_user("mia")),
        guild.add_member(env.create_user("theo"), roles=[artists]),
        guild.add_member(env.create_user("mona"), roles=[moderators]),
    )


@pytest.fixture
async def simcord_env(world: Stage, program: Program) -> AsyncIterator[Env]:
    """The world with the bot in it, which listens for phrases in #art."""
    env, client = world.env, world.env.bot
    program.listen_in(world.art.id)
    assert isinstance(client, SwarmBot)
    await program.start(client)
    await env.start()
    try:
        yield env
    finally:
        await env.shutdown()
        env._raise_errors_since(env._errors_acknowledged)
