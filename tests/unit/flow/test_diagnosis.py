"""/diagnose answers in time, whatever SwarmUI does, and disturbs nobody's drawing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

from bot.core.check_result import CheckResult
from bot.core.errors import RequestRejected
from bot.core.ui.card import MessageCard
from bot.flow.diagnosis import Diagnosis
from bot.flow.ports import BackendChecks
from tests.support.books import MIA, MODERATOR
from tests.support.flow import FakePainter, Stage, stage

GOOD = CheckResult("address", True, "Something answers.")


class Checks:
    """Checks that give one result, then wait for `go_on`. `pictures` says what was asked for."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.error: Exception | None = None
        self.pictures: list[bool] = []
        self.began = asyncio.Event()
        self.closed = 0

    async def __call__(self, *, picture: bool) -> AsyncGenerator[CheckResult, None]:
        self.pictures.append(picture)
        self.began.set()
        try:
            yield GOOD
            await self.go_on.wait()
            if self.error is not None:
                raise self.error
        finally:
            self.closed += 1


def build(here: Stage, checks: BackendChecks | None, limit: float = 30.0) -> Diagnosis:
    ports = replace(here.kit.ports, check_backend=checks)
    return Diagnosis(here.flow.queue, ports, here.kit.tasks, time_limit_s=limit)


def text(card: MessageCard) -> str:
    assert card.embed is not None
    return card.embed.body


async def test_checks_and_own_state_stand_on_one_card(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        checks = Checks()
        said = text(await build(here, checks).diagnose(MODERATOR))
        for name in ("address", "queue", "model in memory", "last error", "disk", "version"):
            assert f"**{name}:**" in said
        assert checks.pictures == [True]


async def test_a_server_that_hangs_is_told_within_the_limit(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        checks = Checks()
        checks.go_on.clear()
        card = await build(here, checks, limit=0.01).diagnose(MODERATOR)
        assert "❌ **time:** The checks were not done within 0.01 s." in text(card)
        assert "**address:** Something answers." in text(card)
        assert checks.closed == 1


async def test_a_check_that_breaks_leaves_the_rest(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        checks = Checks()
        checks.error = ValueError("odd")
        said = text(await build(here, checks).diagnose(MODERATOR))
        assert "❌ **checks:** They failed." in said
        assert "odd" not in said
        assert "**disk:**" in said


async def test_no_picture_is_drawn_before_those_of_members(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.ask()
        checks = Checks()
        said = text(await build(here, checks).diagnose(MODERATOR))
        assert checks.pictures == [False]
        assert "1 waiting, 0 in progress." in said


async def test_two_moderators_share_one_run(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        checks = Checks()
        checks.go_on.clear()
        service = build(here, checks)
        asked = [asyncio.create_task(service.diagnose(MODERATOR)) for _ in range(2)]
        await checks.began.wait()
        checks.go_on.set()
        await asyncio.gather(*asked)
        assert checks.pictures == [True]
        await service.diagnose(MODERATOR)
        assert len(checks.pictures) == 2


async def test_the_last_error_is_of_this_server_with_its_ref(tmp_path: Path) -> None:
    painter = FakePainter(script=lambda _: [RequestRejected("The GPU ran out of memory.")])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, _ = await here.ask(asker=MIA)
        await here.becomes(job.id, "failed")
        service = build(here, None)
        assert "ran out of memory. Ref K7Q2" in text(await service.diagnose(MODERATOR))
        elsewhere = replace(MODERATOR, guild=8)
        assert "None in this server." in text(await service.diagnose(elsewhere))
