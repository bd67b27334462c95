"""What the Discord client needs of the flow: cogs, and callbacks around its start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from bot.adapters.discord.client import SwarmBot
from bot.adapters.discord.permissions import build_content_link, build_invite_link
from bot.core.errors import StoreError
from bot.flow.runtime import tasks
from bot.runtime import BotRuntime, build_command_tree, build_flow_cogs
from tests.support.flow import Stage, stage
from tests.support.program import build_settings


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as here:
        yield here


def runtime(here: Stage, said: list[str]) -> BotRuntime:
    return BotRuntime(here.flow, here.kit.tasks, said.append)


def client(*, guilds: tuple[int, ...] = (), reads: bool = True) -> Any:
    """A client that is connected: its servers, and whether it sees what people write."""
    return SimpleNamespace(
        guilds=[SimpleNamespace(id=guild) for guild in guilds],
        application_id=4711,
        reads_messages=reads,
        is_guild_gone=lambda _: False,
        get_guild=lambda _: None,
    )


def test_each_cog_is_built_once_over_the_flow(here: Stage) -> None:
    cogs = list(build_flow_cogs(here.flow, here.board, build_settings()))
    names = [type(cog).__name__ for cog in cogs]
    assert len(set(names)) == len(names) > 10
    again = build_flow_cogs(here.flow, here.board, build_settings())
    assert {id(cog) for cog in cogs}.isdisjoint(map(id, again)), "a new login has new cogs"


MESSAGES: Final = frozenset({"guild_messages", "dm_messages"})
INTENTS_OF_EVENTS: Final[dict[str, frozenset[str]]] = {
    "guild_join": frozenset({"guilds"}),
    "guild_available": frozenset({"guilds"}),
    "guild_remove": frozenset({"guilds"}),
    "member_ban": frozenset({"moderation"}),
    "message": MESSAGES | {"message_content"},
    "raw_message_edit": MESSAGES,
    "raw_message_delete": MESSAGES,
    "raw_bulk_message_delete": MESSAGES,
    **dict.fromkeys(("interaction", "raw_app_command_permissions_update"), frozenset()),
    # The library's and our own.
    **dict.fromkeys(("ready", "shard_connect", "shard_resumed", "error"), frozenset()),
    **dict.fromkeys(("app_command_completion", "answered"), frozenset()),
}
"""What each event needs (https://docs.discord.com/developers/events/gateway#gateway-intents)."""


def test_only_the_intents_that_listeners_need_are_asked_for(here: Stage) -> None:
    """Every other event of every server would be sent and parsed for nothing."""
    cogs = build_flow_cogs(here.flow, here.board, build_settings())
    heard = {name for cog in cogs for name, _ in cog.get_listeners()}
    heard |= {name for name in vars(SwarmBot) if name.startswith("on_")}
    needed = {"guilds"}.union(*(INTENTS_OF_EVENTS[one.removeprefix("on_")] for one in heard))
    asked = {name for name, is_asked in SwarmBot(lambda: "").intents if is_asked}
    # Message content is asked for after login, if the application was granted it.
    assert asked | {"message_content"} == needed


@pytest.mark.parametrize("guilds", [(), (7,)])
@pytest.mark.parametrize("reads", [True, False])
async def test_the_host_is_told_how_to_invite_it_and_what_it_cannot_read(
    here: Stage, guilds: tuple[int, ...], reads: bool
) -> None:
    said: list[str] = []
    await runtime(here, said).start(client(guilds=guilds, reads=reads))
    text = "\n".join(said)
    assert (build_invite_link(4711) in text) is (not guilds)
    assert (build_content_link(4711) in text) is (not reads)
    assert len(said) == (not guilds) + (not reads)


async def test_what_waits_is_drawn_once_discord_is_there(here: Stage) -> None:
    job, message = await here.ask()
    await here.flow.recovery.load_unfinished_jobs()
    await runtime(here, []).start(client(guilds=(7,)))
    await here.becomes(job.id, "done")
    assert here.board.messages[message].files


async def test_the_note_of_who_is_gone_is_tried_again(
    here: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, nothing of a server that removed the bot would ever be deleted."""
    await here.ask()
    here.board.guilds = set()
    read, tries = here.kit.stores.retention.list_stored_guilds, 0

    async def fail_once() -> frozenset[int]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise StoreError("disk full")
        return await read()

    monkeypatch.setattr(tasks, "RESTART_DELAY_S", 0)
    monkeypatch.setattr(here.kit.stores.retention, "list_stored_guilds", fail_once)
    gone = client()
    gone.is_guild_gone = lambda _: True
    await runtime(here, []).start(gone)

    async def is_noted() -> bool:
        return await here.kit.stores.retention.list_departed_guilds() == {7}

    await here.until(is_noted)


async def test_the_commands_are_described_without_any_service(here: Stage) -> None:
    """They are the very ones that `run` registers."""
    tree = await build_command_tree(build_settings())
    described = {command.name: command.to_dict(tree) for command in tree.get_commands()}
    real = SwarmBot(lambda: "")
    await real.add_cogs(build_flow_cogs(here.flow, here.board, build_settings()))
    assert described == {one.name: one.to_dict(real.tree) for one in real.tree.get_commands()}
    assert {"imagine", "limits", "quota"} <= described.keys()
