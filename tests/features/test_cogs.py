"""The cogs of a login: each built once, with no command that another one has."""

from __future__ import annotations

import discord

from bot.adapters.discord.client import SwarmBot
from bot.adapters.discord.cog_bases import BotCog, MessageListener
from bot.runtime import build_flow_cogs
from tests.features.conftest import Stage
from tests.support.program import build_settings


def build(stage: Stage, cooldown_s: float = 5.0) -> list[BotCog]:
    """All cogs over the flow of the stage."""
    program = stage.program
    settings = build_settings(triggers={"cooldown_s": cooldown_s})
    made = build_flow_cogs(program.flow, program.messages, settings, tick=lambda: program.now)
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
        names += [menu.name for menu in cog.menus]
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
