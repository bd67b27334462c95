"""/queue and /quota: they promise nothing that would not come, and say what really goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.drawing.refusals import SWITCHED_OFF_SENTENCE
from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendDown, BackendError
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, StatusFrame, SwarmEvent
from bot.core.limits.quota import LimitScope
from bot.core.policy import GuildSettings
from bot.core.text.format import format_timestamp
from bot.flow.info import InfoCommands
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, MODERATOR, NOON
from tests.support.flow import FakePainter, Hands, Stage, stage
from tests.support.settings import set_fields


async def _switch_off(here: Stage) -> None:
    await set_fields(here.flow.guild_settings, MODERATOR, drawing=False)


async def _block(here: Stage) -> None:
    await here.books.books.blocks.block_member(MODERATOR, MIA.user, None, "spam", NOON)


async def _shut_out(here: Stage) -> None:
    await here.books.books.limits.set_limit(
        MODERATOR, LimitScope.GUILD, MIA.guild, {"day": 0}, NOON
    )


async def _use_up(here: Stage) -> None:
    await here.books.books.limits.set_limit(
        MODERATOR, LimitScope.GUILD, MIA.guild, {"day": 2}, NOON
    )
    await here.books.finish((await here.books.ask(2)).job.id, 2)


async def _close(here: Stage) -> None:
    here.flow.queue.shutting_down = True


async def _lose_the_server(here: Stage) -> None:
    await here.flow.outage.begin_outage(BackendDown())


@pytest.mark.parametrize(
    ("meets", "told"),
    [
        (_switch_off, SWITCHED_OFF_SENTENCE),
        (_block, "You're blocked from drawing here. A moderator can lift this.\nReason: spam."),
        (
            _shut_out,
            ("Only selected members can draw here. Ask a moderator to join in."),
        ),
        (
            _use_up,
            (
                "You've used all 2 of today's pictures. You get more "
                f"{format_timestamp(NOON + timedelta(hours=12))}."
            ),
        ),
        (_lose_the_server, "The image server is offline, so your next picture will wait for it."),
        (_close, ""),
    ],
)
async def test_an_empty_line_promises_nothing_to_whom_nothing_would_be_drawn(
    tmp_path: Path, meets: Callable[[Stage], Awaitable[None]], told: str
) -> None:
    async with stage(tmp_path) as here:
        at_once = "The queue is empty. Your next picture starts right away."
        assert (await here.flow.info.queue_card(MIA)).content == at_once
        await meets(here)
        assert (
            await here.flow.info.queue_card(MIA)
        ).content == f"The queue is empty. {told}".strip()


async def test_what_is_left_is_not_promised_where_drawing_is_off(tmp_path: Path) -> None:
    """How much it would be stays below; a block is said first."""
    async with stage(tmp_path) as here:
        await _switch_off(here)
        card = await here.flow.info.quota_card(MIA)
        assert card.content == SWITCHED_OFF_SENTENCE
        assert card.embed is not None
        assert "Today: 0 of 20 used" in card.embed.body
        await _block(here)
        assert (await here.flow.info.quota_card(MIA)).content.startswith(
            "You're blocked from drawing here."
        )


async def test_what_waits_for_a_server_that_is_away_is_not_said_to_be_drawn(
    tmp_path: Path,
) -> None:
    """It broke off in the middle: the card says that it waits, and so does everything else."""
    breaks = asyncio.Event()

    def script(_: GenerationParams) -> list[SwarmEvent | BackendError | asyncio.Event]:
        begun: list[SwarmEvent | BackendError | asyncio.Event] = [
            StatusFrame(1, 0, 0, 1),
            SamplingStep(0, 0.5),
        ]
        if breaks.is_set():
            return [*begun, ImageReady(0, "View/0.png"), RequestEnded()]
        return [*begun, breaks, BackendDown()]

    painter = FakePainter(script=script)
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        here.work()
        _, message = await here.ask()
        await here.says(message, "Drawing")
        assert (
            await here.flow.info.queue_card(MIA)
        ).content == "Nothing is waiting, 1 in progress."
        used = (await here.flow.info.quota_card(MIA)).embed
        assert used is not None
        assert "1 in progress, 0 waiting. Both count as used." in used.body

        painter.down = BackendDown()
        breaks.set()
        await here.says(message, "offline")
        card = await here.flow.info.queue_card(MIA)
        assert card.content == "The image server is offline. 1 waiting for it."
        assert card.embed is not None
        assert card.embed.body == "1. *a fox* · waiting for the image server"
        used = (await here.flow.info.quota_card(MIA)).embed
        assert used is not None
        assert "0 in progress, 1 waiting. Both count as used." in used.body
        bens = (await here.flow.info.quota_card(BEN)).embed
        assert bens is not None
        assert "these count" not in bens.body

        _, second = await here.ask("an owl", replace(BEN, can_moderate_members=True))
        await here.says(second, "offline")
        card = await here.flow.info.queue_card(BEN)
        assert card.content == "The image server is offline. 2 waiting for it."
        assert card.embed is not None
        assert card.embed.body == "1. *an owl* · waiting for the image server"

        painter.down = None
        here.hands.let_go()
        await here.says(message, "left today")
        assert here.flow.queue.interrupted_jobs == set()


@pytest.mark.parametrize(("chosen", "heard"), [((), {70, 71}), ((71, 72), {71}), ((72,), set())])
async def test_help_names_the_listening_channels_in_which_people_may_draw(
    tmp_path: Path, chosen: tuple[int, ...], heard: set[int]
) -> None:
    house = HostSettings(trigger_phrases=("draw me",), trigger_channels=(70, 71, 80))
    async with stage(tmp_path, house=house) as here:
        info = InfoCommands(
            here.flow.queue,
            here.flow.triggers,
            lambda _: GuildSettings(channels=chosen),
            here.kit.stores.limits,
            here.kit.stores.blocks,
            here.kit.clock,
        )
        card = await info.help_card(MIA, lambda channel: channel < 80)
        assert card.embed is not None
        phrases = [line for line in card.embed.body.splitlines() if "draw me" in line]
        assert {n for n in (70, 71, 72, 80) if any(f"<#{n}>" in one for one in phrases)} == heard
