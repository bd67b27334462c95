"""A server's choices: checked, kept, recorded, and heard of; over real books."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.core.drawing.catalog import Lora, Shelf
from bot.core.drawing.request import Bounds, Model
from bot.core.errors import Refused
from bot.core.policy import USUAL, Adult, Policy, RingPolicy, RoleBounds, Spoiler
from bot.flow.runtime.tasks import Crew
from bot.flow.settings.store import Change, Policies
from tests.support.books import MODERATOR, NOON, Desk, open_desk
from tests.support.flow import FakePainter

SHELF = Shelf(
    models=(Model("sdxl/base", "SDXL"), Model("flux/dev.safetensors", "Flux Dev")),
    loras=(Lora("styles/ink", "Ink"), Lora("gold", "Gold leaf")),
)
ELSEWHERE = replace(MODERATOR, guild=8)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path / "b.db") as desk:
        yield desk


@pytest.fixture
async def crew() -> AsyncIterator[Crew]:
    async with Crew() as crew:
        yield crew


@dataclass
class Server(FakePainter):
    """A SwarmUI with these things on its shelf."""

    things: Shelf = SHELF

    def models(self) -> tuple[Model, ...]:
        return self.things.models

    def shelf(self) -> Shelf:
        return self.things


def policies_of(desk: Desk, crew: Crew, shelf: Shelf = SHELF) -> Policies:
    return Policies(desk.books, Server(things=shelf), Bounds(), crew, lambda: NOON)


@pytest.fixture
async def policies(desk: Desk, crew: Crew) -> Policies:
    return policies_of(desk, crew)


async def audited(desk: Desk, guild: int = 7) -> list[tuple[str, str, str, str]]:
    rows, _ = await desk.books.log(guild, 0, 100)
    return [(row.action, row.target, row.old, row.new) for row in reversed(rows)]


async def test_a_choice_holds_at_once_and_after_a_restart(
    policies: Policies, desk: Desk, crew: Crew
) -> None:
    """In its own server; every kind of choice comes back as it was."""
    chosen = {
        "drawing": False,
        "channels": (70, 71),
        "model": "sdxl/base",
        "models": ("sdxl/base",),
        "loras": ("gold",),
        "roles": (RoleBounds(5, 2, 20, 1.5, ("flux/dev.safetensors",), ("styles/ink",)),),
        "images_max": 3,
        "steps_max": 30,
        "megapixels_max": 1.0,
        "spoiler": Spoiler.ALWAYS,
        "adult": Adult.NEVER,
        "private": True,
        "ring": RingPolicy.NEVER,
        "words": ("spider", "\ud800 half a letter"),
        "age_words": ("blood",),
        "allowed_words": ("spider plant",),
        "log_channel": 99,
        "language": "en",
        "time_zone": "Asia/Tokyo",
    }
    assert set(chosen) == set(Policy.__dataclass_fields__)  # every one of them
    said = await policies.change(MODERATOR, **chosen)
    assert said == Policy(**chosen) == policies.of(7)  # type: ignore[arg-type]  # one of each kind
    assert policies.of(8) == USUAL

    again = policies_of(desk, crew)
    assert again.of(7) == USUAL
    await again.load()
    assert again.of(7) == said
    assert again.all() == ((7, said),)


async def test_each_change_is_recorded_once_and_readably(policies: Policies, desk: Desk) -> None:
    """A row a field; nothing for what stays."""
    await policies.change(MODERATOR, drawing=False, channels=(70,), words=("spider",), images_max=2)
    await policies.change(MODERATOR, drawing=False, channels=(70, 71), time_zone="europe/berlin")
    await policies.change(MODERATOR, roles=(RoleBounds(5, images_max=4), RoleBounds(6)))
    await policies.change(MODERATOR, roles=())
    assert await audited(desk) == [
        ("settings.drawing", "guild:7", "on", "off"),
        ("settings.channels", "guild:7", "everywhere", "<#70>"),
        ("settings.images_max", "guild:7", "the host's", "2"),
        ("settings.words", "guild:7", "none", "spider"),
        ("settings.channels", "guild:7", "<#70>", "<#70>, <#71>"),
        ("settings.time_zone", "guild:7", "", "Europe/Berlin"),
        ("settings.bounds", "role:5", "", "4 pictures a job"),
        ("settings.bounds", "role:5", "4 pictures a job", ""),
    ]


async def test_of_a_long_list_the_record_names_what_came_and_went(
    policies: Policies, desk: Desk
) -> None:
    """Nobody compares two lists of 300 words by eye."""
    many = tuple(f"word{number}" for number in range(300))
    await policies.change(MODERATOR, words=many)
    await policies.change(MODERATOR, words=(*many[1:], "spider"))
    action, _, old, new = (await audited(desk))[-1]
    assert (action, old, new) == ("settings.words", "300, without word0", "300, with spider")
    assert all(len(text) <= 330 for row in await audited(desk) for text in row)


@pytest.mark.parametrize(
    ("choice", "rule", "sentence"),
    [
        (
            {"time_zone": "berlin"},
            "settings.time_zone",
            "I don't know the time zone berlin. Did you mean Europe/Berlin?",
        ),
        (
            {"time_zone": "Mars/Olympus Mons xyzzy"},
            "settings.time_zone",
            "I don't know the time zone Mars/Olympus Mons xyzzy. Write one like Europe/Berlin.",
        ),
        (
            {"model": "flux deev"},
            "settings.model",
            "I don't know the model flux deev. Did you mean Flux Dev?",
        ),
        (
            {"models": ("SDXL", "qqqq")},
            "settings.model",
            "I don't know the model qqqq. `/models` shows those that there are.",
        ),
        (
            {"loras": ("gold leaves",)},
            "settings.lora",
            "I don't know the LoRA gold leaves. Did you mean Gold leaf?",
        ),
        (
            {"images_max": 5},
            "settings.images_max",
            "5 pictures at once won't do: the host allows 1 to 4. Nothing was changed.",
        ),
        (
            {"steps_max": 0},
            "settings.steps_max",
            "0 steps won't do: the host allows 1 to 50. Nothing was changed.",
        ),
        (
            {"roles": (RoleBounds(5, megapixels_max=2.5),)},
            "settings.megapixels_max",
            "2.5 megapixels won't do: the host allows 0.25 to 2. Nothing was changed.",
        ),
        (
            {"roles": (RoleBounds(5, models=("nothing like it",)),)},
            "settings.model",
            "I don't know the model nothing like it. `/models` shows those that there are.",
        ),
        (
            {"words": tuple(f"w{number}" for number in range(501))},
            "settings.many",
            "500 words are the most that I keep; these are 501.",
        ),
        ({"age_words": ("x" * 101,)}, "settings.word", "too long: 100 characters are the most."),
        ({"words": ("!!!",)}, "settings.word", "has no letters to look for."),
        (
            {"channels": tuple(range(1, 102))},
            "settings.many",
            "100 channels are the most that I keep; these are 101.",
        ),
        ({"language": "tlh"}, "settings.language", "I speak English only so far."),
    ],
)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    policies: Policies, desk: Desk, choice: dict[str, object], rule: str, sentence: str
) -> None:
    """Not even what was chosen beside it."""
    with pytest.raises(Refused) as caught:
        await policies.change(MODERATOR, drawing=False, **choice)
    assert caught.value.rule == rule
    assert caught.value.sentence.endswith(sentence)
    assert policies.of(7) == USUAL
    assert await audited(desk) == []


async def test_names_are_made_the_servers_own_and_lists_lose_doubles(policies: Policies) -> None:
    """However they were typed."""
    said = await policies.change(
        MODERATOR,
        model="flux dev",
        models=("FLUX DEV", "flux/dev", "sdxl"),
        loras=("Ink", "styles/ink"),
        words=(" Spider ", "spider", "", "red   spider"),
        channels=(70, 70, 0, -1),
        time_zone=" utc ",
    )
    assert said.model == "flux/dev.safetensors"
    assert said.models == ("flux/dev.safetensors", "sdxl/base")
    assert said.loras == ("styles/ink",)
    assert said.words == ("Spider", "red spider")
    assert said.channels == (70,)
    assert said.time_zone == "UTC"


async def test_a_model_that_has_left_keeps_nobody_from_another_change(
    desk: Desk, crew: Crew
) -> None:
    """It was a good name when it was chosen."""
    before = policies_of(desk, crew)
    roles = (RoleBounds(5, models=("sdxl/base",)),)
    await before.change(MODERATOR, model="SDXL", models=("SDXL",), roles=roles)
    later = policies_of(desk, crew, Shelf(models=(Model("flux/dev.safetensors", "Flux Dev"),)))
    await later.load()
    said = await later.change(
        MODERATOR, private=True, models=("sdxl/base", "Flux Dev"), roles=(*roles, RoleBounds(6, 2))
    )
    assert (said.model, said.models) == ("sdxl/base", ("sdxl/base", "flux/dev.safetensors"))
    assert [one.role for one in said.roles] == [5, 6]


async def test_two_words_added_at_once_are_both_there(policies: Policies) -> None:
    """The change is made within the transaction, not on what somebody saw."""

    def one_more(word: str) -> asyncio.Task[Policy]:
        return asyncio.ensure_future(
            policies.edit(MODERATOR, lambda old: replace(old, words=(*old.words, word)))
        )

    await asyncio.gather(*(one_more(f"word{number}") for number in range(20)))
    assert sorted(policies.of(7).words) == sorted(f"word{number}" for number in range(20))


async def test_a_change_is_heard_once_with_what_changed(policies: Policies) -> None:
    """A change that changes nothing is none."""
    heard: list[Change] = []
    policies.hear(heard.append)
    await policies.change(MODERATOR, private=True, log_channel=9)
    await policies.change(MODERATOR, private=True)
    await policies.change(ELSEWHERE, private=True)
    assert [(one.guild, one.by.user, one.fields) for one in heard] == [
        (7, 199, ("private", "log_channel")),
        (8, 199, ("private",)),
    ]
    assert (heard[0].old, heard[0].new) == (USUAL, policies.of(7))


async def test_whoever_stops_waiting_does_not_part_memory_from_the_books(
    policies: Policies, desk: Desk, crew: Crew
) -> None:
    """The transaction ends all the same, so what holds must follow."""
    heard = asyncio.Event()
    policies.hear(lambda _: heard.set())
    asking = asyncio.ensure_future(policies.change(MODERATOR, drawing=False))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(heard.wait(), 30)
    assert not policies.of(7).drawing
    assert not (await desk.books.policies())[7].drawing


async def test_a_name_that_is_no_choice_is_a_mistake_of_ours(policies: Policies) -> None:
    """A cog's spelling mistake must not pass as a choice."""
    with pytest.raises(TypeError, match="colour"):
        await policies.change(MODERATOR, colour="red")


async def test_choices_of_other_versions_are_read_and_kept(
    policies: Policies, desk: Desk, crew: Crew
) -> None:
    """What this version does not know stays for the one that does."""
    await policies.change(MODERATOR, private=True)
    stored = {"private": True, "spoiler": "on fridays", "mood": "calm", "roles": [{"role": 5}]}
    await desk.db.run(
        lambda conn: conn.execute("UPDATE guild_settings SET policy = ?", (json.dumps(stored),))
    )
    await policies.load()
    assert policies.of(7) == Policy(private=True, roles=(RoleBounds(5),))
    await policies.change(MODERATOR, images_max=2)
    (row,) = await desk.rows("guild_settings")
    assert json.loads(str(row["policy"]))["mood"] == "calm"
    assert json.loads(str(row["policy"]))["images_max"] == 2
