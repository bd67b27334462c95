"""How many jobs of one person are drawn while others wait: the rule that a server set is obeyed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.drawing.request import GenerationParams
from bot.core.jobs.progress import ImageReady, RequestEnded, SwarmEvent
from bot.core.limits.quota import LimitScope
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, MODERATOR, NOON, with_roles
from tests.support.flow import FakePainter, stage

CLEO = replace(MIA, user=103, name="Cleo")
ARTISTS = 5


@pytest.mark.parametrize(
    ("scope", "target", "numbers", "first"),
    [
        (None, 0, {}, "cleo's"),
        (LimitScope.MEMBER, MIA.user, {"running": 2}, "mia's second"),
        (LimitScope.ROLE, ARTISTS, {"running": 2}, "mia's second"),
        (LimitScope.GUILD, MIA.guild, {"running": None}, "mia's second"),
        (LimitScope.ROLE, ARTISTS, {"exempt": 1}, "mia's second"),
        (LimitScope.ROLE, 6, {"running": 2}, "cleo's"),
    ],
)
async def test_the_slot_goes_to_whom_the_rule_says(
    tmp_path: Path,
    scope: LimitScope | None,
    target: int,
    numbers: dict[str, int | None],
    first: str,
) -> None:
    """Mia draws one and asked before Cleo: the rule says whose is next."""
    ends = {name: asyncio.Event() for name in ("mia's first", "ben's", "mia's second", "cleo's")}

    def script(order: GenerationParams) -> list[SwarmEvent | asyncio.Event]:
        return [ends[order.prompt], ImageReady(0, "View/0.png"), RequestEnded()]

    painter = FakePainter(script=script)  # type: ignore[arg-type]  # a list of fewer kinds
    async with stage(tmp_path, painter=painter, house=HostSettings(max_in_flight=2)) as here:
        if scope is not None:
            await here.books.books.limits.set_limit(MODERATOR, scope, target, numbers, NOON)
        here.work()
        artist = with_roles(MIA, ARTISTS)
        for prompt, asker in (("ben's", BEN), ("mia's first", artist)):
            here.hands.now += timedelta(seconds=1)
            job, _ = await here.ask(prompt, asker)
            await here.becomes(job.id, "running")
        waiting = {}
        for prompt, asker in (("mia's second", artist), ("cleo's", CLEO)):
            here.hands.now += timedelta(seconds=1)
            job, _ = await here.ask(prompt, asker)
            waiting[prompt] = job.id

        async def is_next() -> bool:
            return here.flow.queue.find_position(waiting[first]) == 1

        await here.until(is_next)  # what people read is what happens
        ends["ben's"].set()
        await here.becomes(waiting.pop(first), "running")
        (other,) = waiting.values()
        assert await here.state(other) == "queued"
        for event in ends.values():
            event.set()
        await here.becomes(other, "done")
        await here.balanced()
