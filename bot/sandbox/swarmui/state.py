"""Everything a running stand-in consists of, and what may be asked of it as a whole."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any, Final, TypeVar

from bot.sandbox.swarmui.accounts import Accounts, Session, User
from bot.sandbox.swarmui.backends import Backends
from bot.sandbox.swarmui.engine import Engine
from bot.sandbox.swarmui.errors import InternalFault, Refused
from bot.sandbox.swarmui.files import Files
from bot.sandbox.swarmui.frames import Frame
from bot.sandbox.swarmui.intake import Intake
from bot.sandbox.swarmui.keeping import Keeper
from bot.sandbox.swarmui.model_set import ModelSet
from bot.sandbox.swarmui.script import Report, Script
from bot.sandbox.swarmui.setup import Setup
from bot.sandbox.swarmui.wildcards import Wildcards
from bot.sandbox.swarmui.work import Call

T = TypeVar("T")


# How long a server that was told to shut down still answers, and how long a new start takes.
LEAVING_S: Final = 0.3
AWAY_S: Final = 1.0


class Restarted(Exception):
    """The server is gone under this call's feet: no answer, the connection just ends."""


class State:
    """The server's inside.

    `drop_all` cuts every connection there is, `drop_sockets` only the WebSockets. While `leaving`,
    each API call is answered by an empty 500.
    """

    def __init__(
        self, setup: Setup, drop_all: Callable[[], None], drop_sockets: Callable[[], None]
    ) -> None:
        self.setup = setup
        self.models = ModelSet(setup.models)
        self.server_id = str(uuid.uuid4())
        self.script = Script(setup)
        self.report = Report()
        self.accounts = Accounts(setup.login, setup.accounts, dict(setup.roles))
        self.backends = Backends(
            setup.backends, setup.over_queue, self.models, self.script, self.report
        )
        self.script.on_states = self.backends.set_states
        self.wildcards = Wildcards(setup.data and setup.data / "Wildcards")
        self.files = Files(setup.data, self.script)
        self.keeper = Keeper(self.files, self.script)
        self.intake = Intake(self.models, self.wildcards, self.files)
        self._drop_all, self._drop_sockets = drop_all, drop_sockets
        self.leaving = False
        self._shutting_down: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.engine = Engine(
            self.models,
            self.intake,
            self.backends,
            self.keeper,
            self.script,
            self.report,
            nopreviews=setup.nopreviews,
            preview_every=setup.preview_every,
            restart=self._restart_soon,
            shut_down=lambda: self.shut_down_soon(AWAY_S),
        )
        self._memory = None if setup.data is None else setup.data / "memory.json"
        if self._memory is not None and self._memory.is_file():
            self.accounts.remember(json.loads(self._memory.read_text(encoding="utf-8")))

    def _restart_soon(self) -> None:
        # Not at once: whoever asks for it is inside of the work that ends.
        asyncio.get_running_loop().call_soon(self.restart)

    def visitor(self, headers: dict[str, str], cookie: str | None, peer: str) -> User | None:
        """Whom SwarmUI takes the sender of a request for, without regard to any session."""
        if not self.accounts.login:
            named = headers.get("x-swarm-user_id")
            return self.accounts.named(named or "local")
        near = peer in ("127.0.0.1", "::1") and "x-forwarded-for" not in headers
        if near and self.setup.localhost_bypass:
            return self.accounts.users["local"]
        return self.accounts.by_token(cookie) if cookie else None

    def forget_sessions(self) -> None:
        self.accounts.sessions.clear()

    def start(self, call: Call) -> asyncio.Task[None]:
        """Begin a request; it goes on whatever becomes of the connection."""
        task = asyncio.create_task(self.engine.generate(call), name="generation")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    async def generate_all(
        self, session: Session, images: int, root: dict[str, Any]
    ) -> dict[str, Any]:
        """Generate over plain HTTP. Nothing is sent until all is done or one failed."""
        frames: list[Frame] = []
        cut = asyncio.Event()
        call = Call(
            session, images, root, frames.append, _nothing, cut.set, fault=self.script.next_fault()
        )
        task = self.start(call)
        cutting = asyncio.create_task(cut.wait())
        try:
            await asyncio.wait({task, cutting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cutting.cancel()
        if not task.done() or task.cancelled():
            raise Restarted
        fault = task.exception()
        if fault is not None:
            raise InternalFault(str(fault)) from fault
        for frame in frames:
            if "error" in frame:
                raise Refused(str(frame["error"]))
        return {"images": [frame["image"] for frame in frames if "image" in frame]}

    def restart(self) -> None:
        """As if the process had been killed and begun anew: work and connections are gone."""
        for task in self._tasks:
            task.cancel()
        self._drop_all()
        self.models.scan(self.script.new_files, self.script.gone_files)
        self.backends.forget()
        self.keeper.forget()
        self.server_id = str(uuid.uuid4())

    def shut_down_soon(self, away_s: float | None = None) -> None:
        """Leave politely, as for an update; with `away_s` the process is back after that time."""
        if self._shutting_down is None or self._shutting_down.done():
            self._shutting_down = asyncio.create_task(self._shut_down(away_s), name="shut down")

    async def _shut_down(self, away_s: float | None) -> None:
        """Abort sockets without a close frame, answer 500 for a moment, then refuse.

        So did a real server (0.9.8.2) after ShutdownServer.
        """
        self.leaving = True
        for task in self._tasks:
            task.cancel()
        self._drop_sockets()
        await asyncio.sleep(LEAVING_S)
        self.script.down, self.leaving = True, False
        self._drop_all()
        self.models.scan(self.script.new_files, self.script.gone_files)
        self.backends.forget()
        self.keeper.forget()
        self.server_id = str(uuid.uuid4())
        if away_s is not None:
            await asyncio.sleep(away_s)
            self.script.down = False

    async def idle(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def threaded(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)

    def remember(self) -> None:
        """Write down what outlives the process, if it has a folder."""
        if self._memory is not None:
            self._memory.write_text(json.dumps(self.accounts.remembered()), encoding="utf-8")

    async def close(self) -> None:
        tasks = [*self._tasks, *filter(None, [self._shutting_down])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.backends.close()
        await self.keeper.close()
        await asyncio.to_thread(self.files.close)


def _nothing(_: str) -> None:
    """HTTP answers are written once: there is no place for garbage in between."""
