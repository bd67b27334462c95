"""The cogs of a login: each built once, with no command that another one has."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.adapters.discord.client import SwarmBot
from bot.adapters.discord.cog_bases import MenuCog, MessageListener
from bot.adapters.discord.interactions.responder import InteractionResponder
from cogs import TriggerConfig, build_cogs
from tests.features.conftest import Stage


def build(stage: Stage, cooldown_s: float = 5.0) -> list[commands.Cog]:
    """All cogs over the flow of the stage."""
    flow, messages = stage.program.flow, stage.program.messages
    made = build_cogs(
        desk=flow.requests,
        reading=flow.info,
        past=flow.history,
        gallery=flow.models,
        stopping=flow.cancellation,
        limits=flow.limits,
        blocking=flow.blocks,
        reporting=flow.reports,
        privacy=flow.privacy,
        remixing=flow.remix,
        settings=flow.settings,
        greeting=flow.onboarding,
        board=messages,
        answers=InteractionResponder(flow.requests, messages),
        words=TriggerConfig(flow.triggers, cooldown_s, lambda: stage.program.now),
        phrases=flow.trigger_commands,
        prompt_max=2000,
    )
    return list(made)


async def test_the_bot_has_loaded_exactly_these_cogs(stage: Stage) -> None:
    """Each kind once, and under a name of its own."""
    kinds = [type(one) for one in build(stage)]
    client = stage.env.bot
    assert isinstance(client, SwarmBot)
    assert len(set(kinds)) == len(kinds)
    assert {type(one) for one in client.cogs.values()} == set(kinds)


async def test_no_two_cogs_have_a_command_of_the_same_name(stage: Stage) -> None:
    names: list[str] = []
    for cog in build(stage):
        group = getattr(cog, "app_command", None)
        names += [one.name for one in ([group] if group else cog.get_app_commands())]
        names += [menu.name for menu in cog.menus] if isinstance(cog, MenuCog) else []
    assert len(set(names)) == len(names)
    client = stage.env.bot
    assert isinstance(client, SwarmBot)
    assert set(names) == {
        one.name for kind in discord.AppCommandType for one in client.tree.get_commands(type=kind)
    }


async def test_each_login_gets_cogs_of_its_own(stage: Stage) -> None:
    """Nothing that a closed client held is handed to the next one."""
    one, two = build(stage), build(stage)
    assert not {id(cog) for cog in one} & {id(cog) for cog in two}


async def test_the_cooldown_of_messages_is_the_hosts(stage: Stage) -> None:
    """A second message within it draws nothing; one at its end does."""
    (listener,) = (one for one in build(stage, 30.0) if isinstance(one, MessageListener))
    for at, drawn in ((0.0, 1), (29.0, 1), (30.0, 2)):
        stage.program.now = at
        message = await stage.theo.send(stage.general, "draw me a fox")
        message.channel = stage.env.bot.get_channel(stage.art.id)  # type: ignore[assignment]  # where it listens
        await listener.handle_message(message)
        assert len(await stage.program.jobs()) == drawn
