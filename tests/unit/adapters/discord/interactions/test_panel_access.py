"""Under which right a panel was opened, and what that is worth at each press."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.adapters.discord.interactions import panel_access
from bot.adapters.discord.interactions.panel_access import MANAGER_MARK, TOKEN_MINUTES, TokenState

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass
class Moment:
    """As much of an interaction as Discord signs for."""

    user_id: int = 1
    guild_id: int | None = 7
    roles: tuple[int, ...] = (20, 10)
    permissions: discord.Permissions = field(default_factory=discord.Permissions.none)
    created_at: datetime = NOON
    token: str = "secret"

    @property
    def user(self) -> Any:
        member = discord.Member.__new__(discord.Member)
        member._roles = discord.utils.SnowflakeList(self.roles)
        member._user = SimpleNamespace(id=self.user_id)  # type: ignore[assignment]  # no more is asked of it
        return member

    @property
    def client(self) -> Any:
        return SimpleNamespace(http=SimpleNamespace(token=self.token))


def standing(moment: Moment, stamp: str) -> TokenState:
    seen: Any = moment
    return panel_access.check_token(seen, stamp)


def issue(moment: Moment) -> str:
    seen: Any = moment
    return panel_access.issue_token(seen)


GUEST = Moment()
BOSS = Moment(permissions=discord.Permissions(manage_guild=True))
ADMIN = Moment(permissions=discord.Permissions(administrator=True))


@pytest.mark.parametrize("who", [BOSS, ADMIN])
def test_a_managers_panel_is_good_for_as_long_as_they_manage(who: Moment) -> None:
    stamp = issue(who)
    assert stamp == MANAGER_MARK
    much_later = replace(who, created_at=NOON + timedelta(days=400), roles=())
    assert standing(much_later, stamp) is TokenState.GOOD
    assert standing(replace(who, permissions=discord.Permissions.none()), stamp) is TokenState.LOST


def test_whom_integrations_let_in_has_a_quarter_of_an_hour() -> None:
    stamp = issue(GUEST)
    assert len(stamp) <= 30
    assert standing(GUEST, stamp) is TokenState.GOOD
    late = replace(GUEST, created_at=NOON + timedelta(minutes=TOKEN_MINUTES - 1))
    assert standing(late, stamp) is TokenState.GOOD
    over = replace(GUEST, created_at=NOON + timedelta(minutes=TOKEN_MINUTES))
    assert standing(over, stamp) is TokenState.OVER


@pytest.mark.parametrize(
    "other",
    [
        replace(GUEST, roles=(10,)),
        replace(GUEST, roles=(10, 20, 30)),
        replace(GUEST, user_id=2),
        replace(GUEST, guild_id=8),
        replace(GUEST, guild_id=None),
        replace(GUEST, token="another bot's"),
    ],
)
def test_a_guests_pass_is_for_one_person_with_the_same_roles_in_one_server(other: Moment) -> None:
    assert standing(other, issue(GUEST)) is TokenState.LOST


@pytest.mark.parametrize("forged", ["", "m", "x", "ffffffff", f"ffffffff.{'0' * 16}", "..", "m.m"])
def test_a_pass_that_somebody_made_up_is_worth_nothing(forged: str) -> None:
    assert standing(GUEST, forged) is TokenState.LOST


def test_a_pass_is_not_good_for_longer_than_it_says() -> None:
    until, _, signature = issue(GUEST).partition(".")
    longer = f"{int(until, 16) + 60:x}.{signature}"
    assert standing(GUEST, longer) is TokenState.LOST


def test_a_guest_who_became_a_manager_needs_no_pass() -> None:
    promoted = replace(BOSS, created_at=NOON + timedelta(hours=1))
    assert standing(promoted, issue(GUEST)) is TokenState.GOOD
