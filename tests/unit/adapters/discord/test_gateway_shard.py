"""One shard: what it resumes, what it starts anew, what it gives up, and how long it waits."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest
import yarl
from discord.gateway import ReconnectWebSocket

from bot.adapters.discord import gateway_shard
from bot.adapters.discord.discord_internals import UnreadableReady
from bot.adapters.discord.gateway_shard import FATAL_CLOSE_CODES, GatewayShard
from bot.adapters.discord.session_starts import GatewayInfo, SessionStarts

DEFAULT, RESUME = yarl.URL("wss://default"), yarl.URL("wss://resume")
KEEP, NEW = ReconnectWebSocket(0), ReconnectWebSocket(0, resume=False)


class Closed(discord.ConnectionClosed):
    """Made without a socket."""

    def __init__(self, code: int) -> None:
        Exception.__init__(self, f"closed with {code}")
        self.code, self.reason, self.shard_id = code, "", 0


class Over(Exception):
    """The story is told."""


class Line:
    """A gateway that plays a story: what each opening or the connection after it ends with.

    A tuple is an opening that works, and what ends the connection after so many seconds.
    """

    def __init__(self, *story: Exception | tuple[float, Exception]) -> None:
        self.story, self.now, self.has_content = list(story), 0.0, True
        self.opened: list[str] = []
        self.gateways: list[yarl.URL | None] = []
        self.pauses: list[float] = []
        self.unreadable: list[str] = []

    # --- the client ---

    def drop_message_content(self) -> bool:
        had, self.has_content = self.has_content, False
        return had

    def report_unreadable(self, what: str, error: Exception) -> None:
        self.unreadable.append(what)

    # --- the socket ---

    async def from_client(
        self,
        client: Any,
        *,
        gateway: yarl.URL | None,
        resume: bool = False,
        session: str | None = None,
        **_: Any,
    ) -> Socket:
        if not self.story:
            raise Over
        self.opened.append(f"resume {session}" if resume else "identify")
        self.gateways.append(gateway)
        what = self.story.pop(0)
        if isinstance(what, Exception):
            self.now += gateway_shard.OPEN_TIMEOUT_S + 0.1 if type(what) is TimeoutError else 0.0
            raise what
        return Socket(self, session or f"s{len(self.opened)}", *what)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    async def run(self, shard_count: int = 1) -> None:
        async def ask() -> GatewayInfo:
            return GatewayInfo(1, None, 1000, 0.0, 1)

        async def wait(seconds: float) -> None:
            self.now += seconds

        def tick() -> float:
            return self.now

        starts = SessionStarts(ask, sleep=wait, tick=tick)
        shard = GatewayShard(
            self, 0, shard_count, starts, lambda _: None, sleep=self.sleep, tick=tick
        )
        await shard.run(DEFAULT)


class Socket:
    """One connection of the story."""

    sequence = 7
    gateway = RESUME

    def __init__(self, line: Line, session_id: str, lived_s: float, end: Exception) -> None:
        self.line, self.lived_s, self.end = line, lived_s, end
        self.session_id: str | None = session_id

    async def poll_event(self) -> None:
        self.line.now += self.lived_s
        raise self.end

    async def close_soon(self, code: int) -> None:
        assert code == 4000

    def is_heartbeat_overdue(self, patience_s: float) -> bool:
        return False


async def play(
    monkeypatch: pytest.MonkeyPatch, *story: Exception | tuple[float, Exception], shards: int = 1
) -> Line:
    line = Line(*story)
    monkeypatch.setattr(gateway_shard, "GatewaySocket", line)

    def tell(what: str, error: Exception) -> None:
        if isinstance(error, Over):
            raise error
        line.unreadable.append(what)

    monkeypatch.setattr(line, "report_unreadable", tell)
    with pytest.raises(Over):
        await asyncio.wait_for(line.run(shards), 30)
    return line


@pytest.mark.parametrize(
    "end",
    [KEEP, OSError("gone"), TimeoutError(), Closed(4000), Closed(1006), KeyError("a frame")],
)
async def test_a_session_is_resumed_until_it_works(
    monkeypatch: pytest.MonkeyPatch, end: Exception
) -> None:
    line = await play(
        monkeypatch, (60.0, end), OSError("a"), TimeoutError(), OSError("b"), (60.0, KEEP)
    )
    assert line.opened == ["identify"] + 4 * ["resume s1"]
    assert line.pauses[:4] == [0.0, 1.0, 2.0, 4.0]
    assert line.pauses[4:] == [0.0]


async def test_a_resume_address_that_is_gone_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = [OSError()] * 4
    line = await play(monkeypatch, (60.0, KEEP), *gone, (60.0, KEEP))
    assert line.gateways == [DEFAULT, RESUME, RESUME, RESUME, DEFAULT, DEFAULT]


@pytest.mark.parametrize("end", [NEW, UnreadableReady(KeyError("user"))])
async def test_a_session_that_is_worth_nothing_is_begun_anew_later_and_later(
    monkeypatch: pytest.MonkeyPatch, end: Exception
) -> None:
    line = await play(monkeypatch, *[(0.1, end)] * 12, OSError())
    assert set(line.opened) == {"identify"}
    assert line.pauses[:7] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
    assert line.pauses[-2:] == [120.0, 120.0]
    assert line.unreadable == ([] if end is NEW else ["READY"] * 12)


async def test_several_shards_wait_longer_between_session_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All together stay below a thousand a day."""
    for shards in (1, 2, 16):
        line = await play(monkeypatch, *[(0.1, NEW)] * 14, shards=shards)
        assert shards * 24 * 3600 / max(line.pauses) < 1000


async def test_resuming_costs_no_start_so_it_never_waits_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = await play(monkeypatch, (60.0, KEEP), *[OSError()] * 12)
    assert max(line.pauses) == 30.0


async def test_a_session_that_lasted_begins_the_count_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    line = await play(monkeypatch, (0.1, NEW), (0.1, NEW), (0.1, NEW), (301.0, NEW), (0.1, NEW))
    assert line.pauses == [1.0, 2.0, 4.0, 1.0, 1.0]


@pytest.mark.parametrize("code", sorted(FATAL_CLOSE_CODES - {4014}))
async def test_hopeless_closes_are_raised(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    line = Line((0.1, Closed(code)))
    monkeypatch.setattr(gateway_shard, "GatewaySocket", line)
    with pytest.raises(discord.ConnectionClosed) as raised:
        await line.run()
    assert raised.value.code == code
    assert line.opened == ["identify"]


async def test_a_refused_intent_is_given_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line((0.1, Closed(4014)), (0.1, Closed(4014)))
    monkeypatch.setattr(gateway_shard, "GatewaySocket", line)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await line.run()
    assert line.opened == ["identify", "identify"]
    assert not line.has_content


async def test_a_cancellation_that_comes_with_a_failure_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`asyncio.wait_for` of Python 3.11 swallows it, and the process does not end."""
    line = Line()
    monkeypatch.setattr(gateway_shard, "GatewaySocket", line)
    opening: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def from_client(*_: Any, **__: Any) -> None:
        line.opened.append("identify")
        await (opening if len(line.opened) == 1 else asyncio.Event().wait())

    monkeypatch.setattr(line, "from_client", from_client)
    running = asyncio.create_task(line.run())
    while not line.opened:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    opening.set_exception(OSError("gone"))
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=1)
    assert done == {running}
    assert running.cancelled()


async def test_a_resume_address_that_swallows_everything_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each attempt takes ten seconds, which is no life of a connection."""
    line = await play(monkeypatch, (400.0, OSError("gone")), *[TimeoutError() for _ in range(8)])
    assert line.gateways[1] == RESUME
    assert line.gateways[-1] == DEFAULT
    assert line.pauses[-1] > 1.0, "and it waits longer each time"
