"""An hour of a busy host, in small steps.

In each of 60 rounds 19 orders come, a server is restarted in the middle, and a proxy between the
bot and SwarmUI fails at random. In every other round the owner of the GPU draws as well.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox.swarmui.setup import Setup
from tests.support.proxy import Proxy, page
from tests.support.table import AddRow
from tests.support.town import Json, Town, town

TITLE: Final = "An hour of a busy host"
PLACES: Final = (("mia", "imagine"), ("theo", "general"), ("mona", "fox thread"))
LIVING: Final = "SELECT id, state FROM jobs WHERE state IN ('queued', 'running', 'delivering')"
EXTRA: Final = "[quota]\nday = 100000\nwaiting = 50\nrunning = 2\n"
QUICK: Final = Setup(step_s=0.004, model_load_s=0.05, closing_s=0.05)
ASKED: Final = 19
# Log lines have whole seconds, and an outage may be noticed late.
LATE: Final = timedelta(seconds=4)
SEED: Final = 20_261_129


class BusyHost:
    """The servers, the proxy, and what was done to them."""

    def __init__(self, here: Town, proxy: Proxy, dice: random.Random) -> None:
        self.here, self.proxy, self.dice = here, proxy, dice
        self.done: Counter[str] = Counter()
        self.outages: list[tuple[datetime, datetime]] = []
        proxy.answer = self._fail_at_random

    def _fail_at_random(self, request: web.Request) -> web.Response | None:
        """Refuse one picture of eight, and cut the sockets at some requests."""
        if request.path.startswith("/View/") and self.dice.random() < 0.12:
            self.done["refused pictures"] += 1
            return page(502, "Bad Gateway")(request)
        if self.proxy.sockets and self.dice.random() < 0.08:
            self.done["cut sockets"] += len(self.proxy.sockets)
            self.proxy.cut_sockets()
        return None

    async def ask(self, number: int) -> None:
        who, channel = PLACES[number % len(PLACES)]
        options = {"prompt": f"fox {number}", "steps": 3, "seed": number}
        await self.here.act(who, "command", channel=channel, name="imagine", options=options)

    async def draw_foreign_picture(self) -> None:
        """Draw in the browser, past the proxy; a restart of SwarmUI ends it."""
        body = {"images": 1, "prompt": "a castle", "steps": 60, "width": 256, "height": 256}
        try:
            session = (await self._call("GetNewSession", {}))["session_id"]
            sent = {**body, "session_id": session, "model": "sd_xl_turbo_1.0_fp16"}
            await self._call("GenerateText2Image", sent)
        except (aiohttp.ClientError, ValueError):
            self.done["foreign pictures lost"] += 1
        else:
            self.done["foreign pictures"] += 1

    async def _call(self, route: str, body: Json) -> Json:
        url = f"{self.here.swarm.base}/API/{route}"
        async with self.here.http.post(url, json=body) as answer:
            told: Json = await answer.json()
            return told

    @property
    def restarts(self) -> list[Callable[[], Awaitable[None]]]:
        """What is restarted, in turn."""
        return [self.kill_swarm, self.kill_bot, self.shut_swarm_down, self.stop_bot]

    async def kill_swarm(self) -> None:
        began = datetime.now(UTC)
        await self.here.script(down=True)
        self.here.swarm.state.restart()
        await self.here.until(lambda: datetime.now(UTC) - began > timedelta(seconds=1), "it starts")
        await self.here.script(down=False)
        self.outages.append((began, datetime.now(UTC)))

    async def shut_swarm_down(self) -> None:
        began = datetime.now(UTC)
        state = self.here.swarm.state
        state.shut_down_soon(1.0)
        await self.here.until(lambda: state.script.down, "it is down")
        await self.here.until(lambda: not state.script.down, "it is back")
        self.outages.append((began, datetime.now(UTC)))

    async def kill_bot(self) -> None:
        await self.here.kill_bot()
        await self.here.spawn_bot()

    async def stop_bot(self) -> None:
        process = self.here.process
        assert process is not None
        process.terminate()
        await process.wait()
        await self.here.spawn_bot()

    async def play_round(self, number: int) -> None:
        """One minute of the hour, until everybody has a picture."""
        foreign = [
            asyncio.create_task(self.draw_foreign_picture()) for _ in range(4 * (number % 2))
        ]
        for order in range(ASKED):
            await self.ask(number * ASKED + order)
            if order == ASKED // 2:
                await self.restarts[number % 4]()
                self.done["restarts"] += 1
        await self.here.until(
            lambda: not self.here.rows(LIVING), lambda: f"all end: {self.here.rows(LIVING)}"
        )
        await asyncio.gather(*foreign)

    def find_false_outages(self) -> list[str]:
        """Return the announced outages in which SwarmUI was not away."""
        log = (self.here.folder / "bot.log").read_text("utf-8")
        lines = re.findall(r"^.*SwarmUI (?:stopped answering|fails).*$", log, re.MULTILINE)
        return [
            line
            for line in lines
            if not any(
                began - LATE <= _read_time(line) <= ended + LATE for began, ended in self.outages
            )
        ]


def _read_time(line: str) -> datetime:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
    return datetime.fromisoformat(plain[:19]).replace(tzinfo=UTC)


def count_pictures(messages: list[Json]) -> Counter[str]:
    """Return how many messages show each job's picture."""
    found: Counter[str] = Counter()
    for message in messages:
        if message["attachments"] and not message["embeds"]:
            ids = {
                str(one.get("custom_id", "")).split(":")[-1]
                for row in message["components"]
                for one in row["components"]
            }
            found.update(ids & {one for one in ids if len(one) == 20})
    return found


@asynccontextmanager
async def busy_host(folder: Path, dice: random.Random) -> AsyncIterator[BusyHost]:
    async with (
        town(folder, QUICK, extra=EXTRA) as here,
        Proxy(here.swarm.base).running() as proxy,
    ):
        here.swarm_url = proxy.base
        await here.spawn_bot()
        yield BusyHost(here, proxy, dice)


async def play(host: BusyHost, rounds: int) -> dict[str, Any]:
    """Play so many rounds; returns the counts, after everything that must add up."""
    here = host.here
    for number in range(rounds):
        await host.play_round(number)
    here.balanced()
    jobs = dict(here.rows("SELECT state, count(*) FROM jobs GROUP BY state"))
    assert set(jobs) == {"done"}, here.rows("SELECT id, reason FROM jobs WHERE state <> 'done'")
    assert here.rows("SELECT count(*) FROM charges") == [(jobs["done"],)]
    shown: Counter[str] = Counter()
    for _, where in PLACES:
        everything = {"as": "mona", "limit": "1000"}
        shown += count_pictures(await here.get(f"channels/{where}/messages", **everything))
    ids = {job for (job,) in here.rows("SELECT id FROM jobs")}
    assert set(shown) == ids, "each order has its picture"
    assert set(shown.values()) == {1}, "and it has it once"
    assert host.find_false_outages() == []
    report = await here.get("report")
    assert (report["invalid"], report["rate_limited"]) == ([], 0)
    return {"orders": jobs["done"], **host.done}


@pytest.mark.soak
@pytest.mark.timeout(2400)
async def test_an_hour(tmp_path: Path, row: AddRow) -> None:
    async with busy_host(tmp_path, random.Random(SEED)) as host:
        counts = await play(host, 60)
        row(TITLE, **{name.replace(" ", "_"): str(n) for name, n in counts.items()})
        assert counts["orders"] >= 1000
        assert counts["restarts"] == 60
        assert counts["refused pictures"] + counts["cut sockets"] >= 200
        assert counts["foreign pictures"] >= 100
