"""When the commands are registered, and when not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final, Literal

import discord
import pytest
from discord import app_commands
from structlog.testing import capture_logs

from bot.adapters.discord.command_sync import (
    MEND_PAUSE_S,
    PAUSE_MAX_S,
    CommandRegistration,
    find_changed_commands,
)

APPLICATION: Final = 42


@dataclass
class Tree:
    """A command tree before a Discord that remembers what it was told.

    It is its own client and that client's HTTP side.
    """

    tree: app_commands.CommandTree[Any]
    there: list[Any] = field(default_factory=list)
    reads: int = 0
    writes: int = 0
    refusals: list[Exception] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    now: float = 0.0

    @property
    def client(self) -> Any:
        return SimpleNamespace(http=self)

    def get_commands(self) -> list[Any]:
        return self.tree.get_commands()

    @property
    def names(self) -> list[str]:
        return [command["name"] for command in self.there]

    async def get_global_commands(self, application: int) -> list[Any]:
        assert application == APPLICATION
        self.reads += 1
        return self.there

    async def bulk_upsert_global_commands(self, application: int, payload: list[Any]) -> Any:
        assert application == APPLICATION
        if self.refusals:
            raise self.refusals.pop(0)
        self.writes += 1
        self.there = payload
        return [{"an answer": "that the library cannot read"}]

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def registration(self) -> CommandRegistration:
        tree: Any = self
        return CommandRegistration(tree, APPLICATION, sleep=self.sleep, tick=lambda: self.now)

    async def run(self) -> bool:
        return await self.registration().register_changed()

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


async def test_the_next_start_does_not(tree: Tree) -> None:
    await tree.run()

    assert not await tree.run()
    assert tree.writes == 1


async def test_a_changed_description_does(tree: Tree) -> None:
    await tree.run()
    tree.tree.remove_command("imagine")
    tree.tree.add_command(command("imagine", "Draw a picture"))

    with capture_logs() as lines:
        assert await tree.run()
    assert tree.writes == 2
    assert "warning" not in {line["log_level"] for line in lines}


@pytest.mark.parametrize("name", ["somebody-elses", "draw"])
async def test_commands_that_discord_lost_or_has_too_many_are_registered_again(
    tree: Tree, name: str
) -> None:
    await tree.run()
    tree.there = [*(tree.there if name == "draw" else ()), {"type": 1, "name": name}]

    with capture_logs() as lines:
        assert await tree.run()
    assert tree.names == ["imagine"]
    warnings = [line for line in lines if line["log_level"] == "warning"]
    assert [line["removed"] for line in warnings] == [[name]]


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
    await tree.registration().keep_trying()
    assert tree.pauses == [15.0, 30.0]
    assert (tree.names, tree.writes) == (["imagine"], 1)


async def test_a_list_that_is_never_taken_is_sent_each_hour(tree: Tree) -> None:
    refusal = discord.HTTPException(Answer(400), {"code": 50035, "message": "no"})
    tree.refusals = [refusal] * 12
    await tree.registration().keep_trying()
    assert tree.pauses[-2:] == [PAUSE_MAX_S, PAUSE_MAX_S]


async def test_the_entry_point_of_an_activity_stays(tree: Tree) -> None:
    """Discord refuses a list without it."""
    launch = {"id": "7", "type": 4, "name": "launch", "description": "Play", "handler": 2}
    tree.there = [launch, {"type": 1, "name": "old"}]
    assert await tree.run()
    assert tree.names == ["imagine", "launch"]
    assert tree.there[1] == launch


@pytest.fixture
def drawing() -> Any:
    """A command with an option of each kind, as the library sends it."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))

    @tree.command(description="Draw")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.choices(aspect=[app_commands.Choice(name="Square", value="1:1")])
    async def imagine(
        interaction: discord.Interaction,
        prompt: app_commands.Range[str, 1, 900],
        aspect: str = "1:1",
        images: app_commands.Range[int, 0, 4] = 1,
        cfg: app_commands.Range[float, 0.0, 30.0] = 7.0,
        size: Literal["small", "large"] = "small",
        where: discord.TextChannel | discord.Thread | None = None,
    ) -> None:
        """Nothing."""

    (only,) = tree.get_commands()
    return only.to_dict(tree)


def as_discord_has_it(meant: Any) -> Any:
    """The same command in the words of Discord's answer."""
    options = [
        {key: value for key, value in one.items() if value is not False}
        | {"name_localizations": None, "description_localizations": None}
        for one in meant["options"]
    ]
    for one in options:
        for key in ("min_value", "max_value"):
            if key in one:
                one[key] = int(one[key])
        if "channel_types" in one:
            one["channel_types"] = one["channel_types"][::-1]
    stored = meant | {"id": "1", "version": "2", "application_id": "42", "options": options}
    stored |= {"default_member_permissions": str(meant["default_member_permissions"])}
    stored |= {"dm_permission": False, "name_localizations": None, "nsfw": False}
    return stored


def test_discords_words_for_the_same_command_are_no_change(drawing: Any) -> None:
    assert find_changed_commands([drawing], [as_discord_has_it(drawing)]) == []
    menu = {"type": 3, "name": "Look", "contexts": [1, 0], "nsfw": False}
    stored = {"id": "7", "type": 3, "name": "Look", "description": "", "contexts": [0, 1]}
    assert find_changed_commands([menu], [stored]) == []


def option(number: int, **fields: Any) -> Callable[[Any], None]:
    def change(stored: Any) -> None:
        stored["options"][number] |= fields

    return change


DRIFTS: Final[dict[str, Callable[[Any], object]]] = {
    "another description": lambda stored: stored.update(description="Paint"),
    "for adults": lambda stored: stored.update(nsfw=True),
    "other rights": lambda stored: stored.update(default_member_permissions="0"),
    "rights of everybody": lambda stored: stored.update(default_member_permissions=None),
    "elsewhere": lambda stored: stored.update(contexts=[0, 1]),
    "for users": lambda stored: stored.update(integration_types=[0, 1]),
    "an option less": lambda stored: stored["options"].pop(),
    "another order": lambda stored: stored["options"].reverse(),
    "an optional prompt": option(0, required=False),
    "a longer prompt": option(0, max_length=6000),
    "another kind": option(2, type=3),
    "another name": option(3, name="scale"),
    "completed": option(1, autocomplete=True),
    "another bound": option(2, max_value=8),
    "another choice": option(1, choices=[{"name": "Square", "value": "1:2"}]),
    "a choice of another name": option(1, choices=[{"name": "Box", "value": "1:1"}]),
    "any channel": option(5, channel_types=[]),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_each_field_counts(drawing: Any, drift: str) -> None:
    stored = as_discord_has_it(drawing)
    DRIFTS[drift](stored)
    assert find_changed_commands([drawing], [stored]) == ["imagine"]


async def test_an_option_that_is_not_meant_is_found(tree: Tree) -> None:
    group = app_commands.Group(name="limits", description="Limits")

    @group.command(description="Set")
    async def set(interaction: discord.Interaction, day: int) -> None:
        """Nothing."""

    tree.tree.add_command(group)
    find = tree.registration().find_odd_option
    day = {"name": "day", "type": 4, "value": 3}

    def used(*options: Any, name: str = "limits") -> Any:
        inner = {"name": "set", "type": 1, "options": [*options]}
        return {"type": 1, "name": name, "options": [inner]}

    assert find(used()) == find(used(day)) == ""
    assert find(used(day, {"name": "month", "type": 4, "value": 3})) == "month"
    assert find(used(day | {"type": 3})) == "day"
    assert find({"name": "imagine", "type": 1, "options": [day]}) == "day"
    assert find(used(day, name="unknown")) == "", "the library itself knows no such command"
    assert find({"name": "imagine", "type": 1}) == find({"name": "Look", "type": 3}) == ""


async def test_a_command_of_others_is_mended_at_once_and_not_again_for_an_hour(tree: Tree) -> None:
    registration = tree.registration()
    for _ in range(3):
        registration.mend()
    assert registration._task is not None
    await registration._task
    assert (tree.reads, tree.writes) == (1, 1)
    registration.mend()
    await registration._task
    assert tree.reads == 1
    tree.now += MEND_PAUSE_S
    registration.mend()
    await registration._task
    assert (tree.reads, tree.writes) == (2, 1)
