"""The rights in each channel that is in use, by REST alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.discord.diagnostics.channel_checks import check_channels
from bot.adapters.discord.diagnostics.rest_reader import RestReader
from bot.core.check_result import ChannelUse, CheckResult, UsedChannel
from bot.sandbox.discord import permissions as may
from bot.sandbox.discord.model import Channel, Overwrite
from bot.sandbox.discord.server import SandboxDiscord

LOG, TRIGGER, DRAWN = ChannelUse.LOG, ChannelUse.TRIGGER, ChannelUse.DRAWN


def place(server: SandboxDiscord, name: str) -> Channel:
    return next(one for one in server.world.channels.values() if one.name == name)


def deny(server: SandboxDiscord, name: str, bits: int) -> None:
    here = place(server, name)
    rule = Overwrite(server.world.bot_id, 1, deny=bits)
    server.world.channels[here.id] = replace(here, overwrites=(rule,))


@pytest.fixture
def check(server: SandboxDiscord, reader: RestReader) -> Callable[..., Any]:
    async def run(*used: UsedChannel) -> list[CheckResult]:
        return list(await check_channels(reader, await reader.get("/users/@me"), used))

    return run


@pytest.mark.parametrize("name", ["general", "imagine", "fox thread", "after-dark"])
@pytest.mark.parametrize("use", list(ChannelUse))
async def test_a_channel_with_all_rights(
    server: SandboxDiscord, check: Any, name: str, use: ChannelUse
) -> None:
    (found,) = await check(UsedChannel(int(place(server, name).id), use))
    assert found.ok, found
    assert "1 channel in use" in found.detail


@pytest.mark.parametrize(
    ("bits", "use", "missing"),
    [
        (may.SEND, TRIGGER, "Send Messages"),
        (may.ATTACH_FILES, TRIGGER, "Attach Files"),
        (may.EMBED_LINKS, DRAWN, "Embed Links"),
        (may.READ_HISTORY, DRAWN, "Read Message History"),
        (may.SEND, LOG, "Send Messages"),
        (may.ATTACH_FILES, LOG, ""),
        (may.SEND_IN_THREADS, DRAWN, ""),
    ],
)
async def test_the_first_missing_right_is_named(
    server: SandboxDiscord, check: Any, bits: int, use: ChannelUse, missing: str
) -> None:
    deny(server, "general", bits)
    (found,) = await check(UsedChannel(int(place(server, "general").id), use))
    assert found.ok == (not missing), found
    if missing:
        assert f"I lack {missing} in " in found.detail
        assert use.value in found.detail
        assert f"Allow {missing} for my role" in found.fix


async def test_a_channel_that_it_may_not_see_is_told(server: SandboxDiscord, check: Any) -> None:
    deny(server, "general", may.VIEW)
    number = int(place(server, "general").id)
    (found,) = await check(UsedChannel(number, DRAWN))
    assert not found.ok
    assert f"I may not see channel {number}" in found.detail
    assert "allow View Channel" in found.fix


async def test_a_thread_has_the_rights_of_its_parent(server: SandboxDiscord, check: Any) -> None:
    deny(server, "imagine", may.SEND_IN_THREADS)
    (found,) = await check(UsedChannel(int(place(server, "fox thread").id), DRAWN))
    assert "I lack Send Messages in Threads in #fox thread of Sandbox" in found.detail


async def test_a_channel_of_the_settings_that_is_not_there(
    server: SandboxDiscord, check: Any
) -> None:
    (found,) = await check(UsedChannel(5, LOG, "log.channel"))
    assert found.detail == "There is no channel 5 (`log.channel`)."
    assert "Developer Mode" in found.fix


async def test_a_log_channel_that_was_deleted(server: SandboxDiscord, check: Any) -> None:
    (found,) = await check(UsedChannel(5, LOG))
    assert not found.ok
    assert "/settings" in found.fix


@pytest.mark.parametrize("use", [DRAWN, TRIGGER])
async def test_where_it_drew_a_channel_may_be_deleted(
    server: SandboxDiscord, check: Any, use: ChannelUse
) -> None:
    (found,) = await check(UsedChannel(5, use))
    assert found.ok


async def test_a_category_is_no_trigger_channel(server: SandboxDiscord, check: Any) -> None:
    category = replace(place(server, "general"), id=server.hub.new_id(), type=4, name="Art")
    server.world.channels[category.id] = category
    (found,) = await check(UsedChannel(int(category.id), TRIGGER, "triggers.channels"))
    assert found.detail == "Art is a category (`triggers.channels`)."


async def test_a_direct_message_is_no_log_channel(server: SandboxDiscord, check: Any) -> None:
    direct = next(one for one in server.world.channels.values() if one.recipient_id)
    (found,) = await check(UsedChannel(int(direct.id), LOG, "log.channel"))
    assert not found.ok
    assert "no channel of a server" in found.detail


async def test_every_bad_channel_has_its_line_and_each_is_asked_once(
    server: SandboxDiscord, check: Any
) -> None:
    deny(server, "general", may.SEND)
    deny(server, "imagine", may.ATTACH_FILES)
    general, imagine = int(place(server, "general").id), int(place(server, "imagine").id)
    found = await check(
        UsedChannel(general, LOG, "log.channel"),
        UsedChannel(general, DRAWN),
        UsedChannel(imagine, TRIGGER),
        UsedChannel(imagine, TRIGGER),
    )
    assert [one.ok for one in found] == [False, False, False]
    assert server.hub.report.requests == 5, "the bot, two channels, a guild and its member"


async def test_nothing_in_use_is_no_problem(server: SandboxDiscord, check: Any) -> None:
    (found,) = await check()
    assert found.ok
