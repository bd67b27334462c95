"""A town whose bot dies again and again, and the count after each death.

After every restart the story has to be whole: what lives is brought to its end, and then holds,
charges, pictures in the channel, messages and generations must tell the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.support.town import Json, Town, town

PLACES = (("mia", "imagine"), ("theo", "general"), ("mona", "fox thread"))
LIVING = "('queued', 'running', 'delivering')"

EXTRA = """
[quota]
day = 100000
waiting = 50
"""


@dataclass
class Tally:
    """What was counted, of how many deaths; every field must add up in the end."""

    deaths: int = 0
    jobs: Counter[str] = field(default_factory=Counter)
    pictures: int = 0
    charges: int = 0
    doubled: int = 0
    rings: int = 0

    def into(self, cells: dict[str, str]) -> None:
        """Into a row of the test report."""
        states = ", ".join(f"{n} {state}" for state, n in sorted(self.jobs.items()))
        cells.update(
            deaths=str(self.deaths),
            jobs=f"{self.jobs.total()} ({states})",
            pictures=str(self.pictures),
            charges=str(self.charges),
            doubled=str(self.doubled),
            rings=str(self.rings),
        )


class Mortal:
    """The bot of a town, with a doom that can be set at any time."""

    def __init__(self, here: Town) -> None:
        self.here, self.tally = here, Tally()
        self.row: dict[str, str] = {}
        self.doom = here.folder / "doom.json"
        self._counted: set[str] = set()
        self._turn = 0
        self._rings = False
        here.discord.hub.bot_control = self._control

    async def live(self) -> None:
        """Start the next process; returns when it is ready, or has died on the way."""
        config = str(self.here.write_config())
        await self.here.spawn_bot("-m", "tests.crash.entry", config, str(self.doom))

    async def reborn(self) -> None:
        """Another process, without any fault; the one before may live or be dead."""
        await self.faults([])
        if self.here.process is not None:
            await self.here.kill_bot()
        await self.live()

    async def ring_always(self) -> None:
        """From now on every job rings at its end, however quick it was."""
        await self.here.kill_bot()
        self._rings = True
        self.here.extra = EXTRA + "[ring]\nafter_s = 0\n"
        await self.live()

    def arm(self, **doom: Any) -> None:
        """From the next point on this is how it ends."""
        self.doom.with_suffix(".met").unlink(missing_ok=True)
        new = self.doom.with_suffix(".new")
        new.write_text(json.dumps(doom), "utf-8")
        new.replace(self.doom)

    def spare(self) -> None:
        """No doom any more."""
        self.doom.unlink(missing_ok=True)

    async def died(self, within: float = 90) -> str:
        """Wait for the end; what it met, or "" where it was killed from outside.

        The next process starts after Discord has forgotten the nonces.
        """
        process = self.here.process
        assert process is not None
        try:
            await asyncio.wait_for(process.wait(), within)
        except TimeoutError:
            raise AssertionError("it did not die") from None
        assert process.returncode == -9, (self.here.folder / "bot.log").read_text()[-3000:]
        self.here.process = None
        self.tally.deaths += 1
        self.forget_nonces()
        met = self.doom.with_suffix(".met")
        return met.read_text("utf-8") if met.exists() else ""

    async def killed_within(self, seconds: float) -> None:
        """It dies by itself, or is killed once that time is over."""
        process = self.here.process
        assert process is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), seconds)
        await self.here.kill_bot()
        self.tally.deaths += 1
        self.forget_nonces()

    def forget_nonces(self) -> None:
        """Make Discord forget them, as it does after a few minutes."""
        world = self.here.discord.world
        for messages in world.messages.values():
            for number, message in messages.items():
                messages[number] = replace(message, nonce=None)

    @property
    def place(self) -> tuple[str, str]:
        """Whose turn it is, and where: every case another, so that no channel is full."""
        self._turn += 1
        return PLACES[self._turn % len(PLACES)]

    async def ask(self, who: str = "", channel: str = "", **options: Any) -> None:
        """/imagine, without waiting for an answer that may never come."""
        if not who:
            who, channel = self.place
        wanted = {"prompt": "a red fox", "steps": 3, **options}
        await self.here.act(who, "command", channel=channel, name="imagine", options=wanted)

    async def drawing(self) -> None:
        """Wait until SwarmUI works."""

        async def works() -> bool:
            generations = (await self.here.swarm_report())["generations"]
            return any(one["state"] == "running" for one in generations)

        await self.here.until(works, "SwarmUI draws")

    async def stopped(self) -> None:
        """Wait until SwarmUI works for nobody."""

        async def rests() -> bool:
            generations = (await self.here.swarm_report())["generations"]
            return all(one["state"] not in ("waiting", "running") for one in generations)

        await self.here.until(rests, "SwarmUI was told to stop")

    async def settled(self) -> None:
        """Wait until nothing lives and everybody was told, and rung where it was meant."""
        await self.here.until(
            lambda: (
                not self.here.rows(
                    f"SELECT id FROM jobs WHERE state IN {LIVING} "
                    "OR (told = 0 AND state IN ('failed', 'cancelled'))"
                )
                and not self.here.rows(
                    "SELECT job FROM posts WHERE purpose = 'ring' AND message IS NULL"
                )
            ),
            lambda: f"all is over: {self.here.rows('SELECT id, state, told FROM jobs')[-4:]}",
        )

    async def count(self, *, anew: bool = False) -> None:
        """Everything adds up. `anew`: results may be a second message."""
        here = self.here
        here.balanced()
        facts = here.rows(
            "SELECT guild, user, period, sum(n) FROM ("
            "SELECT guild, user, day AS period, 1 AS n FROM charges "
            "UNION ALL SELECT guild, user, month, 1 FROM charges "
            "UNION ALL SELECT guild, user, day, pictures FROM holds "
            "UNION ALL SELECT guild, user, month, pictures FROM holds"
            ") GROUP BY guild, user, period ORDER BY guild, user, period"
        )
        assert facts == here.rows("SELECT * FROM totals ORDER BY guild, user, period")
        seen = [m for _, channel in PLACES for m in await here.messages(channel, "mona")]
        generations = (await here.swarm_report())["generations"]
        for job, state, ready, source in here.rows("SELECT id, state, ready, source FROM jobs"):
            if job in self._counted:
                continue
            self._counted.add(job)
            self.tally.jobs[state] += 1
            mine = [m for m in seen if job in _jobs_of(m)]
            pictures = [m for m in mine if m["attachments"]]
            shown = sum(len(m["attachments"]) for m in pictures)
            drawn = [g for g in generations if job in g["job"] and g["state"] != "failed"]
            self.tally.pictures += shown
            self.tally.charges += here.rows(f"SELECT count(*) FROM charges WHERE job='{job}'")[0][0]
            self.tally.doubled += max(0, len(drawn) - 1) + max(0, len(pictures) - 1)
            told = f"{job} {state} {source} {json.dumps(mine)[:1500]} {drawn}"
            assert shown == (ready if state == "done" else 0), told
            assert len(pictures) == (1 if state == "done" else 0), told
            assert len(drawn) <= 1, told
            assert len(mine) == 1 or (anew and len(mine) <= 2), told
            rings = [m for m in seen if pictures and _replies_to(m, pictures[0])]
            assert len(rings) <= 1, rings
            if self._rings:
                assert len(rings) == len(pictures), told
            self.tally.rings += len(rings)
        report: Json = await here.get("report")
        assert (report["invalid"], report["unknown_routes"]) == ([], []), report
        assert report["rate_limited"] == 0, report
        assert report["live_mentions"] == sum(
            "ready" in m["content"] for m in seen if m["mentions"]
        )
        self.tally.into(self.row)

    async def count_direct(self, wanted: int) -> None:
        """So many pictures came as direct messages, each once, and none in a channel."""
        here = self.here
        here.balanced()
        mailboxes = {p["name"]: p["dm"] for p in here.world["guilds"][0]["people"]}
        direct = [m for who, dm in mailboxes.items() for m in await here.messages(dm, who)]
        public = [m for _, channel in PLACES for m in await here.messages(channel, "mona")]
        assert not [m for m in public if m["attachments"]]
        shown = [str(file["filename"]) for m in direct for file in m["attachments"]]
        assert len(shown) == len(set(shown)) == wanted, shown
        done = here.rows("SELECT count(*) FROM jobs WHERE state = 'done'")
        assert done == here.rows("SELECT count(*) FROM charges") == [(wanted,)]
        generations = (await here.swarm_report())["generations"]
        assert len([g for g in generations if g["state"] != "failed"]) == wanted
        report: Json = await here.get("report")
        assert (report["invalid"], report["rate_limited"]) == ([], 0), report
        tally = self.tally
        tally.jobs["done"] = tally.pictures = tally.charges = wanted
        tally.into(self.row)

    async def case(
        self,
        step: str,
        when: str,
        do: Callable[[], Awaitable[None]],
        *,
        anew: bool = False,
        after: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Die at that point while `do` happens, live again, and count."""
        self.arm(step=step, when=when)
        await do()
        assert await self.died() == f"{step} {when}"
        self.spare()
        if after is not None:
            await after()
        await self.live()
        await self.settled()
        await self.count(anew=anew)

    async def fault(self, on: Json, do: Json, times: int | None = 1) -> None:
        """One of Discord's faults, in place of all others."""
        await self.faults([{"on": on, "do": do, **({"times": times} if times else {})}])

    async def faults(self, faults: list[Json]) -> None:
        """Replace all of Discord's faults."""
        url = f"{self.here.discord.base}/sandbox/faults"
        async with self.here.http.post(url, json={"set": faults}) as answer:
            assert answer.status == 200, await answer.text()

    async def _control(self, what: str) -> int | None:
        """The sandbox's `kill_bot`."""
        assert what == "kill"
        process = self.here.process
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return None


def _jobs_of(message: Json) -> set[str]:
    """The jobs that a message's buttons act on."""
    return {
        str(one.get("custom_id", "")).split(":")[-1]
        for row in message["components"]
        for one in row["components"]
    }


def _replies_to(message: Json, to: Json) -> bool:
    return bool((message.get("message_reference") or {}).get("message_id") == to["id"])


@asynccontextmanager
async def mortal(folder: Path) -> AsyncIterator[Mortal]:
    """A town with a bot that is alive, and mortal."""
    async with town(folder, extra=EXTRA) as here:
        one = Mortal(here)
        await one.live()
        yield one
