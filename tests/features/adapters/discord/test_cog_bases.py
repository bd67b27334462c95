"""The two kinds of cogs that are more than the library's: one hears messages, some have menus."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.adapters.discord.client import SwarmBot
from bot.adapters.discord.cog_bases import BotCog, MessageListener
from bot.adapters.discord.interactions.context import BotInteraction
from tests.features.conftest import Stage


class Ears(MessageListener):
    """Remembers what was written."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def handle_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)

    async def handle_edit(self, message_id: int) -> None:
        self.heard.append(f"edit of {message_id}")


def client_of(stage: Stage) -> SwarmBot:
    client = stage.env.bot
    assert isinstance(client, SwarmBot)
    return client


async def test_the_last_listener_hears_every_message_once(stage: Stage) -> None:
    """Whoever wrote it, wherever."""
    ears = Ears()
    await client_of(stage).add_cog(ears)
    await stage.mia.send(stage.art, "a red fox")
    await stage.theo.send(stage.general, "good morning")
    await stage.env.settle()
    assert ears.heard == ["a red fox", "good morning"]


async def test_a_listener_is_no_listener_of_the_library(stage: Stage) -> None:
    """That would be a second task for each message."""
    client, ears = client_of(stage), Ears()
    before = len(client.extra_events.get("on_message", []))
    await client.add_cog(ears)
    assert len(client.extra_events.get("on_message", [])) == before == 0
    assert ears.get_listeners() == []


async def test_exactly_one_cog_of_the_bot_hears_messages(stage: Stage) -> None:
    cogs = client_of(stage).cogs.values()
    assert len([one for one in cogs if isinstance(one, MessageListener)]) == 1


async def test_menus_are_registered_beside_the_commands(stage: Stage) -> None:
    client = client_of(stage)
    menus = {menu.name for cog in client.cogs.values() for menu in getattr(cog, "menus", ())}
    kind = discord.AppCommandType.message
    assert {menu.name for menu in client.tree.walk_commands(type=kind)} == menus
    assert len(menus) == 4


async def test_a_cog_without_menus_adds_none(stage: Stage) -> None:
    """Each cog has menus of its own: those of one are not those of all."""

    async def greet(interaction: BotInteraction, message: discord.Message) -> None:
        """Nobody presses it here."""

    class Greeter(BotCog):
        def __init__(self) -> None:
            callback: Any = greet
            self.menus = (app_commands.ContextMenu(name="Greet", callback=callback),)

    assert [menu.name for menu in Greeter().menus] == ["Greet"]
    assert BotCog.menus == ()
