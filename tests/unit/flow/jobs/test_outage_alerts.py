"""SwarmUI away and back, as servers hear of it in their log channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import BackendDown, DiscordUnavailable, MissingPermission, NoBackend
from bot.core.jobs.outage_notices import OutageNotice, outage_notice, recovery_notice
from bot.core.notices import SEND_WITHIN
from bot.flow.jobs.outage_alerts import OutageAlerts
from tests.support.books import BEN, MODERATOR
from tests.support.flow import FakeBoard, FakePainter, Forgetful, Hands, Stage, stage
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
    return OutageAlerts(flow.queue, flow.guild_settings, here.kit.ports, context)


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


async def begun(here: Stage) -> OutageAlerts:
    """An outage while something waits in one server."""
    await choose(here)
    await here.ask(images=2)
    alerts = build_alerts(here)
    alerts(outage_notice(here.hands.now, BackendDown()))
    await here.kit.tasks.wait_for_tasks(("alarm",))
    return alerts


async def resumed(here: Stage, *, is_down: bool) -> OutageAlerts:
    """What a start of the process does."""
    alerts = build_alerts(here)
    await alerts.resume(is_down=is_down)
    await here.kit.tasks.wait_for_tasks(("alarm",))
    return alerts


async def test_an_outage_over_a_restart_is_announced_once_each_way(tmp_path: Path) -> None:
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await begun(here)
        assert len(told(here, 7)) == 1
    hands.now += timedelta(minutes=5)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.flow.guild_settings.load_settings()
        await here.restart()
        alerts = await resumed(here, is_down=True)
        alerts(outage_notice(hands.now, BackendDown()))
        await here.kit.tasks.wait_for_tasks(("alarm",))
        assert len(told(here, 7)) == 1
    for _ in range(2):
        async with stage(tmp_path, board=board, hands=hands) as here:
            await resumed(here, is_down=False)
            assert told(here, 7)[1:] == ["SwarmUI is back after 5 min."]
    async with stage(tmp_path, board=board, hands=hands) as here:
        assert await here.books.books.alerts.list_alerts() == ()


async def test_another_trouble_is_another_outage(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        alerts = await begun(here)
        alerts(outage_notice(here.hands.now, NoBackend()))
        await here.kit.tasks.wait_for_tasks(("alarm",))
        assert [one.partition(" <")[0] for one in told(here, 7)] == [
            "SwarmUI stopped answering",
            "SwarmUI lost its backends",
        ]


@pytest.mark.parametrize(("way", "arrived"), [("after-post", 1), ("post", 0)])
@pytest.mark.parametrize("is_over", [False, True])
async def test_a_death_around_the_post_neither_loses_nor_doubles_it(
    tmp_path: Path, way: str, arrived: int, is_over: bool
) -> None:
    board, hands = Forgetful(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        if is_over:
            alerts = await begun(here)
        board.trouble[way] = [DiscordUnavailable("as a death leaves it")]
        if is_over:
            alerts(recovery_notice(timedelta(hours=1)))
            await here.kit.tasks.wait_for_tasks(("alarm",))
        else:
            await begun(here)
        assert len(told(here, 7)) == arrived + is_over
    board.trouble.clear()
    for _ in range(2):
        async with stage(tmp_path, board=board, hands=hands) as here:
            await resumed(here, is_down=True)
            assert len(told(here, 7)) == 1 + is_over


@pytest.mark.parametrize("way", ["after-post", "post"])
async def test_a_beginning_that_nobody_read_is_dropped_with_its_end(
    tmp_path: Path, way: str
) -> None:
    board, hands = Forgetful({way: [DiscordUnavailable("503")]}), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await begun(here)
        began = told(here, 7)
        assert len(began) == (way == "after-post")
    board.trouble.clear()
    hands.now += timedelta(minutes=5)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await resumed(here, is_down=False)
        ended = ["SwarmUI is back after 5 min."] if began else []
        assert told(here, 7) == began + ended
        assert await here.books.books.alerts.list_alerts() == ()


@pytest.mark.parametrize("is_over", [False, True])
async def test_an_alert_of_days_ago_is_not_sent(tmp_path: Path, is_over: bool) -> None:
    """And an outage of today is, though its cause is the same."""
    board, hands = Forgetful(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        alerts = await begun(here) if is_over else None
        board.trouble["post"] = [DiscordUnavailable("503")]
        if alerts is None:
            await begun(here)
        else:
            alerts(recovery_notice(timedelta(hours=1)))
            await here.kit.tasks.wait_for_tasks(("alarm",))
    board.trouble.clear()
    hands.now += SEND_WITHIN
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.flow.guild_settings.load_settings()
        await here.restart()
        before = told(here, 7)
        alerts = await resumed(here, is_down=True)
        assert told(here, 7) == before
        assert await here.books.books.alerts.list_alerts() == ()
        alerts(outage_notice(hands.now, BackendDown()))
        await here.kit.tasks.wait_for_tasks(("alarm",))
        assert len(told(here, 7)) == len(before) + 1


async def test_an_outage_at_the_start_is_told_in_place_of_one_of_days_ago(tmp_path: Path) -> None:
    """It is noticed before Discord is there, so before the alerts are resumed."""
    board, hands = Forgetful({"post": [DiscordUnavailable("503")]}), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await begun(here)
    hands.now += SEND_WITHIN
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.flow.guild_settings.load_settings()
        await here.restart()
        build_alerts(here)(outage_notice(hands.now, BackendDown()))
        await here.kit.tasks.wait_for_tasks(("alarm",))
        board.trouble.clear()
        await resumed(here, is_down=True)
        [text] = told(here, 7)
        assert f"<t:{hands.now.timestamp():.0f}:" in text
