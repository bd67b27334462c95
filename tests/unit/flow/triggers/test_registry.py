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
from bot.core.limits.quota import Scope
from bot.core.triggers.index import index_of
from bot.core.triggers.phrase import PHRASES_MAX, Chosen, Placed, parse
from bot.core.ui.card import Card
from bot.flow.runtime.services import House
from bot.flow.runtime.tasks import Crew
from bot.flow.triggers.commands import Spot
from bot.flow.triggers.registry import Phrases
from tests.support.books import MIA, NOON
from tests.support.flow import Stage, stage
from tests.support.small_triggers import SmallTriggers

HOSTS = 70  # a channel that the host chose
OTHER = 71
THREAD = 700
ELSEWHERE = replace(MIA, guild=MIA.guild + 1)
HERE = Spot((HOSTS,), bot=5)


@asynccontextmanager
async def hall(folder: Path) -> AsyncIterator[Stage]:
    house = House(phrases=("draw me", "imagine:"), trigger_channels=(HOSTS,))
    async with stage(folder, house=house) as at:
        await at.flow.phrases.load()
        yield at


def heard(at: Stage, *places: int, guild: int = MIA.guild) -> list[str]:
    return sorted(one.text for one in at.flow.phrases.heard_in(guild, places).phrases)


def here(channel: int) -> bool:
    return channel in (HOSTS, OTHER)


def said(card: Card) -> str:
    return f"{card.content}\n{card.panel.body if card.panel else ''}"


async def test_the_hosts_choice_holds_until_the_server_says_otherwise(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        assert heard(at, HOSTS) == ["draw me", "imagine:"]
        assert heard(at, THREAD, HOSTS) == ["draw me", "imagine:"]
        assert heard(at, OTHER) == []

        await at.flow.phrases.listen(MIA, (HOSTS,), listens=False)
        await at.flow.phrases.listen(MIA, (OTHER,), listens=True)
        assert heard(at, HOSTS) == []
        assert heard(at, OTHER) == ["draw me", "imagine:"]
        assert at.flow.phrases.listening(MIA.guild, here) == (OTHER,)
        assert at.flow.phrases.silenced(MIA.guild) == (HOSTS,)


async def test_a_thread_has_the_last_word_about_itself(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        phrases = at.flow.phrases
        assert await phrases.listen(MIA, (THREAD, HOSTS), listens=False)
        assert heard(at, THREAD, HOSTS) == []
        assert heard(at, THREAD + 1, HOSTS) == ["draw me", "imagine:"]
        assert await phrases.listen(MIA, (THREAD, HOSTS), listens=True)
        assert await phrases.listen(MIA, (HOSTS,), listens=False)
        assert heard(at, THREAD, HOSTS) == ["draw me", "imagine:"]
        assert heard(at, THREAD + 1, HOSTS) == []


async def test_a_phrase_of_one_channel_counts_there_alone(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.phrases.add(MIA, parse("paint me"), OTHER)
        assert heard(at, OTHER) == ["paint me"]
        assert heard(at, THREAD, OTHER) == ["paint me"]
        assert heard(at, HOSTS) == ["draw me", "imagine:"]
        await at.flow.phrases.listen(MIA, (OTHER,), listens=False)
        assert heard(at, OTHER) == []


async def test_the_same_words_for_all_and_for_one_are_one_phrase_there(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.phrases.add(MIA, parse("Draw  ME"), HOSTS)
        assert len(heard(at, HOSTS)) == 2


async def test_servers_do_not_hear_each_other(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.phrases.add(MIA, parse("paint me"), 0)
        await at.flow.phrases.remove(MIA, parse("draw me").key, 0)
        assert heard(at, HOSTS) == ["imagine:", "paint me"]
        # A channel's id is one server's only; the other's channel would be another.
        assert [one.text for one in at.flow.phrases.of(ELSEWHERE.guild)] == ["draw me", "imagine:"]
        assert heard(at, HOSTS + 100, guild=ELSEWHERE.guild) == []


async def test_a_change_makes_nobody_elses_phrases_anew(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        phrases = at.flow.phrases
        mine = phrases.heard_in(MIA.guild, (HOSTS,))
        theirs = phrases.heard_in(ELSEWHERE.guild, (900,))
        assert phrases.heard_in(ELSEWHERE.guild, (900,)) is theirs
        await phrases.add(MIA, parse("paint me"), 0)
        assert phrases.heard_in(MIA.guild, (HOSTS,)) is not mine
        assert phrases.heard_in(ELSEWHERE.guild, (900,)) is theirs
        await phrases.listen(ELSEWHERE, (900,), listens=True)
        assert heard(at, 900, guild=ELSEWHERE.guild) == ["draw me", "imagine:"]


async def test_a_restart_finds_what_was_chosen(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.phrases.add(MIA, parse("paint {prompt} now"), OTHER)
        await at.flow.phrases.listen(MIA, (HOSTS,), listens=False)
        before = at.flow.phrases.of(MIA.guild)
    async with hall(tmp_path) as at:
        assert at.flow.phrases.of(MIA.guild) == before
        assert at.flow.phrases.has_own(MIA.guild)
        assert heard(at, OTHER) == ["paint {prompt} now"]
        assert heard(at, HOSTS) == []


async def test_many_changes_at_once_all_count(tmp_path: Path) -> None:
    """Two moderators at work: neither loses a phrase, each phrase is added once."""
    async with hall(tmp_path) as at:
        texts = [f"paint number {number % 8}" for number in range(24)]
        new = await asyncio.gather(*(at.flow.phrases.add(MIA, parse(one), 0) for one in texts))
        assert sum(new) == 8
        assert len(heard(at, HOSTS)) == 10
        kept = await at.books.books.triggers()
        assert set(kept[MIA.guild].phrases or ()) == set(at.flow.phrases.of(MIA.guild))
        assert len(await at.books.rows("audit")) == 8


@pytest.mark.parametrize("change", ["add", "remove", "listen"])
async def test_memory_follows_the_books_when_nobody_waits_for_it(
    tmp_path: Path, change: str
) -> None:
    """Whoever asked may have been cut off: what was written down counts all the same."""
    async with hall(tmp_path) as at:
        phrases = at.flow.phrases
        phrases.heard_in(MIA.guild, (HOSTS,))
        phrases.after_mention(MIA.guild)
        work: dict[str, Callable[[], Coroutine[Any, Any, bool]]] = {
            "add": lambda: phrases.add(MIA, parse("paint me"), 0),
            "remove": lambda: phrases.remove(MIA, parse("draw me").key, 0),
            "listen": lambda: phrases.listen(MIA, (HOSTS,), listens=False),
        }
        asking = asyncio.create_task(work[change]())
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await at.kit.crew.none_left(("phrases",))
        kept = (await at.books.books.triggers())[MIA.guild]
        assert phrases.has_own(MIA.guild) is (kept.phrases is not None)
        assert set(phrases.of(MIA.guild)) >= set(kept.phrases or ())
        wanted = {
            "add": ["draw me", "imagine:", "paint me"],
            "remove": ["imagine:"],
            "listen": [],
        }
        assert heard(at, HOSTS) == wanted[change]


async def test_a_refusal_is_raised_for_whoever_asked() -> None:
    """And does not stand in the way of the next change."""
    books = SmallTriggers()
    many = tuple(Placed(f"paint number {number}") for number in range(PHRASES_MAX))
    books.known[MIA.guild] = Chosen(many)
    async with Crew() as crew:
        phrases = Phrases(books, crew, (), (), lambda: NOON)
        await phrases.load()
        with pytest.raises(Refused):
            await phrases.add(MIA, parse("sketch me"), 0)
        assert await phrases.remove(MIA, parse(many[0].text).key, 0)
        assert await phrases.add(MIA, parse("sketch me"), 0)


# --- what a sentence would meet ------------------------------------------------------------------


async def tried(at: Stage, sentence: str, spot: Spot = HERE) -> str:
    before = [await at.books.rows(t) for t in ("jobs", "holds", "totals", "drafts", "audit")]
    told = said(await at.flow.phrase_desk.test(MIA, sentence, spot))
    after = [await at.books.rows(t) for t in ("jobs", "holds", "totals", "drafts", "audit")]
    assert after == before  # nothing is drawn, held or written down
    return told


async def test_it_goes_through_the_gate_itself(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        assert "you'd have 19 left" in await tried(at, "draw me a fox")
        books = at.books.books
        await books.set_limit(MIA, Scope.MEMBER, MIA.user, {"day": 0}, NOON)
        assert "✗ The answer would be: Your own limit here is 0" in await tried(at, "draw me a fox")
        await books.clear_limit(MIA, Scope.MEMBER, MIA.user, NOON)
        await books.set_limit(MIA, Scope.MEMBER, MIA.user, {"exempt": 1}, NOON)
        assert "you have no limit here" in await tried(at, "draw me a fox")
        await books.block(MIA, MIA.user, None, "", NOON)
        assert "✗ The answer would be: You can't draw here" in await tried(at, "draw me a fox")


async def test_after_a_mention_a_phrase_is_no_part_of_the_prompt_anywhere(tmp_path: Path) -> None:
    """Whether the channel listens or not, also a phrase that counts in another one alone."""
    elsewhere = Spot((OTHER,), bot=5)
    async with hall(tmp_path) as at:
        assert "This would draw *a fox*" in await tried(at, "<@5> draw me a fox", elsewhere)
        assert "has \u201cdraw me\u201d" in await tried(at, "<@5> draw me a fox", elsewhere)
        assert "This would draw *a fox*" in await tried(at, "<@5> a fox", elsewhere)
        assert (await tried(at, "draw me a fox", elsewhere)).startswith("This would stay silent")
        assert (await tried(at, "<@5> draw me", elsewhere)).startswith("This would stay silent")
        await at.flow.phrases.add(MIA, parse("paint me"), HOSTS)
        assert "This would draw *a fox*" in await tried(at, "<@5> paint me a fox", elsewhere)
        await at.flow.phrases.remove(MIA, parse("draw me").key, 0)
        assert "This would draw *draw me a fox*" in await tried(at, "<@5> draw me a fox", elsewhere)


async def test_words_that_are_refused_are_told_as_they_would_be(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.policies.change(MIA, words=("turnip",))
        told = await tried(at, "draw me a turnip")
        assert told.startswith("This would be refused")
        assert "word list" in told


async def test_a_channel_that_the_settings_leave_out_would_be_silent(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.policies.change(MIA, channels=(OTHER,))
        told = await tried(at, "draw me a fox")
        assert told.startswith("This would stay silent: drawing is elsewhere.")
        assert (await tried(at, "<@5> a fox")).startswith("This would be refused")


@pytest.mark.parametrize("sentence", ["", "hello", "> draw me a fox", "draw me", "draw me `x`"])
async def test_what_asks_nothing_never_reaches_the_gate(tmp_path: Path, sentence: str) -> None:
    async with hall(tmp_path) as at:
        await at.books.books.block(MIA, MIA.user, None, "", NOON)
        told = await tried(at, sentence)
        assert told.startswith("This would stay silent.")
        assert "can't draw here" not in told


async def test_a_name_alone_would_be_told_how_to_ask(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        told = await tried(at, "<@5>")
        assert told.startswith("This would get a short reply on how to ask, which goes away.")
        assert "✗ It mentions me and says nothing else." in told


async def test_the_threads_of_a_server_share_what_they_hear(tmp_path: Path) -> None:
    """However many servers there are between them, and anew once something is changed."""
    async with hall(tmp_path) as at:
        one = at.flow.phrases.heard_in(MIA.guild, (THREAD, HOSTS))
        index_of.cache_clear()
        assert at.flow.phrases.heard_in(MIA.guild, (THREAD + 1, HOSTS)) is one
        await at.flow.phrases.add(MIA, parse("paint me"), 0)
        assert heard(at, THREAD + 2, HOSTS) == ["draw me", "imagine:", "paint me"]
        assert heard(at, THREAD + 1, HOSTS) == ["draw me", "imagine:", "paint me"]
