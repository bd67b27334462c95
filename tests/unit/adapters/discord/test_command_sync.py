"""When the commands are registered, and when not."""

from dataclasses import dataclass, field
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.adapters.discord.command_sync import hash_commands, sync_commands

APPLICATION = 42


@dataclass
class Tree:
    """A command tree before a Discord that remembers what it was told."""

    tree: app_commands.CommandTree[Any]
    there: list[str] = field(default_factory=list)
    writes: int = 0
    refusal: discord.HTTPException | None = None
    kept: str | None = None

    def get_commands(self) -> list[Any]:
        return self.tree.get_commands()

    async def fetch_commands(self) -> list[Any]:
        if self.refusal is not None:
            raise self.refusal
        return [Known(discord.AppCommandType.chat_input, name) for name in self.there]

    async def sync(self) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.writes += 1
        self.there = [command.name for command in self.tree.get_commands()]

    async def run(self) -> bool:
        async def load() -> str | None:
            return self.kept

        async def store(value: str) -> None:
            self.kept = value

        tree: Any = self
        return await sync_commands(tree, APPLICATION, load, store)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tree, name)


@dataclass
class Known:
    type: discord.AppCommandType
    name: str


class Answer:
    """As much of a response as an HTTPException reads."""

    def __init__(self, status: int) -> None:
        self.status, self.reason = status, ""


def command(name: str, description: str = "Draw") -> app_commands.Command[Any, Any, Any]:
    async def callback(interaction: discord.Interaction) -> None:
        """Nothing."""

    return app_commands.Command(name=name, description=description, callback=callback)


@pytest.fixture
async def tree() -> Tree:
    real = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    real.add_command(command("imagine"))
    return Tree(real)


async def test_the_first_start_registers(tree: Tree) -> None:
    assert await tree.run()
    assert tree.there == ["imagine"]
    assert tree.kept == hash_commands(tree.tree, APPLICATION)


async def test_the_next_start_does_not(tree: Tree) -> None:
    await tree.run()

    assert not await tree.run()
    assert tree.writes == 1


async def test_a_changed_description_does(tree: Tree) -> None:
    await tree.run()
    tree.tree.remove_command("imagine")
    tree.tree.add_command(command("imagine", "Draw a picture"))

    assert await tree.run()
    assert tree.writes == 2


async def test_commands_that_discord_lost_are_registered_again(tree: Tree) -> None:
    await tree.run()
    tree.there = ["somebody-elses"]

    assert await tree.run()
    assert tree.there == ["imagine"]


async def test_another_application_has_another_fingerprint(tree: Tree) -> None:
    assert hash_commands(tree.tree, 1) != hash_commands(tree.tree, 2)


async def test_the_order_of_commands_does_not_matter(tree: Tree) -> None:
    tree.tree.add_command(command("help"))
    other = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    other.add_command(command("help"))
    other.add_command(command("imagine"))

    assert hash_commands(tree.tree, APPLICATION) == hash_commands(other, APPLICATION)


async def test_a_refused_list_is_lived_with_and_tried_again(tree: Tree) -> None:
    tree.refusal = discord.HTTPException(Answer(400), {"code": 50035, "message": "no"})
    assert not await tree.run()
    assert tree.kept is None

    tree.refusal = None
    assert await tree.run()


async def test_a_discord_that_is_down_is_no_answer(tree: Tree) -> None:
    tree.refusal = discord.DiscordServerError(Answer(503), "down")
    with pytest.raises(discord.DiscordServerError):
        await tree.run()
