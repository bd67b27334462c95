"""A server that removes the bot is forgotten after a month; a new invitation finds all again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import StoreError
from bot.core.policy import DEFAULT_SETTINGS
from bot.flow.departures import CLOCK_SETTLES_S, Departures
from tests.support.books import MIA, MODERATOR, NOON
from tests.support.flow import Stage, stage
from tests.support.settings import set_fields

ELSEWHERE = 8
SETTLED = timedelta(seconds=CLOCK_SETTLES_S)


async def begin(here: Stage, *guilds: int) -> None:
    """Discord tells of these guilds, and then of every change of `here.board.guilds`."""
    here.board.guilds = set(guilds)
    await here.flow.departures.begin(lambda guild: guild not in here.board.guilds)


async def kick(here: Stage) -> None:
    here.board.guilds.discard(MIA.guild)
    await here.flow.departures.record_departure(MIA.guild)


async def invite(here: Stage) -> None:
    here.board.guilds.add(MIA.guild)
    await here.flow.departures.record_return(MIA.guild)


async def departed(here: Stage) -> frozenset[int]:
    return await here.kit.stores.retention.list_departed_guilds()


async def is_stored(here: Stage) -> bool:
    return MIA.guild in {row["guild"] for row in await here.books.rows("totals")}


async def drawn(here: Stage) -> None:
    here.work()
    job, _ = await here.ask()
    await here.becomes(job.id, "done")
    await here.kit.tasks.wait_for_tasks(("delivery",))


async def test_a_removal_is_noted_once_and_an_invitation_undoes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage(tmp_path) as here:
        departures: Departures = here.flow.departures
        await begin(here, MIA.guild)
        assert await departed(here) == frozenset()
        await kick(here)
        here.hands.now += timedelta(days=20)
        await departures.record_departure(MIA.guild)
        assert await departed(here) == {MIA.guild}
        here.hands.now += timedelta(days=10)
        await invite(here)
        await departures.forget_departed()
        assert await departed(here) == frozenset()
        log = capsys.readouterr().out
        assert log.count("a server removed the bot") == log.count("invited the bot again") == 1


async def test_a_removal_while_the_bot_was_off_is_noted_at_the_start(tmp_path: Path) -> None:
    """Not of guilds that other processes serve, and not a second time."""
    async with stage(tmp_path) as here:
        await here.ask()
        here.board.guilds = {ELSEWHERE}
        await here.flow.departures.begin(lambda _: False)
        assert await departed(here) == frozenset()
        await begin(here, ELSEWHERE)
        assert await departed(here) == {MIA.guild}
        assert here.flow.queue.living_jobs == ()
    async with stage(tmp_path) as here:
        await begin(here, MIA.guild, ELSEWHERE)
        assert await departed(here) == frozenset()


async def test_the_jobs_of_all_who_are_gone_are_cancelled_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that lost a thousand servers reads its jobs once, not a thousand times."""
    async with stage(tmp_path) as here:
        await here.ask()
        for guild in range(100, 110):
            await here.kit.stores.retention.record_departure(guild, NOON)
        calls = 0
        cancel = here.flow.cancellation.cancel_departed_jobs

        async def count(*args: Any) -> int:
            nonlocal calls
            calls += 1
            return await cancel(*args)

        monkeypatch.setattr(here.flow.cancellation, "cancel_departed_jobs", count)
        await begin(here)
        assert here.flow.queue.living_jobs == ()
        assert calls == 1


async def test_after_its_time_all_of_it_goes_with_the_files(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await drawn(here)
        await set_fields(here.flow.guild_settings, MODERATOR, private=True)
        await begin(here, MIA.guild)
        await kick(here)
        here.hands.now += timedelta(days=29)
        await here.flow.departures.forget_departed()
        assert here.painter.saved
        assert here.flow.guild_settings.get_settings(MIA.guild) != DEFAULT_SETTINGS

        here.hands.now += timedelta(days=1)
        await here.flow.departures.forget_departed()
        await here.flow.privacy.resume_erasures()
        await here.kit.tasks.wait_for_tasks(("erasing",))
        assert here.painter.saved == {}
        assert await here.kit.stores.retention.list_stored_guilds() == frozenset()
        assert await here.books.rows("jobs") == []
        assert here.flow.guild_settings.get_settings(MIA.guild) == DEFAULT_SETTINGS
        assert here.flow.triggers.has_own(MIA.guild) is False


async def test_nothing_is_forgotten_before_discord_tells_who_is_there(tmp_path: Path) -> None:
    """The invitation came while the bot was off, and Discord is down when it starts."""
    async with stage(tmp_path) as here:
        await drawn(here)
        await kick(here)
    async with stage(tmp_path) as here:
        here.board.guilds = set()
        here.hands.now += timedelta(days=31)
        await here.flow.departures.forget_departed()
        await begin(here, MIA.guild)
        here.hands.now += SETTLED
        await here.flow.departures.forget_departed()
        assert await is_stored(here)
        assert await departed(here) == frozenset()


async def test_nothing_is_forgotten_while_the_connection_is_lost(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await drawn(here)
        await begin(here, MIA.guild)
        is_connected = True
        await here.flow.departures.begin(
            lambda guild: is_connected and guild not in here.board.guilds
        )
        await kick(here)
        here.hands.now += timedelta(days=31)
        is_connected = False
        await here.flow.departures.forget_departed()
        assert await is_stored(here)
        is_connected = True
        await here.flow.departures.forget_departed()
        assert not await is_stored(here)


@pytest.mark.parametrize("is_at_start", [True, False])
async def test_an_invitation_that_cannot_be_written_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_at_start: bool
) -> None:
    """Also where the bot is removed again: the time counts from then."""

    async def fail(_: int) -> None:
        raise StoreError("disk full")

    async with stage(tmp_path) as here:
        await drawn(here)
        await begin(here, MIA.guild)
        await kick(here)
        with monkeypatch.context() as patch:
            patch.setattr(here.kit.stores.retention, "delete_departure", fail)
            with pytest.raises(StoreError):
                await (begin(here, MIA.guild) if is_at_start else invite(here))
        here.hands.now += timedelta(days=20)
        await here.flow.departures.forget_departed()
        assert await departed(here) == frozenset()
        await kick(here)
        here.hands.now += timedelta(days=20)
        await here.flow.departures.forget_departed()
        assert await is_stored(here)


async def test_a_removal_that_cannot_be_written_is_written_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path) as here:
        await drawn(here)
        await begin(here, MIA.guild)
        with monkeypatch.context() as patch:
            patch.setattr(here.books.db, "run_transaction", fail_to_write)
            with pytest.raises(StoreError):
                await kick(here)
        await begin(here)
        assert await departed(here) == {MIA.guild}


async def fail_to_write(*_: object) -> None:
    raise StoreError("disk full")


async def test_an_invitation_while_the_notes_are_read_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path) as here:
        await drawn(here)
        await here.kit.stores.retention.record_departure(MIA.guild, here.hands.now)
        read = here.kit.stores.retention.list_departed_guilds

        async def read_slowly() -> frozenset[int]:
            found = await read()
            await invite(here)
            return found

        with monkeypatch.context() as patch:
            patch.setattr(here.kit.stores.retention, "list_departed_guilds", read_slowly)
            await begin(here)
        assert await departed(here) == frozenset()


@pytest.mark.parametrize("days", [40, -40])
async def test_the_time_is_not_over_because_the_clock_was_corrected(
    tmp_path: Path, days: int
) -> None:
    """Some computers start weeks behind, or ahead, until a time server is reached."""
    async with stage(tmp_path) as here:
        await drawn(here)
        await begin(here)
        here.hands.jump(timedelta(days=days))
        await here.flow.departures.forget_departed()
    async with stage(tmp_path, hands=here.hands) as here:
        await begin(here)
        here.hands.now += timedelta(days=29)
        await here.flow.departures.forget_departed()
        assert await is_stored(here)
        here.hands.now += timedelta(days=1)
        await here.flow.departures.forget_departed()
        assert not await is_stored(here)


async def test_a_clock_that_is_ahead_at_the_start_has_time_to_be_corrected(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await drawn(here)
        await begin(here)
    async with stage(tmp_path) as here:
        here.hands.jump(timedelta(days=40))
        await begin(here)
        await here.flow.departures.forget_departed()
        assert await is_stored(here)
