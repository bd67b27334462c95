"""What a server's Integrations page says is fetched, kept for a while, and safe without it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.adapters.discord.interactions import command_access
from bot.adapters.discord.interactions.command_access import (
    GUILDS_MAX,
    KEPT_S,
    RETRY_S,
    CommandAccess,
)
from bot.core.command_access import AccessVerdict
from bot.core.ui.card import MessageCard

APP, BLOCK, TIMEOUT = 5, 50, str(1 << 40)
NOT_HIS = {"id": str(BLOCK), "permissions": [{"id": "1", "type": 2, "permission": False}]}
ANSWER = MessageCard("done")


@dataclass
class Portal:
    """As much of Discord as is asked, and how often it was."""

    overrides: Any = ()
    commands: Any = field(
        default_factory=lambda: [
            {"id": str(BLOCK), "name": "block", "type": 1, "default_member_permissions": TIMEOUT},
            {"id": "51", "name": "block", "type": 3, "default_member_permissions": None},
        ]
    )
    error: Exception | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def get_global_commands(self, application: int) -> Any:
        assert application == APP
        return self.commands

    async def get_guild_application_command_permissions(self, application: int, _: int) -> Any:
        assert application == APP
        self.asked += 1
        self.began.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.overrides


class Hands:
    """A moderator's presses at a time that moves by hand."""

    def __init__(self) -> None:
        self.portal, self.now = Portal(), 0.0
        self.portal.gate.set()
        self.access = CommandAccess(lambda: self.now)

    def press(self, guild: int | None = 7, **rights: bool) -> Any:
        member = discord.Member.__new__(discord.Member)
        member._roles = discord.utils.SnowflakeList([20])
        member._user = SimpleNamespace(id=1)  # type: ignore[assignment]  # no more is asked of it
        return SimpleNamespace(
            guild_id=guild,
            channel_id=70,
            channel=None,
            user=member,
            permissions=discord.Permissions(**(rights or {"moderate_members": True})),
            client=SimpleNamespace(http=self.portal, application_id=APP),
        )

    async def verdict(self, guild: int | None = 7, **rights: bool) -> AccessVerdict:
        return await self.access.check_access(self.press(guild, **rights), "block")


@pytest.fixture
def hands() -> Hands:
    return Hands()


async def test_the_default_right_is_enough_and_needed(hands: Hands) -> None:
    assert await hands.verdict() is AccessVerdict.ALLOWED
    assert await hands.verdict(manage_messages=True) is AccessVerdict.NO_RIGHT
    assert await hands.verdict(None) is AccessVerdict.NO_RIGHT


async def test_what_integrations_says_counts_and_its_change_after_a_minute(hands: Hands) -> None:
    assert await hands.verdict() is AccessVerdict.ALLOWED
    hands.portal.overrides = [NOT_HIS]
    hands.now = KEPT_S - 1
    assert await hands.verdict() is AccessVerdict.ALLOWED
    assert hands.portal.asked == 1
    hands.now = KEPT_S
    assert await hands.verdict() is AccessVerdict.DENIED
    assert hands.portal.asked == 2


async def test_a_change_that_discord_tells_counts_at_once(hands: Hands) -> None:
    await hands.verdict()
    hands.portal.overrides = [NOT_HIS]
    hands.access.forget_guild(8)
    assert await hands.verdict() is AccessVerdict.ALLOWED
    hands.access.forget_guild(7)
    assert await hands.verdict() is AccessVerdict.DENIED


async def test_the_overrides_of_the_application_are_those_of_every_command(hands: Hands) -> None:
    everyone = {"id": "7", "type": 1, "permission": False}
    hands.portal.overrides = [{"id": str(APP), "permissions": [everyone]}]
    assert await hands.verdict() is AccessVerdict.DENIED


async def test_an_administrator_is_never_asked_about(hands: Hands) -> None:
    hands.portal.error = OSError()
    assert await hands.verdict(administrator=True) is AccessVerdict.ALLOWED
    assert hands.portal.asked == 0


@pytest.mark.parametrize("trouble", ["broken", "slow", "unreadable", "unregistered"])
async def test_what_cannot_be_fetched_is_refused_and_asked_for_soon_again(
    hands: Hands, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = hands.portal.commands
    if trouble == "slow":
        monkeypatch.setattr(command_access, "FETCH_TIMEOUT_S", 0.01)
        hands.portal.gate.clear()
    elif trouble == "broken":
        hands.portal.error = OSError()
    else:
        hands.portal.commands = [{"id": 1}] if trouble == "unreadable" else []
    assert await hands.verdict() is AccessVerdict.UNKNOWN
    assert await hands.verdict() is AccessVerdict.UNKNOWN
    assert hands.portal.asked == 1, "not at every press"
    monkeypatch.undo()
    hands.portal.error, hands.portal.commands = None, good
    hands.portal.gate.set()
    hands.now = KEPT_S if trouble == "unregistered" else RETRY_S
    assert await hands.verdict() is AccessVerdict.ALLOWED


async def test_many_presses_at_once_ask_once(hands: Hands) -> None:
    hands.portal.gate.clear()
    pressed = [asyncio.create_task(hands.verdict()) for _ in range(20)]
    await hands.portal.began.wait()
    hands.portal.gate.set()
    assert set(await asyncio.gather(*pressed)) == {AccessVerdict.ALLOWED}
    assert hands.portal.asked == 1


async def test_what_is_kept_has_a_bound(hands: Hands) -> None:
    for guild in range(1, GUILDS_MAX + 2):
        await hands.verdict(guild)
    await hands.verdict(GUILDS_MAX + 1)
    assert hands.portal.asked == GUILDS_MAX + 1
    await hands.verdict(1)
    assert hands.portal.asked == GUILDS_MAX + 2, "the oldest went"


async def test_an_answer_is_given_to_those_who_may_alone(hands: Hands) -> None:
    given = 0

    async def answer() -> MessageCard:
        nonlocal given
        given += 1
        return ANSWER

    allowed = hands.access.answer_if_allowed(hands.press(), "block", answer)
    assert (await allowed, given) == (ANSWER, 1)
    member = hands.press(manage_messages=True)
    denied = await hands.access.answer_if_allowed(member, "block", answer)
    assert "*Timeout Members*" in denied.content
    assert given == 1
