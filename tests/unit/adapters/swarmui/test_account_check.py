"""What the account may do: by its list of rights, and by trying it on one picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui.account_check import (
    NEEDED_RIGHTS,
    OWNER_FIX,
    check_own_file,
    check_rights,
)
from bot.core.check_result import CheckResult
from bot.sandbox.swarmui.accounts import ROLES
from bot.sandbox.swarmui.models import RECORDED
from bot.sandbox.swarmui.server import SwarmStandIn
from bot.sandbox.swarmui.setup import Setup
from tests.support.drawing import ORDER, draw

QUICK = Setup(step_s=0.01, model_load_s=0.01, closing_s=0.01, models=RECORDED)


@asynccontextmanager
async def server_without(*rights: str) -> AsyncIterator[tuple[SwarmStandIn, SwarmClient]]:
    """A stand-in where our account has the role "user" but for these rights."""
    roles = {"smaller": ROLES["user"] - set(rights)}
    setup = replace(QUICK, login=True, localhost_bypass=False, roles=roles)
    async with SwarmStandIn(setup) as stand_in:
        accounts = stand_in.state.accounts
        token = accounts.new_token(accounts.add("bot", "smaller"), "bot", "127.0.0.1")
        async with SwarmClient.open(SwarmSettings(url=stand_in.base, token=token)) as swarm:
            yield stand_in, swarm


async def try_on_a_picture(swarm: SwarmClient) -> dict[str, CheckResult]:
    """Draw one picture and try everything on it."""
    drawn = await draw(swarm, ORDER)
    session = (await swarm.fetch_identity()).session
    found = check_own_file(swarm, session, drawn.refs[0])
    return {result.name: result async for result in found}


async def test_the_role_user_has_all_that_is_needed() -> None:
    async with server_without() as (_, swarm):
        assert await check_rights(swarm) == CheckResult(
            "rights", True, "My account has all rights that I use."
        )


@pytest.mark.parametrize("right", NEEDED_RIGHTS)
async def test_each_missing_right_is_named_with_what_it_is_for(right: str) -> None:
    async with server_without(right) as (_, swarm):
        found = await check_rights(swarm)
    assert not found.ok
    assert found.detail == f"My account lacks {right} (for {NEEDED_RIGHTS[right]})."
    assert "Server, then Users" in found.fix


async def test_the_owner_is_told_apart_where_there_are_logins() -> None:
    """Whoever sits at the machine is let in as its owner, without any token."""
    async with (
        SwarmStandIn(replace(QUICK, login=True)) as stand_in,
        SwarmClient.open(SwarmSettings(url=stand_in.base)) as swarm,
    ):
        found = await check_rights(swarm)
        assert not found.ok
        assert found.fix == OWNER_FIX
    async with (
        SwarmStandIn(QUICK) as stand_in,
        SwarmClient.open(SwarmSettings(url=stand_in.base)) as swarm,
    ):
        assert (await check_rights(swarm)).ok


@pytest.mark.parametrize(
    ("right", "name"), [("view_image_history", "list"), ("user_delete_image", "delete")]
)
async def test_what_recovery_and_erasing_need_is_tried(right: str, name: str) -> None:
    async with server_without(right) as (_, swarm):
        found = await try_on_a_picture(swarm)
    assert [one for one, result in found.items() if not result.ok] == [name]
    assert right in found[name].detail


async def test_the_little_picture_is_removed() -> None:
    async with server_without() as (stand_in, swarm):
        found = await try_on_a_picture(swarm)
        assert [*found] == ["interrupt", "list", "delete"]
        assert all(result.ok for result in found.values())
        assert stand_in.state.report.interrupts == 1
        folder = {"path": "raw", "depth": 9, "sortBy": "Date"}
        assert (await swarm.ask_server("ListImages", folder))["files"] == []


async def test_a_server_that_saves_no_files_is_noticed() -> None:
    async with server_without() as (stand_in, swarm):
        stand_in.state.accounts.users["bot"].settings["savefiles"] = False
        found = await try_on_a_picture(swarm)
    assert not found["files"].ok
    assert "Save Files" in found["files"].fix
