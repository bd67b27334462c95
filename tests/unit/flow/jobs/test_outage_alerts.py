"""SwarmUI away and back, as servers hear of it in their log channels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.core.errors import BackendDown, MissingPermission
from bot.core.jobs.outage_notices import OutageNotice
from tests.support.books import BEN, MODERATOR
from tests.support.flow import FakePainter, Hands, Stage, stage

ELSEWHERE = replace(BEN, guild=8)
CHANNELS = {7: 77, 8: 88, 9: 99}


def told(here: Stage, guild: int) -> list[str]:
    """What stands in a server's log channel."""
    board, channel = here.board, CHANNELS[guild]
    return [s.card.content for m, s in board.messages.items() if board.places[m] == channel]


async def choose(here: Stage) -> None:
    """Each of the servers has a log channel."""
    for guild, channel in CHANNELS.items():
        asker = replace(MODERATOR, guild=guild)
        await here.flow.guild_settings.set_fields(asker, log_channel=channel)


async def test_those_in_which_something_waits_hear_it_once_each_way(tmp_path: Path) -> None:
    """With their own numbers; the host's own notice has everybody's."""
    painter = FakePainter(down=BackendDown())
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        heard: list[OutageNotice] = []
        here.flow.outage._announce._announce = heard.append  # type: ignore[attr-defined]  # an Alarm's
        await choose(here)
        mine, card = await here.ask(images=3)
        await here.ask(images=1)
        theirs, _ = await here.ask(asker=ELSEWHERE, images=2)
        here.work()
        await here.says(card, "offline")

        async def said() -> bool:
            return bool(told(here, 7) and told(here, 8))

        await here.until(said)
        (seven,), (eight,) = told(here, 7), told(here, 8)
        assert seven.startswith("SwarmUI stopped answering <t:")
        assert seven.endswith("; 4 pictures wait.")
        assert eight.endswith("; 2 pictures wait.")
        assert heard[0].text.endswith("; 6 pictures wait.")
        painter.down = None
        here.hands.let_go()
        for job in (mine, theirs):
            await here.becomes(job.id, "done")

        async def over() -> bool:
            return len(told(here, 7)) == len(told(here, 8)) == 2

        await here.until(over)
        assert told(here, 7)[1].startswith("SwarmUI is back after ")
        assert told(here, 9) == []
        assert [notice.since is None for notice in heard] == [False, True]


async def test_a_channel_that_cannot_be_written_disturbs_nobody(tmp_path: Path) -> None:
    painter = FakePainter(down=BackendDown())
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        await choose(here)
        here.board.trouble["post"] = [MissingPermission("no")]
        job, card = await here.ask()
        here.work()
        await here.says(card, "offline")
        painter.down = None
        here.hands.let_go()
        await here.becomes(job.id, "done")
        assert told(here, 7) == []
