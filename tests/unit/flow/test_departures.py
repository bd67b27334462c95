"""A server that removes the bot is forgotten after a month; a new invitation finds all again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.policy import DEFAULT_SETTINGS
from bot.flow.departures import Departures
from tests.support.books import MIA, MODERATOR
from tests.support.flow import Stage, stage
from tests.support.settings import set_fields

ELSEWHERE = 8


def everywhere(_: int) -> bool:
    return True


async def departed(here: Stage) -> frozenset[int]:
    return await here.kit.stores.retention.list_departed_guilds()


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
        await departures.begin((MIA.guild,), everywhere)
        assert await departed(here) == frozenset()
        await departures.record_departure(MIA.guild)
        here.hands.now += timedelta(days=20)
        await departures.record_departure(MIA.guild)
        assert await departed(here) == {MIA.guild}
        here.hands.now += timedelta(days=10)
        await departures.record_return(MIA.guild)
        await departures.forget_departed()
        assert await departed(here) == frozenset()
        log = capsys.readouterr().out
        assert log.count("a server removed the bot") == log.count("invited the bot again") == 1


async def test_a_removal_while_the_bot_was_off_is_noted_at_the_start(tmp_path: Path) -> None:
    """Not of guilds that other processes serve, and not a second time."""
    async with stage(tmp_path) as here:
        await here.ask()
        await here.flow.departures.begin((ELSEWHERE,), lambda guild: guild != MIA.guild)
        assert await departed(here) == frozenset()
        await here.flow.departures.begin((ELSEWHERE,), everywhere)
        assert await departed(here) == {MIA.guild}
        assert here.flow.queue.living_jobs == ()
    async with stage(tmp_path) as here:
        await here.flow.departures.begin((MIA.guild, ELSEWHERE), everywhere)
        assert await departed(here) == frozenset()


async def test_after_its_time_all_of_it_goes_with_the_files(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await drawn(here)
        await set_fields(here.flow.guild_settings, MODERATOR, private=True)
        await here.flow.departures.record_departure(MIA.guild)
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
