"""Ten kinds of trouble with the gateway: what they cost, how long they last, and who may stop it.

The bot is a process of its own. Each trouble is played twice: until the bot is back, and with the
signals of a host who restarts it just then.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.loopback.test_gateway_reconnects import counted, drawn_below, set_faults
from tests.support.table import AddRow
from tests.support.town import Json, Town, town

BACK_WITHIN_S: Final = 60.0
GAP_S: Final = 3.0
RESET_AFTER_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """`begin` starts it. `deeds` last for `lasts_s`, `identify` is what it may cost.

    `hears` is False where Discord itself forgets what was said meanwhile.
    """

    name: str
    deeds: tuple[Json, ...]
    lasts_s: float = 0.0
    identify: int = 0
    hears: bool = True
    ends_with: int | None = None
    begin: Callable[[Town], Awaitable[None]] | None = None


async def garble(here: Town) -> None:
    """Send a message without anything that a message has."""
    for session in here.discord.hub.sessions.connected:
        session.dispatch("MESSAGE_CREATE", {"id": "1"})


async def spend_starts(here: Town) -> None:
    """Let no session start be left for some seconds."""
    starts = here.discord.hub.starts
    starts.remaining, starts.reset_at = 0, time.time() + RESET_AFTER_S


CUT: Final[Json] = {"cut": True}
TROUBLES: Final = (
    Trouble("connection cut", (CUT,)),
    Trouble("network gap", (CUT, {"refuse": True}), GAP_S),
    Trouble("accepts, never says HELLO", (CUT, {"no_hello": True}), GAP_S),
    Trouble("silence without a close", ({"mute": True},)),
    Trouble("asked to reconnect", ({"reconnect": True},)),
    Trouble("session invalidated", ({"invalid_session": True},), identify=1, hears=False),
    Trouble("unreadable payload", (), begin=garble),
    Trouble(
        "no session starts left",
        ({"invalid_session": True},),
        identify=1,
        hears=False,
        begin=spend_starts,
    ),
    Trouble(
        "message content refused",
        ({"refuse_intents": ["message_content"]}, {"invalid_session": True}),
        9.0,
        identify=2,
        hears=False,
    ),
    Trouble("close 4013", ({"close": 4013},), ends_with=78),
)


async def begin(here: Town, trouble: Trouble) -> None:
    """Start a trouble."""
    if trouble.begin is not None:
        await trouble.begin(here)
    await set_faults(here, *trouble.deeds)


async def ended(here: Town, within_s: float) -> int:
    """The exit code of the bot, which ends in time."""
    assert here.process is not None
    code = await asyncio.wait_for(here.process.wait(), within_s)
    here.process = None
    return code


async def answers(here: Town) -> bool:
    """Whether /quota is answered within three seconds."""
    asked = await here.act("mia", "command", channel="imagine", name="quota", options={})
    return (await here.answered(asked["interaction"]))["state"] == "answered"


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_the_bot_is_back(tmp_path: Path, row: AddRow, trouble: Trouble) -> None:
    async with town(tmp_path) as here:
        await here.spawn_bot()
        before = counted(here)["identify"]
        await begin(here, trouble)
        if trouble.ends_with is not None:
            assert await ended(here, 30) == trouble.ends_with
            used = counted(here)["identify"] - before
            row("Gateway", trouble=trouble.name, lost="-", identifies=used, back_s="exit 78")
            return
        said = await here.act("theo", "message", channel="imagine", content="draw me a fox")
        await asyncio.sleep(trouble.lasts_s)
        started = time.perf_counter()
        await set_faults(here)
        while not await answers(here):
            assert time.perf_counter() - started < BACK_WITHIN_S
        back_s = time.perf_counter() - started
        lost = 0
        if trouble.hears:
            await here.until(lambda: drawn_below(here, said["message"]), "what was said is drawn")
        else:
            lost = int(not await drawn_below(here, said["message"]))
        used = counted(here)["identify"] - before
        assert used == trouble.identify
        assert back_s < BACK_WITHIN_S
        report = await here.get("report")
        assert report["invalid"] == []
        row("Gateway", trouble=trouble.name, lost=lost, identifies=used, back_s=f"{back_s:.1f}")


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize("signals", [1, 2])
@pytest.mark.parametrize("trouble", TROUBLES[:-1], ids=lambda trouble: trouble.name)
async def test_signals_end_it(tmp_path: Path, row: AddRow, trouble: Trouble, signals: int) -> None:
    async with town(tmp_path) as here:
        await here.spawn_bot()
        await begin(here, trouble)
        await asyncio.sleep(1.0)
        assert here.process is not None
        started = time.perf_counter()
        for _ in range(signals):
            with contextlib.suppress(ProcessLookupError):  # one may have been enough
                here.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
        assert await ended(here, 30) in (0, -signal.SIGTERM)
        took = time.perf_counter() - started
        row("Gateway and SIGTERM", trouble=trouble.name, signals=signals, ends_s=f"{took:.1f}")
