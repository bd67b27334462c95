"""SwarmUI away and back, as servers hear of it in their log channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.core.errors import BackendDown, MissingPermission
from bot.core.jobs.outage_notices import OutageNotice, outage_notice, recovery_notice
from bot.flow.jobs.outage_alerts import OutageAlerts
from tests.support.books import BEN, MODERATOR
from tests.support.flow import FakePainter, Hands, Stage, stage
from tests.support.settings import set_fields

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
        await set_fields(here.flow.guild_settings, asker, log_channel=channel)


def build_alerts(here: Stage) -> OutageAlerts:
    """Alerts of the stage's flow."""
    flow, context = here.flow, here.kit.context
    return OutageAlerts(flow.queue, flow.guild_settings, here.board, context)


async def test_those_in_which_something_waits_hear_it_once_each_way(tmp_path: Path) -> None:
    """With their own numbers; the host's own notice has everybody's."""
    painter = FakePainter(down=BackendDown())
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        heard: list[OutageNotice] = []
        alerts = here.flow.outage._announce

        def announce(notice: OutageNotice) -> None:
            heard.append(notice)
            alerts(notice)

        here.flow.outage._announce = announce
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
        assert "; 4 pictures are waiting. " in seven
        assert "; 2 pictures are waiting. " in eight
        painter.down = None
        here.hands.let_go()
        for job in (mine, theirs):
            await here.becomes(job.id, "done")

        async def over() -> bool:
            return len(told(here, 7)) == len(told(here, 8)) == 2

        await here.until(over)
        assert told(here, 7)[1].startswith("SwarmUI is back after ")
        assert told(here, 9) == []
        assert [notice.is_over for notice in heard] == [False, True]


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


async def test_a_server_in_which_nothing_waits_hears_nothing(tmp_path: Path) -> None:
    """It hears nothing of the end either, even where something waits by then."""
    async with stage(tmp_path) as here:
        await choose(here)
        alerts = build_alerts(here)
        notices = (
            outage_notice(here.hands.now, BackendDown()),
            recovery_notice(timedelta(hours=1)),
        )
        alerts(notices[0])
        await here.ask(images=2)
        alerts(notices[1])
        await here.kit.tasks.wait_for_tasks(("alarm",))
        assert told(here, 7) == []
        alerts(notices[0])
        alerts(notices[1])
        await here.kit.tasks.wait_for_tasks(("alarm",))
        assert told(here, 7) == [one.build_text(2) for one in notices]
