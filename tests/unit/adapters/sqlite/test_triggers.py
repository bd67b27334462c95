"""Phrases and places in the books: whole changes, recorded, a guild's own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.sqlite.triggers import SqliteTriggerStore
from bot.core.errors import Refused
from bot.core.triggers.phrase import ChannelPhrase, GuildTriggers, TriggerPhrase, parse_phrase
from tests.support.books import MIA, NOON, Desk, open_desk

HOST = (parse_phrase("draw me"), parse_phrase("imagine:"))
ELSEWHERE = replace(MIA, guild=MIA.guild + 1)


async def add(desk: Desk, phrase: str, channel: int = 0, most: int = 10) -> GuildTriggers | None:
    store = SqliteTriggerStore(desk.db)
    return await store.add_phrase(MIA, parse_phrase(phrase), channel, HOST, most, NOON)


async def audited(desk: Desk) -> list[tuple[object, ...]]:
    rows = await desk.rows("audit")
    return [(row["action"], row["target"], row["old"], row["new"]) for row in rows]


async def test_nobody_has_chosen_anything_at_first(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        assert await desk.books.triggers.load_guild_triggers() == {}


async def test_a_first_phrase_comes_beside_the_hosts(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        chosen = await add(desk, "paint {prompt} now", 7)
        assert chosen == GuildTriggers(
            (
                ChannelPhrase("draw me"),
                ChannelPhrase("imagine:"),
                ChannelPhrase("paint {prompt} now", 7),
            ),
            {},
        )
        assert await desk.books.triggers.load_guild_triggers() == {MIA.guild: chosen}
        assert await audited(desk) == [("triggers.add", "channel:7", "", "paint {prompt} now")]


async def test_the_same_words_in_the_same_place_are_one(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        assert await add(desk, "DRAW  me {prompt}") is None
        assert (
            await desk.books.triggers.load_guild_triggers() == {}
        )  # nothing was begun for nothing
        assert await add(desk, "paint me") is not None
        assert await add(desk, "Paint Me") is None
        assert await add(desk, "paint me", 7) is not None
        assert [row[0] for row in await audited(desk)] == ["triggers.add"] * 2


async def test_two_at_once_add_one(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        both = await asyncio.gather(add(desk, "paint me"), add(desk, "paint me"))
        assert sorted(one is None for one in both) == [False, True]
        assert len(await audited(desk)) == 1


async def test_there_is_a_most_and_the_hosts_count(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        await add(desk, "paint me", most=3)
        with pytest.raises(Refused, match="at most 3 phrases"):
            await add(desk, "sketch me", most=3)
        assert len(await desk.rows("trigger_phrases")) == 3


async def test_the_hosts_can_be_removed_and_the_last_too(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:

        async def remove(phrase: TriggerPhrase, channel: int = 0) -> GuildTriggers | None:
            return await desk.books.triggers.remove_phrase(
                MIA, phrase.lookup_key, channel, HOST, NOON
            )

        assert await remove(HOST[0], channel=7) is None
        assert await desk.books.triggers.load_guild_triggers() == {}
        assert await remove(HOST[0]) == GuildTriggers((ChannelPhrase("imagine:"),), {})
        assert await remove(HOST[0]) is None
        assert await remove(HOST[1]) == GuildTriggers((), {})
        assert [row[0:3] for row in await audited(desk)] == [
            ("triggers.remove", f"guild:{MIA.guild}", "draw me"),
            ("triggers.remove", f"guild:{MIA.guild}", "imagine:"),
        ]


async def test_a_channel_is_as_it_was_said_last(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        listen = desk.books.triggers.set_channel_listening
        assert await listen(MIA, 7, True, NOON) == GuildTriggers(None, {7: True})
        assert await listen(MIA, 7, True, NOON) == GuildTriggers(None, {7: True})
        assert await listen(MIA, 8, False, NOON) == GuildTriggers(None, {7: True, 8: False})
        assert await listen(MIA, 8, True, NOON) == GuildTriggers(None, {7: True, 8: True})
        assert await audited(desk) == [
            ("triggers.enable", "channel:7", "", "on"),
            ("triggers.enable", "channel:8", "", "off"),
            ("triggers.enable", "channel:8", "off", "on"),
        ]


async def test_each_guild_has_its_own(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        await add(desk, "paint me")
        await desk.books.triggers.set_channel_listening(MIA, 7, True, NOON)
        theirs = await desk.books.triggers.set_channel_listening(ELSEWHERE, 9, True, NOON)
        assert theirs == GuildTriggers(None, {9: True})
        key = parse_phrase("paint me").lookup_key
        assert await desk.books.triggers.remove_phrase(ELSEWHERE, key, 0, HOST, NOON) is None
        known = await desk.books.triggers.load_guild_triggers()
        assert known[MIA.guild].channels == {7: True}
        assert known[ELSEWHERE.guild] == theirs
