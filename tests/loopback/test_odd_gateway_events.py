"""Events of the gateway with something missing or strange in them: the bot goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from structlog.testing import capture_logs

from tests.support.attack import QUIET, Attacker
from tests.support.table import AddRow
from tests.support.town import Json, Town, town

Odd: TypeAlias = Callable[[Json], Json]


def without(*names: str) -> Odd:
    return lambda good: {name: value for name, value in good.items() if name not in names}


def with_(**values: Any) -> Odd:
    return lambda good: good | values


NOBODY: Final[Json] = {"id": "1", "username": "x", "discriminator": "0", "avatar": None}
# What the library itself cannot read costs a new connection; that has a test of its own.
MESSAGES: Final[dict[str, Odd]] = {
    "no member": without("member"),
    "no flags": without("flags"),
    "no nonce, no mentions": without("nonce", "mentions", "mention_roles"),
    "an unknown channel": with_(channel_id="1"),
    "an unknown server": with_(guild_id="1", channel_id="2"),
    "an unknown kind": with_(type=9999),
    "an author without a name": with_(author={**NOBODY, "username": ""}),
    "a system's author": with_(author={**NOBODY, "bot": True, "system": True}),
    "a reply to nothing": with_(type=19, message_reference={"channel_id": "1"}),
    "a forward": with_(message_reference={"type": 1, "channel_id": "1", "message_id": "1"}),
    "huge numbers": with_(id=str(2**63 - 1)),
    "words of null": with_(content=""),
}
INTERACTIONS: Final[dict[str, Odd]] = {
    "a press of an unknown kind": with_(type=3, data={"custom_id": "x", "component_type": 99}),
    "a choice of nothing": with_(
        type=3, data={"custom_id": "models:pick:m:0:", "component_type": 3}
    ),
    "a form of nothing": with_(type=5, data={"custom_id": "edit:" + "a" * 20, "components": []}),
    "a form of an unknown part": with_(
        type=5, data={"custom_id": "edit:" + "a" * 20, "components": [{"type": 77, "id": 1}]}
    ),
    "an unknown kind": with_(type=99, data={}),
    "no locale": without("locale", "guild_locale"),
    "no message": with_(type=3, data={"custom_id": "reroll:" + "a" * 20, "component_type": 2}),
    "an unknown server": with_(guild_id="1", guild={"id": "1", "locale": "en-US", "features": []}),
}
OTHERS: Final[tuple[tuple[str, Json], ...]] = (
    ("MESSAGE_DELETE", {"id": "1", "channel_id": "1"}),
    ("MESSAGE_DELETE_BULK", {"ids": [], "channel_id": "1"}),
    ("GUILD_ROLE_DELETE", {"guild_id": "1", "role_id": "1"}),
    ("GUILD_MEMBER_REMOVE", {"guild_id": "1", "user": NOBODY}),
    ("GUILD_DELETE", {"id": "1", "unavailable": True}),
    ("CHANNEL_DELETE", {"id": "1", "guild_id": "1", "type": 0}),
    ("THREAD_DELETE", {"id": "1", "guild_id": "1", "parent_id": "1", "type": 11}),
    ("SOMETHING_NEW_OF_DISCORDS", {"what": "is this"}),
)


def good_interaction(here: Town, attacker: Attacker) -> Json:
    """/quota of mia's as it came over the gateway."""
    sent = attacker.command("mia", "quota", [])
    session = here.discord.hub.sessions.connected[0]
    said = (p["d"] for p in reversed(session.sent) if p["t"] == "INTERACTION_CREATE")
    return next(one for one in said if one["id"] == sent)


@pytest.mark.timeout(120)
async def test_odd_events_kill_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        await here.start_bot()
        drawn = await here.picture(await here.imagine("mia"))
        interaction = good_interaction(here, attacker)
        await attacker.settled()
        with capture_logs() as entries, caplog.at_level(logging.WARNING):
            for name, odd in MESSAGES.items():
                attacker.raw_message(odd, content="draw me a fox" if "an " in name else "hello")
            for odd in INTERACTIONS.values():
                changed = odd(interaction) | {"id": here.discord.hub.new_id()}
                attacker.event("INTERACTION_CREATE", changed)
            for event, data in OTHERS:
                attacker.event(event, data)
            await attacker.settled()
        assert [one for one in entries if one["log_level"] in ("error", "critical")] == []
        assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
        assert (await here.get("report"))["gateway"]["identify"] == 1, "never lost"
        again = await here.press("mia", drawn, "reroll")
        await here.picture(await here.message(again["messages"][0]))
        tried = len(MESSAGES) + len(INTERACTIONS) + len(OTHERS)
        row("Odd events", tried=tried, connections=1)


async def test_a_command_that_changed_is_no_error_of_ours(tmp_path: Path, row: AddRow) -> None:
    """Discord offers yesterday's commands for a while, and those of another bot before ours."""
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        await here.start_bot()
        known = here.discord.world.commands
        imagine = next(one for one in known.values() if one["name"] == "imagine")
        known["77"] = imagine | {"id": "77", "name": "draw"}
        with capture_logs() as entries:
            for name in ("draw", "imagine"):
                style = {"name": "style_name", "type": 3, "value": "x"}
                state = await here.answered(attacker.command("mia", name, [style]))
                (said,) = [await here.message(one) for one in state["messages"]]
                assert said["flags"] & 64
                assert said["content"] == (
                    "That command has changed. Reload Discord (Ctrl+R) and try again."
                ), name
        told = {one["event"] for one in entries if one["log_level"] in ("warning", "error")}
        # The commands are compared again, and the one that is not ours goes.
        assert told <= {"commands removed that this release does not have"}
        row("Odd events", event="a command that changed", outcome="told to reload")
        await here.clean()
