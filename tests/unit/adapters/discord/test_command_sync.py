"""When the commands are registered, and when not."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.adapters.discord.command_sync import (
    PAUSE_MAX_S,
    hash_commands,
    keep_commands_registered,
    sync_commands,
)

APPLICATION = 42


@dataclass
class Tree:
    """A command tree before a Discord that remembers what it was told.

    It is its own client and that client's HTTP side.
    """

    tree: app_commands.CommandTree[Any]
    there: list[Any] = field(default_factory=list)
    writes: int = 0
    refusals: list[Exception] = field(default_factory=list)
    kept: str | None = None
    pauses: list[float] = field(default_factory=list)

    @property
    def client(self) -> Any:
        return SimpleNamespace(http=self)

    def get_commands(self) -> list[Any]:
        return self.tree.get_commands()

    @property
    def names(self) -> list[str]:
        return [command["name"] for command in self.there]

    async def fetch_commands(self) -> list[Any]:
        types = discord.AppCommandType
        return [SimpleNamespace(type=types(c["type"]), name=c["name"]) for c in self.there]

    async def get_global_commands(self, application: int) -> list[Any]:
        assert application == APPLICATION
        return self.there

    async def bulk_upsert_global_commands(self, application: int, payload: list[Any]) -> Any:
        assert application == APPLICATION
        if self.refusals:
            raise self.refusals.pop(0)
        self.writes += 1
        self.there = payload
        return [{"an answer": "that the library cannot read"}]

    async def load(self) -> str | None:
        return self.kept

    async def store(self, value: str) -> None:
        self.kept = value

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def run(self) -> bool:
        tree: Any = self
        return await sync_commands(tree, APPLICATION, self.load, self.store)

    async def keep(self) -> None:
        tree: Any = self
        await keep_commands_registered(tree, APPLICATION, self.load, self.store, self.sleep)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tree, name)


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
    assert tree.names == ["imagine"]
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
    tree.there = [{"type": 1, "name": "somebody-elses"}]

    assert await tree.run()
    assert tree.names == ["imagine"]


async def test_another_application_has_another_fingerprint(tree: Tree) -> None:
    assert hash_commands(tree.tree, 1) != hash_commands(tree.tree, 2)


async def test_the_order_of_commands_does_not_matter(tree: Tree) -> None:
    tree.tree.add_command(command("help"))
    other = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    other.add_command(command("help"))
    other.add_command(command("imagine"))

    assert hash_commands(tree.tree, APPLICATION) == hash_commands(other, APPLICATION)


@pytest.mark.parametrize(
    "refusal",
    [
        discord.HTTPException(Answer(400), {"code": 50035, "message": "no"}),
        discord.DiscordServerError(Answer(503), "down"),
        discord.HTTPException(Answer(429), "slow down"),
        KeyError("default_member_permissions"),
        OSError("no network"),
    ],
)
async def test_a_list_that_is_not_taken_is_sent_again_later(tree: Tree, refusal: Exception) -> None:
    tree.refusals = [refusal, refusal]
    await tree.keep()
    assert tree.pauses == [15.0, 30.0]
    assert (tree.names, tree.writes) == (["imagine"], 1)
    assert tree.kept == hash_commands(tree.tree, APPLICATION)


async def test_a_list_that_is_never_taken_is_sent_each_hour(tree: Tree) -> None:
    refusal = discord.HTTPException(Answer(400), {"code": 50035, "message": "no"})
    tree.refusals = [refusal] * 12
    await tree.keep()
    assert tree.pauses[-2:] == [PAUSE_MAX_S, PAUSE_MAX_S]


async def test_the_entry_point_of_an_activity_stays(tree: Tree) -> None:
    """Discord refuses a list without it."""
    launch = {"id": "7", "type": 4, "name": "launch", "description": "Play", "handler": 2}
    tree.there = [launch, {"type": 1, "name": "old"}]
    assert await tree.run()
    assert tree.names == ["imagine", "launch"]
    assert tree.there[1] == launch
