"""The commands that Discord has, beside those that it should have."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.discord.diagnostics.command_check import check_commands
from bot.adapters.discord.diagnostics.rest_reader import RestReader
from bot.runtime import build_command_tree
from bot.sandbox.discord.server import SandboxDiscord
from tests.support.program import build_settings


@pytest.fixture
async def check(server: SandboxDiscord, reader: RestReader) -> Any:
    tree = await build_command_tree(build_settings())

    async def run() -> Any:
        return await check_commands(reader, tree, int(server.world.application_id))

    return run


async def register(server: SandboxDiscord, session: Any) -> list[Any]:
    """Register all commands, as the bot does."""
    tree = await build_command_tree(build_settings())
    payload = [command.to_dict(tree) for command in tree.get_commands()]
    application, headers = server.world.application_id, {"Authorization": f"Bot {server.token}"}
    path = f"{server.api_base}/applications/{application}/commands"
    async with session.put(path, json=payload, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
    return payload


async def test_before_the_first_run_there_are_none(check: Any) -> None:
    found = await check()
    assert found.ok
    assert "`swarmbot run`" in found.detail


async def test_all_are_there(server: SandboxDiscord, session: Any, check: Any) -> None:
    payload = await register(server, session)
    found = await check()
    assert found.ok
    assert f"{len(payload)} commands" in found.detail


async def test_a_missing_one_is_named(server: SandboxDiscord, session: Any, check: Any) -> None:
    await register(server, session)
    gone = next(key for key, one in server.world.commands.items() if one["name"] == "quota")
    del server.world.commands[gone]
    found = await check()
    assert not found.ok
    assert "quota" in found.detail
    assert "restart" in found.fix


async def test_a_changed_option_and_a_foreign_command_are_named(
    server: SandboxDiscord, session: Any, check: Any
) -> None:
    """The bot compares the same way when it starts."""
    await register(server, session)
    commands = server.world.commands
    quota = next(one for one in commands.values() if one["name"] == "quota")
    commands["1"] = {**quota, "id": "1", "name": "draw"}
    commands[quota["id"]] = {**quota, "description": "Of another release"}
    found = await check()
    assert not found.ok
    assert "draw, quota" in found.detail


async def test_the_entry_point_of_an_activity_is_no_drift(
    server: SandboxDiscord, session: Any, check: Any
) -> None:
    await register(server, session)
    quota = next(one for one in server.world.commands.values() if one["name"] == "quota")
    server.world.commands["1"] = {**quota, "id": "1", "type": 4, "name": "launch"}
    assert (await check()).ok
