"""`swarmbot demo`: a Discord, a SwarmUI and the bot on this machine, and a page to use them.

    this process                                     its child
    sandbox Discord  <-- REST, gateway, CDN -->      swarmbot run --config DIR/config.toml
    sandbox SwarmUI  <-- HTTP, WebSocket ------>

The launcher knows the bot by its command line and the form of its configuration file, nothing else.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final, Self

from bot.sandbox.child import Child, DidNotStart
from bot.sandbox.discord import SandboxDiscord
from bot.sandbox.swarmui import Setup, SwarmStandIn

READY_S: Final = 60.0
SHUTDOWN_GRACE_S: Final = 2  # less than a child is given to end
BOT: Final = (sys.executable, "-m", "bot")


class Demo:
    """Both servers and the bot: `async with Demo.start(folder) as demo`; all ends with the block.

    `keep`: the servers remember their worlds in `folder`; the bot's database and spool are there in
    any case. `log`: the bot's log file, None for our standard error. `command`: what `run` is
    appended to. Raises DidNotStart if the bot does not come up, and OSError for folder and ports.
    """

    def __init__(
        self, folder: Path, log: Path | None, command: Sequence[str], *, keep: bool
    ) -> None:
        self.config = folder / "config.toml"
        self.database = folder / "swarmbot.db"
        self._spool = folder / "spool"
        self.discord = SandboxDiscord(folder / "discord" if keep else None)
        self.discord.hub.bot_control = self._control
        self.swarmui = SwarmStandIn(Setup().with_data(folder / "swarmui" if keep else None))
        self._command, self._log = command, log
        self._turn = asyncio.Lock()
        self._known: set[str] = set()
        self._bot: Child | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        folder: Path,
        *,
        log: Path | None = None,
        keep: bool = False,
        command: Sequence[str] = BOT,
    ) -> AsyncIterator[Self]:
        demo = cls(folder, log, command, keep=keep)
        async with demo.discord, demo.swarmui:
            demo.config.write_text(demo._settings(), encoding="utf-8")
            run = (*command, "run", "--config", str(demo.config))
            demo._bot = Child(run, demo._environment(), log, demo._bot_died)
            try:
                await demo._start_bot()
                yield demo
            finally:
                await demo._bot.end()

    @property
    def addresses(self) -> dict[str, object]:
        """The line that `--json` prints."""
        return {
            "page": f"{self.discord.base}/",
            "discord": self.discord.addresses,
            "swarmui": {"base": self.swarmui.base},
            "bot": {
                "pid": self._child.pid,
                "config": str(self.config),
                "database": str(self.database),
            },
        }

    @property
    def _child(self) -> Child:
        assert self._bot is not None
        return self._bot

    def _settings(self) -> str:
        """Return the bot's configuration. Its secrets travel in the environment."""
        world = self.discord.world
        imagine = next(c.id for c in world.channels.values() if c.name == "imagine")
        tables: dict[str, dict[str, object]] = {
            "discord": {
                "api_base": self.discord.api_base,
                "gateway_url": self.discord.gateway_url,
                "cdn_url": self.discord.cdn_url,
            },
            "swarmui": {"url": self.swarmui.base, "shutdown_grace_s": SHUTDOWN_GRACE_S},
            "storage": {"database": str(self.database), "spool": str(self._spool)},
            "triggers": {"channels": [int(imagine)]},
        }
        lines = ["# Written by `swarmbot demo` at every start; changes here are lost."]
        for name, table in tables.items():
            lines += ["", f"[{name}]"]
            # JSON's strings, numbers and lists are TOML's, as long as letters stay letters.
            lines += [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in table.items()]
        return "\n".join(lines) + "\n"

    def _environment(self) -> dict[str, str]:
        """Ours, without settings that the host made for another bot."""
        kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("SWARMBOT_")}
        kept["SWARMBOT_DISCORD__TOKEN"] = self.discord.token
        kept["PYTHONUNBUFFERED"] = "1"
        source = Path(__file__).parents[2]
        if (source / "pyproject.toml").exists():
            # From a checkout, `-m bot` finds the package wherever the demo was called from.
            paths = [str(source), *filter(None, [kept.get("PYTHONPATH")])]
            kept["PYTHONPATH"] = os.pathsep.join(paths)
        return kept

    async def _start_bot(self) -> None:
        self._known = {session.id for session in self.discord.hub.sessions.connected}
        await self._child.start()
        await self._child.ready(self._is_ready, READY_S)

    def _is_ready(self) -> bool:
        """Return True for a session of this process with commands."""
        sessions = {session.id for session in self.discord.hub.sessions.connected}
        return bool(sessions - self._known) and bool(self.discord.world.commands)

    async def _control(self, what: str) -> int | None:
        """`POST /sandbox/bot`: one wish after the other; a start that fails leaves no process."""
        async with self._turn:
            if what == "start" and self._child.pid is None:
                try:
                    await self._start_bot()
                except DidNotStart as error:
                    await self._child.end(at_once=True)
                    _say(f"The bot did not start again. {error}")
            elif what != "start":
                await self._child.end(at_once=what == "kill")
            return self._child.pid

    def _bot_died(self, code: int) -> None:
        _say(f"The bot ended by itself (exit code {code}). Servers and page go on.")


async def demo(*, browser: bool, json_line: bool, data: Path | None) -> int:
    """Run until SIGINT or SIGTERM, and answer the exit code; nothing is left behind but `data`."""
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(_stopping())
        folder = data or Path(stack.enter_context(_temporary()))
        running = asyncio.create_task(
            _run(folder, browser=browser, json_line=json_line, keep=data is not None), name="demo"
        )
        ended = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait((running, ended), return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        running.cancel()
        try:
            await running
        except asyncio.CancelledError:
            return 0
        except (DidNotStart, OSError) as error:
            _say(f"The demo did not start. {error}")
            return 1
    return 0


async def _run(folder: Path, *, browser: bool, json_line: bool, keep: bool) -> None:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    folder = await asyncio.to_thread(folder.resolve)
    log = folder / "bot.log" if json_line else None
    async with Demo.start(folder, log=log, keep=keep) as demo:
        page = f"{demo.discord.base}/"
        if json_line:
            line = json.dumps(demo.addresses)
        else:
            line = f"Demo: {page} · Ctrl+C stops everything."
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if browser and _has_screen():
            await asyncio.to_thread(webbrowser.open, page)
        await asyncio.Event().wait()


def _has_screen() -> bool:
    """Without one, Python would open a text browser in this very terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _temporary() -> tempfile.TemporaryDirectory[str]:
    # On Windows a file that was just let go may be held a moment longer.
    return tempfile.TemporaryDirectory(prefix="swarmbot-demo-", ignore_cleanup_errors=True)


@contextlib.contextmanager
def _stopping() -> Iterator[asyncio.Event]:
    """Set by SIGINT and SIGTERM; plain handlers, since Windows' loops know no others."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
