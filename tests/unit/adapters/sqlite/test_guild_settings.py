"""The choices of servers and members on disk: whole changes, recorded, and read by any version."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from bot.adapters.sqlite import guild_settings
from bot.adapters.sqlite.guild_settings import SqliteSettingsStore
from bot.core.errors import Refused
from bot.core.policy import (
    DEFAULT_SETTINGS,
    AdultSetting,
    GuildSettings,
    PingSetting,
    RoleBounds,
    SpoilerSetting,
)
from tests.support.books import MIA, MODERATOR, NOON, Desk, set_clocks

HERE = MODERATOR.guild
EVERYTHING = GuildSettings(
    drawing=False,
    channels=(70, 71),
    model="sdxl/base",
    models=("sdxl/base",),
    loras=("gold",),
    roles=(RoleBounds(5, images_max=2, megapixels_max=1.5, models=("flux",)), RoleBounds(6)),
    images_max=3,
    steps_max=40,
    megapixels_max=2.5,
    spoiler=SpoilerSetting.ALWAYS,
    adult=AdultSetting.NEVER,
    private=True,
    private_allowed=False,
    ring=PingSetting.NEVER,
    words=("spam",),
    age_words=("blood",),
    allowed_words=("ham",),
    log_channel=72,
    language="de",
    time_zone="Europe/Berlin",
)


@pytest.fixture
def store(desk: Desk) -> SqliteSettingsStore:
    return SqliteSettingsStore(desk.db)


async def write_row(desk: Desk, policy: dict[str, object], drawing: int = 1) -> None:
    """A row as another version of the program may have left it."""
    await desk.db.run_transaction(
        lambda conn: conn.execute(
            "INSERT INTO guild_settings (guild, time_zone, drawing, policy) VALUES (?, '', ?, ?)",
            (HERE, drawing, json.dumps(policy)),
        )
    )


async def test_every_choice_comes_back_as_it_was(desk: Desk, store: SqliteSettingsStore) -> None:
    """Each field of the settings differs from the usual here, so none can be left out."""
    same = [
        field.name
        for field in fields(GuildSettings)
        if getattr(EVERYTHING, field.name) == getattr(DEFAULT_SETTINGS, field.name)
    ]
    assert same == []
    assert await store.load_guild_settings() == {}
    changed = await store.update_guild_settings(MODERATOR, lambda _: EVERYTHING, NOON)
    assert changed == (DEFAULT_SETTINGS, EVERYTHING)
    assert await SqliteSettingsStore(desk.db).load_guild_settings() == {HERE: EVERYTHING}


async def test_each_changed_field_has_an_audit_row(desk: Desk, store: SqliteSettingsStore) -> None:
    """Bounds have one a role; no change has none."""
    await store.update_guild_settings(MODERATOR, lambda old: old, NOON)
    assert await desk.rows("audit") == await desk.rows("guild_settings") == []
    await store.update_guild_settings(MODERATOR, lambda _: EVERYTHING, NOON)
    rows = [(row["action"], row["target"]) for row in await desk.rows("audit")]
    expected = [
        (f"settings.{field.name}", f"guild:{HERE}")
        for field in fields(GuildSettings)
        if field.name != "roles"
    ]
    bounds = [("settings.bounds", "role:5"), ("settings.bounds", "role:6")]
    assert sorted(rows) == sorted([*expected, *bounds])


async def test_a_change_that_raises_changes_nothing(desk: Desk, store: SqliteSettingsStore) -> None:
    def refuse(old: GuildSettings) -> GuildSettings:
        raise Refused("no", f"{old.model} stays")

    for edit, kind in (
        (refuse, Refused),
        (lambda old: replace(old, private=True, time_zone="Mars/Olympus"), ValueError),
    ):
        with pytest.raises(kind):
            await store.update_guild_settings(MODERATOR, edit, NOON)
    assert await desk.rows("audit") == await desk.rows("guild_settings") == []


async def test_the_time_zone_is_audited(desk: Desk) -> None:
    """Once a change."""
    for name in ("Asia/Tokyo", "Asia/Tokyo", "UTC"):
        await set_clocks(desk.books, MODERATOR, name, NOON)
    rows = await desk.rows("audit")
    assert [(r["action"], r["old"], r["new"]) for r in rows] == [
        ("settings.time_zone", "", "Asia/Tokyo"),
        ("settings.time_zone", "Asia/Tokyo", "UTC"),
    ]


async def test_unknown_and_broken_choices_are_passed_over(
    desk: Desk, store: SqliteSettingsStore
) -> None:
    """The rest holds; what only a newer version knows survives a change by this one."""
    stored = {"model": "flux", "spoiler": "on Sundays", "channels": None, "hologram": [1, 2]}
    await write_row(desk, stored, drawing=0)
    usual = replace(DEFAULT_SETTINGS, model="flux", drawing=False)
    assert await store.load_guild_settings() == {HERE: usual}
    await store.update_guild_settings(MODERATOR, lambda old: replace(old, model=""), NOON)
    (row,) = await desk.rows("guild_settings")
    assert json.loads(str(row["policy"]))["hologram"] == [1, 2]


async def test_bounds_of_a_role_lose_only_what_is_unknown(
    desk: Desk, store: SqliteSettingsStore
) -> None:
    await write_row(desk, {"roles": [{"role": 5, "steps_max": 9, "wings": 2}]})
    assert (await store.load_guild_settings())[HERE].roles == (RoleBounds(5, steps_max=9),)


async def test_a_server_that_is_switched_off_lets_nobody_draw(desk: Desk) -> None:
    """In the transaction of the gate; a server that never chose draws."""
    enabled = guild_settings.is_drawing_enabled
    assert await desk.db.run_transaction(enabled, HERE)
    await write_row(desk, {}, drawing=0)
    assert not await desk.db.run_transaction(enabled, HERE)
    assert await desk.db.run_transaction(enabled, HERE + 1)
    with pytest.raises(Refused):
        await desk.ask()


async def test_the_usual_model_is_a_members_own_in_each_server(
    desk: Desk, store: SqliteSettingsStore
) -> None:
    assert await store.find_usual_model(HERE, MIA.user) == ""
    for model in ("flux", "sdxl/base"):
        await store.set_usual_model(HERE, MIA.user, model)
        assert await store.find_usual_model(HERE, MIA.user) == model
    assert await store.find_usual_model(HERE + 1, MIA.user) == ""
    assert await store.find_usual_model(HERE, MIA.user + 1) == ""
    await store.set_usual_model(HERE, MIA.user, "")
    assert await store.find_usual_model(HERE, MIA.user) == ""
    assert await desk.rows("personal") == []


@pytest.mark.parametrize(("chosen", "used"), [(None, "UTC"), ("", "UTC"), ("Asia/Tokyo",) * 2])
async def test_a_server_without_a_time_zone_has_the_hosts(
    desk: Desk, store: SqliteSettingsStore, chosen: str | None, used: str
) -> None:
    """Read by a transaction and beside one."""
    if chosen is not None:
        await store.update_guild_settings(
            MODERATOR, lambda old: replace(old, private=True, time_zone=chosen), NOON
        )
    inside = await desk.db.run_transaction(guild_settings.read_time_zone, HERE, "UTC")
    beside = await guild_settings.load_time_zone(desk.db, HERE, "UTC")
    assert str(inside) == str(beside) == used
