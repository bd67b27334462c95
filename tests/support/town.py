"""A whole town: the sandbox's Discord and SwarmUI, and the real bot between them.

Everything goes over real sockets and by the people's doors. Waiting is for events: each change in
Discord wakes whoever waits for something to become true.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp

from bot import app
from bot.config import Settings, load
from bot.sandbox.discord.server import SandboxDiscord
from bot.sandbox.swarmui.server import SwarmStandIn
from bot.sandbox.swarmui.setup import Setup

Json: TypeAlias = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
BALANCE = (
    "SELECT id FROM jobs WHERE state IN ('queued', 'running', 'delivering') ORDER BY id",
    "SELECT job FROM holds ORDER BY job",
    "SELECT job, count(*) FROM charges GROUP BY job ORDER BY job",
    "SELECT id, ready FROM jobs WHERE state = 'done' ORDER BY id",
)
PATIENCE_S = 90.0  # waiting is for events: only what never comes takes so long


class Town:
    """Both servers and a bot. `say` collects what the bot tells its host."""

    def __init__(self, folder: Path, discord: SandboxDiscord, swarm: SwarmStandIn) -> None:
        self.folder, self.discord, self.swarm = folder, discord, swarm
        self.said: list[str] = []
        self.http = aiohttp.ClientSession()
        self.database = folder / "swarmbot.db"
        self._changed = asyncio.Condition()
        self._listener: asyncio.Task[None] | None = None
        self._bot: asyncio.Task[None] | None = None
        self.process: asyncio.subprocess.Process | None = None
        self.extra = ""
        self.swarm_url = ""  # another address of SwarmUI, as of a proxy

    # --- the bot -----------------------------------------------------------------------------

    def write_config(self) -> Path:
        """The file that `swarmbot run` reads."""
        discord, triggers = self.discord, self.channel("imagine")
        path = self.folder / "config.toml"
        path.write_text(
            f'[discord]\napi_base = "{discord.api_base}"\n'
            f'gateway_url = "{discord.gateway_url}"\ncdn_url = "{discord.cdn_url}"\n'
            f'[storage]\ndatabase = "{self.database}"\nspool = "{self.folder / "spool"}"\n'
            f"[triggers]\nchannels = [{triggers}]\n"
            f'[swarmui]\nurl = "{self.swarm_url or self.swarm.base}"\n{self.extra}',
            encoding="utf-8",
        )
        path.chmod(0o600)  # it may hold secrets
        return path

    def settings(self) -> Settings:
        """The same, as a value."""
        os.environ["SWARMBOT_DISCORD__TOKEN"] = self.discord.token
        try:
            return load(self.write_config())
        finally:
            del os.environ["SWARMBOT_DISCORD__TOKEN"]

    async def start_bot(self) -> None:
        """In this process; returns when it is ready and its commands are registered."""
        self._bot = asyncio.create_task(app.run(self.settings(), self.said.append), name="bot")
        await self._ready()

    async def stop_bot(self) -> None:
        """As SIGTERM does."""
        bot, self._bot = self._bot, None
        if bot is not None:
            bot.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await bot

    async def spawn_bot(self, *command: str) -> None:
        """As a process of its own, which can be killed; `command` is another than `run`.

        Returns when it is ready, or has ended by itself.
        """
        config = str(self.write_config())
        known = {session.id for session in self.discord.hub.sessions.connected}
        with (self.folder / "bot.log").open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *(command or ("-m", "bot", "run", "--config", config)),
                env={**os.environ, "SWARMBOT_DISCORD__TOKEN": self.discord.token},
                stdout=out,
                stderr=out,
                cwd=ROOT,
            )
        process = self.process

        def ready() -> bool:
            sessions = self.discord.hub.sessions.connected
            connected = any(s.line is not None and s.id not in known for s in sessions)
            return process.returncode is not None or (
                connected and bool(self.discord.world.commands)
            )

        await self.until(ready, "the bot is ready")

    async def kill_bot(self) -> None:
        """As a power cut does."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
        self.process = None

    async def _ready(self) -> None:
        def ready() -> bool:
            connected = any(s.line is not None for s in self.discord.hub.sessions.connected)
            return connected and bool(self.discord.world.commands)

        await self.until(ready, "the bot is ready")

    # --- the people --------------------------------------------------------------------------

    def channel(self, name: str) -> str:
        """A channel's id."""
        channels = self.world["guilds"][0]["channels"]
        return str(next(one["id"] for one in channels if one["name"] == name))

    def person(self, name: str) -> str:
        """A person's id."""
        people = self.world["guilds"][0]["people"]
        return str(next(one["id"] for one in people if one["name"] == name))

    def dm(self, name: str) -> str:
        """The id of a person's direct channel with the bot."""
        people = self.world["guilds"][0]["people"]
        return str(next(one["dm"] for one in people if one["name"] == name))

    def role(self, name: str) -> str:
        """A role's id."""
        roles = self.world["guilds"][0]["roles"]
        return str(next(one["id"] for one in roles if one["name"] == name))

    async def act(self, who: str, do: str, *, status: int = 200, **fields: Any) -> Json:
        """Do something as a person; anything but `status` is a failure."""
        async with self.http.post(
            f"{self.discord.base}/sandbox/act", json={"as": who, "do": do, **fields}
        ) as answer:
            body: Json = await answer.json()
            assert answer.status == status, body
            return body

    async def command(self, who: str, name: str, channel: str = "imagine", **options: Any) -> Json:
        """Use a slash command and wait for its first answer; returns the interaction's state."""
        asked = await self.act(who, "command", channel=channel, name=name, options=options)
        return await self.answered(asked["interaction"], by_message=True)

    async def press(self, who: str, message: Json, action: str) -> Json:
        """Press the button whose custom_id begins with `action`."""
        custom_id = button(message, action)
        asked = await self.act(who, "component", message=message["id"], custom_id=custom_id)
        return await self.answered(asked["interaction"])

    async def answered(self, interaction: str, *, by_message: bool = False) -> Json:
        """The state of an interaction as soon as it is not waiting any more.

        `by_message` waits for one that stays: a refusal that took long deletes the deferred answer
        and comes in its place.
        """
        state: Json = {}

        async def over() -> bool:
            nonlocal state
            state = await self.get(f"interactions/{interaction}")
            world, said = self.discord.world, state["messages"]
            if by_message:
                state["messages"] = [one for one in said if world.message(one) is not None]
            comes = bool(said) and not state["messages"]
            return state["state"] not in ("waiting", "deferred") and not comes

        await self.until(over, f"interaction {interaction} is answered")
        return state

    async def get(self, door: str, **params: str) -> Any:
        """Ask one of Discord's doors."""
        async with self.http.get(f"{self.discord.base}/sandbox/{door}", params=params) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def messages(self, channel: str = "imagine", who: str = "mia") -> list[Json]:
        """A channel as a person sees it, newest last."""
        found: list[Json] = await self.get(f"channels/{channel}/messages", **{"as": who})
        return found

    async def message(self, message: str, channel: str = "imagine", who: str = "mia") -> Json:
        """One message as a person sees it; {} if it is not there."""
        return next((m for m in await self.messages(channel, who) if m["id"] == message), {})

    async def becomes(
        self,
        message: str,
        wanted: Callable[[Json], bool],
        channel: str = "imagine",
        who: str = "mia",
    ) -> Json:
        """Wait until a message is as wanted; returns it."""
        seen: Json = {}

        async def is_so() -> bool:
            nonlocal seen
            seen = await self.message(message, channel, who)
            return wanted(seen)

        await self.until(is_so, lambda: f"message as wanted, not {json.dumps(seen)[:600]}")
        return seen

    async def imagine(self, who: str = "mia", channel: str = "imagine", **options: Any) -> Json:
        """/imagine, and the card that answers it."""
        state = await self.command(who, "imagine", channel, **{"prompt": "a red fox", **options})
        assert state["state"] == "answered", state
        return await self.message(state["messages"][0], channel, who)

    async def picture(self, message: Json, channel: str = "imagine", who: str = "mia") -> Json:
        """The same message once it has become the picture."""
        return await self.becomes(message["id"], is_picture, channel, who)

    # --- the servers -------------------------------------------------------------------------

    async def script(self, *, next_: list[str] | None = None, **settings: Any) -> None:
        """Set how SwarmUI behaves."""
        body = {"set": settings, **({"next": next_} if next_ else {})}
        async with self.http.post(f"{self.swarm.base}/sandbox/script", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def swarm_report(self) -> Json:
        """What SwarmUI saw."""
        async with self.http.get(f"{self.swarm.base}/sandbox/report") as answer:
            report: Json = await answer.json()
            return report

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the books from outside."""
        with contextlib.closing(sqlite3.connect(self.database)) as books:
            return books.execute(sql).fetchall()

    def balanced(self) -> None:
        """The books, all of one moment: holds match living jobs, charges delivered pictures."""
        with contextlib.closing(sqlite3.connect(self.database)) as books:
            books.execute("BEGIN")
            living, held, charged, done = (books.execute(sql).fetchall() for sql in BALANCE)
        assert held == living
        assert charged == done

    async def clean(self) -> Json:
        """Discord found nothing to complain of; returns its report."""
        report: Json = await self.get("report")
        assert report["invalid"] == [], report
        assert report["unknown_routes"] == [], report
        assert report["rate_limited"] == 0, report
        assert report["live_mentions"] == 0, report
        assert report["without_components"] == 0, report
        return report

    async def until(
        self, true: Callable[[], Any], what: str | Callable[[], str] = "it becomes true"
    ) -> None:
        """Wait for events until `true` (plain or async) says so."""

        async def wait() -> None:
            pause_s = 0.01
            while True:
                async with self._changed:
                    result = true()
                    if await result if asyncio.iscoroutine(result) else result:
                        return
                    if self._bot is not None and self._bot.done():
                        self._bot.result()
                        raise AssertionError("the bot has ended")
                    with contextlib.suppress(TimeoutError):
                        # No event tells of the books and of SwarmUI, so they are polled.
                        await asyncio.wait_for(self._changed.wait(), pause_s)
                pause_s = min(0.1, pause_s * 1.5)

        try:
            await asyncio.wait_for(wait(), PATIENCE_S)
        except TimeoutError:
            raise AssertionError(
                f"waited in vain: {what if isinstance(what, str) else what()}"
            ) from None

    async def _listen(self) -> None:
        async with self.http.ws_connect(
            f"{self.discord.base}/sandbox/events", params={"as": "mona"}
        ) as events:
            async for _ in events:
                async with self._changed:
                    self._changed.notify_all()

    async def open(self) -> None:
        """Learn the world and listen to it."""
        self.world = await self.get("world")
        self._listener = asyncio.create_task(self._listen(), name="town's ears")

    async def close(self) -> None:
        """End everything that this town started."""
        await self.stop_bot()
        if self.process is not None:
            await self.kill_bot()
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        await self.http.close()


def button(message: Json, action: str) -> str:
    """The custom_id of a message's button."""
    for row in message["components"]:
        for one in row["components"]:
            if str(one.get("custom_id", "")).startswith(f"{action}:"):
                return str(one["custom_id"])
    raise AssertionError(f"no button {action} on {json.dumps(message['components'])}")


def is_picture(message: Json) -> bool:
    """Whether a message has become the result."""
    return any(str(f["filename"]).endswith(".png") for f in message.get("attachments", ()))


@asynccontextmanager
async def town(folder: Path, setup: Setup | None = None, *, extra: str = "") -> AsyncIterator[Town]:
    """Both servers, without a bot yet. `extra` goes into its config.toml, after [swarmui]."""
    discord, swarm = SandboxDiscord(), SwarmStandIn(setup or Setup(step_s=0.01, model_load_s=0.05))
    await discord.start()
    await swarm.start()
    here = Town(folder, discord, swarm)
    here.extra = extra
    try:
        await here.open()
        yield here
    finally:
        await here.close()
        await discord.stop()
        await swarm.stop()
