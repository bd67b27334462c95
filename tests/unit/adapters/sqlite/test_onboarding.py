"""The guilds that were greeted: each is new once, and old files greet nobody twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.adapters.sqlite.onboarding import LEGACY_GUILD, SqliteOnboardingStore
from tests.support.books import NOON, Desk, open_desk


async def test_a_new_file_has_greeted_nobody(desk: Desk) -> None:
    assert await SqliteOnboardingStore(desk.db).list_greeted_guilds() == {}


async def test_each_guild_is_new_once_and_in_the_order_that_was_asked(desk: Desk) -> None:
    store = SqliteOnboardingStore(desk.db)
    assert await store.mark_guilds_greeted((8, 7, 8), NOON) == (8, 7)
    later = NOON + timedelta(days=1)
    assert await store.mark_guilds_greeted((7, 9), later) == (9,)
    assert await store.mark_guilds_greeted((7, 8, 9), later) == ()
    assert await store.list_greeted_guilds() == dict.fromkeys(
        (
            7,
            8,
            9,
        )
    )


async def test_no_guild_is_no_change(desk: Desk) -> None:
    store = SqliteOnboardingStore(desk.db)
    assert await store.mark_guilds_greeted((), NOON) == ()
    assert await store.list_greeted_guilds() == {}


async def test_a_greeted_guild_stays_greeted_after_a_restart(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        await SqliteOnboardingStore(desk.db).mark_guilds_greeted((7,), NOON)
    async with open_desk(tmp_path / "b.db") as desk:
        assert await SqliteOnboardingStore(desk.db).mark_guilds_greeted((7, 8), NOON) == (8,)


async def test_a_file_older_than_the_table_knows_nothing_until_it_is_told(desk: Desk) -> None:
    """Its answer is None: whoever asks marks every guild of that moment as greeted."""
    store = SqliteOnboardingStore(desk.db)
    await desk.db.run_transaction(
        lambda conn: conn.execute(
            "INSERT INTO greetings (guild, met_at) VALUES (?, 0)", (LEGACY_GUILD,)
        )
    )
    assert await store.list_greeted_guilds() is None
    assert await store.mark_guilds_greeted((7,), NOON) == (7,)
    assert await store.list_greeted_guilds() == dict.fromkeys((7,))


async def test_a_guild_that_removed_the_bot_is_new_again(desk: Desk) -> None:
    store = SqliteOnboardingStore(desk.db)
    await store.mark_guilds_greeted((7, 8), NOON)
    await store.forget_greeted_guilds((7, 9))
    assert await store.list_greeted_guilds() == dict.fromkeys((8,))
    assert await store.mark_guilds_greeted((7, 8), NOON) == (7,)


async def test_an_invitation_is_kept_with_its_time(desk: Desk) -> None:
    store, joined = SqliteOnboardingStore(desk.db), NOON - timedelta(days=3, microseconds=1)
    await store.mark_guilds_greeted((7, 8), NOON)
    await store.record_invitation(7, joined)
    await store.record_invitation(9, joined)
    assert await store.list_greeted_guilds() == {7: joined, 8: None}
