"""What a server listens for: whose word counts where, and what a sentence would meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import Refused
from bot.core.triggers.index import build_index
from bot.core.triggers.phrase import PHRASES_MAX, parse_phrase
from bot.core.ui.card import MessageCard
from bot.flow.runtime.context import HostSettings
from bot.flow.runtime.tasks import TaskSupervisor
from bot.flow.triggers.commands import DryRunContext
from bot.flow.triggers.registry import TriggerRegistry
from tests.support.books import MIA, NOON, open_desk
from tests.support.flow import Stage, stage

HOSTS = 70  # a channel that the host chose
OTHER = 71
THREAD = 700
ELSEWHERE = replace(MIA, guild=MIA.guild + 1)
HERE = DryRunContext((HOSTS,), bot_id=5)


@asynccontextmanager
async def hall(folder: Path) -> AsyncIterator[Stage]:
    house = HostSettings(trigger_phrases=("draw me", "imagine:"), trigger_channels=(HOSTS,))
    async with stage(folder, house=house) as at:
        await at.flow.triggers.load_triggers()
        yield at


def heard(at: Stage, *places: int, guild: int = MIA.guild) -> list[str]:
    return sorted(one.text for one in at.flow.triggers.get_channel_index(guild, places).phrases)


def here(channel: int) -> bool:
    return channel in (HOSTS, OTHER)


def said(card: MessageCard) -> str:
    return f"{card.content}\n{card.embed.body if card.embed else ''}"


async def test_the_hosts_choice_holds_until_the_server_says_otherwise(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        assert heard(at, HOSTS) == ["draw me", "imagine:"]
        assert heard(at, THREAD, HOSTS) == ["draw me", "imagine:"]
        assert heard(at, OTHER) == []

        await at.flow.triggers.set_channel_listening(MIA, (HOSTS,), listens=False)
        await at.flow.triggers.set_channel_listening(MIA, (OTHER,), listens=True)
        assert heard(at, HOSTS) == []
        assert heard(at, OTHER) == ["draw me", "imagine:"]
        assert at.flow.triggers.list_listening_channels(MIA.guild, here) == (OTHER,)
        assert at.flow.triggers.list_silenced_channels(MIA.guild) == (HOSTS,)


async def test_a_thread_has_the_last_word_about_itself(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        phrases = at.flow.triggers
        assert await phrases.set_channel_listening(MIA, (THREAD, HOSTS), listens=False)
        assert heard(at, THREAD, HOSTS) == []
        assert heard(at, THREAD + 1, HOSTS) == ["draw me", "imagine:"]
        assert await phrases.set_channel_listening(MIA, (THREAD, HOSTS), listens=True)
        assert await phrases.set_channel_listening(MIA, (HOSTS,), listens=False)
        assert heard(at, THREAD, HOSTS) == ["draw me", "imagine:"]
        assert heard(at, THREAD + 1, HOSTS) == []


async def test_a_phrase_of_one_channel_counts_there_alone(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.triggers.add_phrase(MIA, parse_phrase("paint me"), OTHER)
        assert heard(at, OTHER) == ["paint me"]
        assert heard(at, THREAD, OTHER) == ["paint me"]
        assert heard(at, HOSTS) == ["draw me", "imagine:"]
        await at.flow.triggers.set_channel_listening(MIA, (OTHER,), listens=False)
        assert heard(at, OTHER) == []


async def test_the_same_words_for_all_and_for_one_are_one_phrase_there(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.triggers.add_phrase(MIA, parse_phrase("Draw  ME"), HOSTS)
        assert len(heard(at, HOSTS)) == 2


async def test_servers_do_not_hear_each_other(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.triggers.add_phrase(MIA, parse_phrase("paint me"), 0)
        await at.flow.triggers.remove_phrase(MIA, parse_phrase("draw me").lookup_key, 0)
        assert heard(at, HOSTS) == ["imagine:", "paint me"]
        # A channel's id is one server's only; the other's channel would be another.
        assert [one.text for one in at.flow.triggers.list_phrases(ELSEWHERE.guild)] == [
            "draw me",
            "imagine:",
        ]
        assert heard(at, HOSTS + 100, guild=ELSEWHERE.guild) == []


async def test_a_change_makes_nobody_elses_phrases_anew(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        phrases = at.flow.triggers
        mine = phrases.get_channel_index(MIA.guild, (HOSTS,))
        theirs = phrases.get_channel_index(ELSEWHERE.guild, (900,))
        assert phrases.get_channel_index(ELSEWHERE.guild, (900,)) is theirs
        await phrases.add_phrase(MIA, parse_phrase("paint me"), 0)
        assert phrases.get_channel_index(MIA.guild, (HOSTS,)) is not mine
        assert phrases.get_channel_index(ELSEWHERE.guild, (900,)) is theirs
        await phrases.set_channel_listening(ELSEWHERE, (900,), listens=True)
        assert heard(at, 900, guild=ELSEWHERE.guild) == ["draw me", "imagine:"]


async def test_a_restart_finds_what_was_chosen(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.triggers.add_phrase(MIA, parse_phrase("paint {prompt} now"), OTHER)
        await at.flow.triggers.set_channel_listening(MIA, (HOSTS,), listens=False)
        before = at.flow.triggers.list_phrases(MIA.guild)
    async with hall(tmp_path) as at:
        assert at.flow.triggers.list_phrases(MIA.guild) == before
        assert at.flow.triggers.has_own(MIA.guild)
        assert heard(at, OTHER) == ["paint {prompt} now"]
        assert heard(at, HOSTS) == []


async def test_many_changes_at_once_all_count(tmp_path: Path) -> None:
    """Two moderators at work: neither loses a phrase, each phrase is added once."""
    async with hall(tmp_path) as at:
        texts = [f"paint number {number % 8}" for number in range(24)]
        new = await asyncio.gather(
            *(at.flow.triggers.add_phrase(MIA, parse_phrase(one), 0) for one in texts)
        )
        assert sum(new) == 8
        assert len(heard(at, HOSTS)) == 10
        kept = await at.books.books.triggers.load_guild_triggers()
        assert set(kept[MIA.guild].phrases or ()) == set(at.flow.triggers.list_phrases(MIA.guild))
        assert len(await at.books.rows("audit")) == 8


@pytest.mark.parametrize("change", ["add", "remove", "listen"])
async def test_memory_follows_the_books_when_nobody_waits_for_it(
    tmp_path: Path, change: str
) -> None:
    """Whoever asked may have been cut off: what was written down counts all the same."""
    async with hall(tmp_path) as at:
        phrases = at.flow.triggers
        phrases.get_channel_index(MIA.guild, (HOSTS,))
        phrases.get_mention_index(MIA.guild)
        work: dict[str, Callable[[], Coroutine[Any, Any, bool]]] = {
            "add": lambda: phrases.add_phrase(MIA, parse_phrase("paint me"), 0),
            "remove": lambda: phrases.remove_phrase(MIA, parse_phrase("draw me").lookup_key, 0),
            "listen": lambda: phrases.set_channel_listening(MIA, (HOSTS,), listens=False),
        }
        asking = asyncio.create_task(work[change]())
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await at.kit.tasks.wait_for_tasks(("phrases",))
        kept = (await at.books.books.triggers.load_guild_triggers())[MIA.guild]
        assert phrases.has_own(MIA.guild) is (kept.phrases is not None)
        assert set(phrases.list_phrases(MIA.guild)) >= set(kept.phrases or ())
        wanted = {
            "add": ["draw me", "imagine:", "paint me"],
            "remove": ["imagine:"],
            "listen": [],
        }
        assert heard(at, HOSTS) == wanted[change]


async def test_a_refusal_is_raised_for_whoever_asked(tmp_path: Path) -> None:
    """And does not stand in the way of the next change."""
    many = tuple(f"paint number {number}" for number in range(PHRASES_MAX))
    async with open_desk(tmp_path / "books.db") as desk, TaskSupervisor() as tasks:
        phrases = TriggerRegistry(desk.books.triggers, tasks, many, (), lambda: NOON)
        with pytest.raises(Refused):
            await phrases.add_phrase(MIA, parse_phrase("sketch me"), 0)
        assert await phrases.remove_phrase(MIA, parse_phrase(many[0]).lookup_key, 0)
        assert await phrases.add_phrase(MIA, parse_phrase("sketch me"), 0)


async def test_the_threads_of_a_server_share_what_they_hear(tmp_path: Path) -> None:
    """However many servers there are between them, and anew once something is changed."""
    async with hall(tmp_path) as at:
        one = at.flow.triggers.get_channel_index(MIA.guild, (THREAD, HOSTS))
        build_index.cache_clear()
        assert at.flow.triggers.get_channel_index(MIA.guild, (THREAD + 1, HOSTS)) is one
        await at.flow.triggers.add_phrase(MIA, parse_phrase("paint me"), 0)
        assert heard(at, THREAD + 2, HOSTS) == ["draw me", "imagine:", "paint me"]
        assert heard(at, THREAD + 1, HOSTS) == ["draw me", "imagine:", "paint me"]
