"""The rules of the sandbox's Discord that need no socket: permissions, ids, windows."""

from dataclasses import replace

import pytest

from bot.sandbox.discord import World
from bot.sandbox.discord.errors import RateLimited
from bot.sandbox.discord.fresh import fresh_world
from bot.sandbox.discord.limits import Limit, Limits
from bot.sandbox.discord.model import Channel, Overwrite
from bot.sandbox.discord.permissions import (
    ADMINISTRATOR,
    ALL,
    ATTACH_FILES,
    EVERYONE,
    MANAGE_GUILD,
    MANAGE_MESSAGES,
    MODERATE_MEMBERS,
    SEND,
    SEND_IN_THREADS,
    VIEW,
    may_speak,
    permissions_in,
)
from bot.sandbox.discord.snowflakes import Snowflakes, made_at


@pytest.fixture
def world() -> World:
    return fresh_world(Snowflakes(lambda: 1_790_000_000.0))


def person(world: World, name: str) -> str:
    return next(user.id for user in world.users.values() if user.username == name)


def place(world: World, name: str) -> Channel:
    return next(channel for channel in world.channels.values() if channel.name == name)


def ruled(world: World, *rules: Overwrite) -> Channel:
    channel = replace(place(world, "imagine"), overwrites=rules)
    world.channels[channel.id] = channel
    return channel


def test_the_fresh_worlds_people_may_what_their_roles_say(world: World) -> None:
    channel = place(world, "general")
    assert permissions_in(world, person(world, "mia"), channel) == EVERYONE
    assert permissions_in(world, person(world, "mona"), channel) & MANAGE_GUILD
    assert permissions_in(world, person(world, "host"), channel) == ALL
    assert permissions_in(world, "1", channel) == 0


def test_locked_is_locked_for_the_bot_alone(world: World) -> None:
    locked = place(world, "locked")
    bot = permissions_in(world, world.bot_id, locked)
    assert bot & VIEW
    assert not bot & (SEND | ATTACH_FILES)
    assert may_speak(permissions_in(world, person(world, "mia"), locked), locked)


def test_a_members_word_beats_a_roles_and_an_allow_beats_a_deny_among_roles(world: World) -> None:
    theo = person(world, "theo")
    guild = next(iter(world.guilds))
    artists, moderators = (
        next(role.id for role in world.roles.values() if role.name == name)
        for name in ("Artists", "Moderators")
    )
    world.members[guild, theo] = replace(world.members[guild, theo], roles=(artists, moderators))
    everyone = Overwrite(guild, 0, deny=SEND)
    assert not permissions_in(world, theo, ruled(world, everyone)) & SEND
    allowed = Overwrite(artists, 0, allow=SEND)
    denied = Overwrite(moderators, 0, deny=SEND)
    assert permissions_in(world, theo, ruled(world, everyone, allowed, denied)) & SEND
    own = Overwrite(theo, 1, deny=SEND)
    assert not permissions_in(world, theo, ruled(world, everyone, allowed, denied, own)) & SEND


def test_a_channel_neither_gives_nor_takes_a_right_of_the_whole_server(world: World) -> None:
    mia, mona = person(world, "mia"), person(world, "mona")
    all_bits = ADMINISTRATOR | MANAGE_GUILD | MODERATE_MEMBERS | MANAGE_MESSAGES
    given = permissions_in(world, mia, ruled(world, Overwrite(mia, 1, allow=all_bits)))
    assert given & all_bits == MANAGE_MESSAGES
    left = permissions_in(world, mona, ruled(world, Overwrite(mona, 1, deny=all_bits)))
    assert left & all_bits == MANAGE_GUILD | MODERATE_MEMBERS


def test_who_does_not_see_a_channel_may_nothing_there(world: World) -> None:
    mia = person(world, "mia")
    assert permissions_in(world, mia, ruled(world, Overwrite(mia, 1, deny=VIEW))) == 0


def test_a_thread_asks_its_parent_and_has_a_bit_of_its_own(world: World) -> None:
    mia = person(world, "mia")
    ruled(world, Overwrite(mia, 1, deny=SEND_IN_THREADS))
    thread = place(world, "fox thread")
    assert not may_speak(permissions_in(world, mia, thread), thread)
    ruled(world, Overwrite(mia, 1, deny=SEND))
    assert may_speak(permissions_in(world, mia, thread), thread)


def test_an_administrator_may_everything(world: World) -> None:
    guild = next(iter(world.guilds))
    world.roles[guild] = replace(world.roles[guild], permissions=ADMINISTRATOR)
    assert permissions_in(world, person(world, "mia"), place(world, "locked")) == ALL


def test_a_dm_is_between_two(world: World) -> None:
    dm = world.dm_of(person(world, "mia"))
    assert permissions_in(world, world.bot_id, dm) & SEND
    assert permissions_in(world, person(world, "theo"), dm) == 0


def test_ids_grow_even_when_the_clock_goes_back() -> None:
    times = iter([1_790_000_000.0, 1_790_000_000.0, 1_780_000_000.0, 1_790_000_001.0])
    new_id = Snowflakes(lambda: next(times))
    ids = [int(new_id()) for _ in range(4)]
    assert ids == sorted(set(ids))
    assert made_at(str(ids[-1])) == 1_790_000_001.0


def test_a_window_closes_all_at_once_and_keys_are_apart() -> None:
    now = [100.0]
    limits, limit = Limits(lambda: now[0]), Limit("x", 2, 5.0)
    limits.take(limit, "a")
    now[0] += 4
    limits.take(limit, "a")
    with pytest.raises(RateLimited) as refused:
        limits.take(limit, "a")
    assert refused.value.wait == 1.0
    assert limits.take(limit, "b")["X-RateLimit-Remaining"] == "1"
    now[0] += 1
    assert limits.take(limit, "a")["X-RateLimit-Reset-After"] == "5.000"
