"""A server's choices: checked, kept, recorded, and heard of; over real books."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.drawing.catalog import CatalogSnapshot, Lora
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.errors import Refused
from bot.core.limits.quota import parse_zone
from bot.core.policy import (
    DEFAULT_SETTINGS,
    AdultSetting,
    GuildSettings,
    PingSetting,
    RoleBounds,
    SpoilerSetting,
)
from bot.flow.runtime.tasks import TaskSupervisor
from bot.flow.settings import store
from bot.flow.settings.store import GuildSettingsCache, SettingsChange
from tests.support.books import MODERATOR, NOON, Desk, open_desk
from tests.support.flow import FakePainter
from tests.support.settings import set_fields

SHELF = CatalogSnapshot(
    models=(Model("sdxl/base", "SDXL"), Model("flux/dev.safetensors", "Flux Dev")),
    loras=(Lora("styles/ink", "Ink"), Lora("gold", "Gold leaf")),
)
ELSEWHERE = replace(MODERATOR, guild=8)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path / "b.db") as desk:
        yield desk


@pytest.fixture
async def crew() -> AsyncIterator[TaskSupervisor]:
    async with TaskSupervisor() as crew:
        yield crew


def policies_of(
    desk: Desk, crew: TaskSupervisor, shelf: CatalogSnapshot = SHELF
) -> GuildSettingsCache:
    return GuildSettingsCache(
        desk.books.settings, FakePainter(catalog=shelf), DrawingBounds(), crew, lambda: NOON
    )


@pytest.fixture
async def policies(desk: Desk, crew: TaskSupervisor) -> GuildSettingsCache:
    return policies_of(desk, crew)


async def audited(desk: Desk, guild: int = 7) -> list[tuple[str, str, str, str]]:
    rows, _ = await desk.books.audit.list_audit_rows(guild, 0, 100)
    return [(row.action, row.target, row.old, row.new) for row in reversed(rows)]


async def test_a_choice_holds_at_once_and_after_a_restart(
    policies: GuildSettingsCache, desk: Desk, crew: TaskSupervisor
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
        "spoiler": SpoilerSetting.ALWAYS,
        "adult": AdultSetting.NEVER,
        "private": True,
        "private_allowed": False,
        "ring": PingSetting.NEVER,
        "words": ("spider", "\ud800 half a letter"),
        "age_words": ("blood",),
        "allowed_words": ("spider plant",),
        "log_channel": 99,
        "language": "en",
        "time_zone": "Asia/Tokyo",
    }
    assert set(chosen) == set(GuildSettings.__dataclass_fields__)  # every one of them
    said = await set_fields(policies, MODERATOR, **chosen)
    assert said == GuildSettings(**chosen) == policies.get_settings(7)  # type: ignore[arg-type]  # one of each kind
    assert policies.get_settings(8) == DEFAULT_SETTINGS

    again = policies_of(desk, crew)
    assert again.get_settings(7) == DEFAULT_SETTINGS
    await again.load_settings()
    assert again.get_settings(7) == said
    assert again.list_customized() == ((7, said),)


async def test_each_change_is_recorded_once_and_readably(
    policies: GuildSettingsCache, desk: Desk
) -> None:
    """A row a field; nothing for what stays."""
    await set_fields(
        policies, MODERATOR, drawing=False, channels=(70,), words=("spider",), images_max=2
    )
    await set_fields(
        policies, MODERATOR, drawing=False, channels=(70, 71), time_zone="europe/berlin"
    )
    await set_fields(policies, MODERATOR, roles=(RoleBounds(5, images_max=4), RoleBounds(6)))
    await set_fields(policies, MODERATOR, roles=())
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
    policies: GuildSettingsCache, desk: Desk
) -> None:
    """Nobody compares two lists of 300 words by eye."""
    many = tuple(f"word{number}" for number in range(300))
    await set_fields(policies, MODERATOR, words=many)
    await set_fields(policies, MODERATOR, words=(*many[1:], "spider"))
    action, _, old, new = (await audited(desk))[-1]
    assert (action, old, new) == ("settings.words", "300, without word0", "300, with spider")
    assert all(len(text) <= 330 for row in await audited(desk) for text in row)


@pytest.mark.parametrize(
    ("choice", "rule", "sentence"),
    [
        (
            {"time_zone": "berlin"},
            "settings.time_zone",
            "“berlin” isn't a time zone. Did you mean Europe/Berlin?",
        ),
        (
            {"time_zone": "Mars/Olympus Mons xyzzy"},
            "settings.time_zone",
            "“Mars/Olympus Mons xyzzy” isn't a time zone. Try one like Europe/Berlin.",
        ),
        (
            {"model": "flux deev"},
            "settings.model",
            "There's no model called “flux deev”. Did you mean Flux Dev?",
        ),
        (
            {"models": ("SDXL", "qqqq")},
            "settings.model",
            "There's no model called “qqqq”. `/models` lists what is available.",
        ),
        (
            {"loras": ("gold leaves",)},
            "settings.lora",
            "There's no LoRA called “gold leaves”. Did you mean Gold leaf?",
        ),
        (
            {"images_max": 5},
            "settings.images_max",
            "Pictures at once must be between 1 and 4 (set by the host). Nothing was changed.",
        ),
        (
            {"steps_max": 0},
            "settings.steps_max",
            "Steps must be between 1 and 50 (set by the host). Nothing was changed.",
        ),
        (
            {"roles": (RoleBounds(5, megapixels_max=2.5),)},
            "settings.megapixels_max",
            "Megapixels must be between 0.25 and 2 (set by the host). Nothing was changed.",
        ),
        (
            {"roles": (RoleBounds(5, models=("nothing like it",)),)},
            "settings.model",
            "There's no model called “nothing like it”. `/models` lists what is available.",
        ),
        (
            {"words": tuple(f"w{number}" for number in range(501))},
            "settings.many",
            "I can keep at most 500 words, and you entered 501.",
        ),
        ({"age_words": ("x" * 101,)}, "settings.word", "too long. The limit is 100 characters."),
        ({"words": ("!!!",)}, "settings.word", "needs at least one letter."),
        (
            {"channels": tuple(range(1, 102))},
            "settings.many",
            "I can keep at most 100 channels, and you entered 101.",
        ),
        ({"language": "tlh"}, "settings.language", "I only speak English so far."),
    ],
)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    policies: GuildSettingsCache, desk: Desk, choice: dict[str, object], rule: str, sentence: str
) -> None:
    """Not even what was chosen beside it."""
    with pytest.raises(Refused) as caught:
        await set_fields(policies, MODERATOR, drawing=False, **choice)
    assert caught.value.rule == rule
    assert caught.value.sentence.endswith(sentence)
    assert policies.get_settings(7) == DEFAULT_SETTINGS
    assert await audited(desk) == []


async def test_names_are_made_the_servers_own_and_lists_lose_doubles(
    policies: GuildSettingsCache,
) -> None:
    """However they were typed."""
    said = await set_fields(
        policies,
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
    desk: Desk, crew: TaskSupervisor
) -> None:
    """It was a good name when it was chosen."""
    before = policies_of(desk, crew)
    roles = (RoleBounds(5, models=("sdxl/base",)),)
    await set_fields(before, MODERATOR, model="SDXL", models=("SDXL",), roles=roles)
    later = policies_of(
        desk, crew, CatalogSnapshot(models=(Model("flux/dev.safetensors", "Flux Dev"),))
    )
    await later.load_settings()
    said = await set_fields(
        later,
        MODERATOR,
        private=True,
        models=("sdxl/base", "Flux Dev"),
        roles=(*roles, RoleBounds(6, 2)),
    )
    assert (said.model, said.models) == ("sdxl/base", ("sdxl/base", "flux/dev.safetensors"))
    assert [one.role for one in said.roles] == [5, 6]


async def test_two_words_added_at_once_are_both_there(policies: GuildSettingsCache) -> None:
    """The change is made within the transaction, not on what somebody saw."""

    def one_more(word: str) -> asyncio.Task[GuildSettings]:
        return asyncio.ensure_future(
            policies.edit_settings(MODERATOR, lambda old: replace(old, words=(*old.words, word)))
        )

    await asyncio.gather(*(one_more(f"word{number}") for number in range(20)))
    assert sorted(policies.get_settings(7).words) == sorted(f"word{number}" for number in range(20))


async def test_a_change_is_heard_once_with_what_changed(policies: GuildSettingsCache) -> None:
    """A change that changes nothing is none."""
    heard: list[SettingsChange] = []
    policies.add_listener(heard.append)
    await set_fields(policies, MODERATOR, private=True, log_channel=9)
    await set_fields(policies, MODERATOR, private=True)
    await set_fields(policies, ELSEWHERE, private=True)
    assert [(one.guild, one.changed_by.user, one.changed_fields) for one in heard] == [
        (7, 199, ("private", "log_channel")),
        (8, 199, ("private",)),
    ]
    assert (heard[0].old, heard[0].new) == (DEFAULT_SETTINGS, policies.get_settings(7))


async def test_whoever_stops_waiting_does_not_part_memory_from_the_books(
    policies: GuildSettingsCache, desk: Desk, crew: TaskSupervisor
) -> None:
    """The transaction ends all the same, so what holds must follow."""
    heard = asyncio.Event()
    policies.add_listener(lambda _: heard.set())
    asking = asyncio.ensure_future(set_fields(policies, MODERATOR, drawing=False))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(heard.wait(), 30)
    assert not policies.get_settings(7).drawing
    assert not (await desk.books.settings.load_guild_settings())[7].drawing


async def test_a_name_that_is_no_choice_is_a_mistake_of_ours(policies: GuildSettingsCache) -> None:
    """A cog's spelling mistake must not pass as a choice."""
    with pytest.raises(TypeError, match="colour"):
        await set_fields(policies, MODERATOR, colour="red")


async def test_choices_of_other_versions_are_read_and_kept(
    policies: GuildSettingsCache, desk: Desk, crew: TaskSupervisor
) -> None:
    """What this version does not know stays for the one that does."""
    await set_fields(policies, MODERATOR, private=True)
    stored = {"private": True, "spoiler": "on fridays", "mood": "calm", "roles": [{"role": 5}]}
    await desk.db.run_transaction(
        lambda conn: conn.execute("UPDATE guild_settings SET policy = ?", (json.dumps(stored),))
    )
    await policies.load_settings()
    assert policies.get_settings(7) == GuildSettings(private=True, roles=(RoleBounds(5),))
    await set_fields(policies, MODERATOR, images_max=2)
    (row,) = await desk.rows("guild_settings")
    assert json.loads(str(row["policy"]))["mood"] == "calm"
    assert json.loads(str(row["policy"]))["images_max"] == 2


@pytest.fixture
def fresh_zones() -> Iterator[None]:
    """Nothing is remembered before the test or after it."""
    store._load_time_zones.cache_clear()
    yield
    store._load_time_zones.cache_clear()


async def test_the_usual_zones_are_there_and_each_can_be_used(fresh_zones: None) -> None:
    zones = await store.list_time_zones()
    assert {"UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"} <= zones
    for zone in sorted(zones)[::50]:
        assert parse_zone(zone)


async def test_they_are_read_once_and_utc_is_there_without_any_file(
    monkeypatch: pytest.MonkeyPatch, fresh_zones: None
) -> None:
    read: list[int] = []

    def available() -> set[str]:
        read.append(1)
        return set()

    monkeypatch.setattr(store, "available_timezones", available)
    assert await store.list_time_zones() == {"UTC"}
    assert await store.list_time_zones() == {"UTC"}
    assert read == [1]
