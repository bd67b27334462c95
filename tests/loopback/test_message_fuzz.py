"""Messages of all kinds at the bot: what is no wish stays talk, and nothing falls over."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

import discord
import pytest
from structlog.testing import capture_logs

from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.errors import Refused
from bot.core.jobs.job import Job
from bot.core.jobs.model import AcceptedJob
from bot.core.ui.card import MessageCard
from bot.flow.drawing.requests import DeclinedRequest, RequestResult
from bot.flow.ports import Reply
from bot.sandbox.discord import messageviews, views
from bot.sandbox.discord.fresh import fresh_world
from bot.sandbox.discord.messageviews import Links
from bot.sandbox.discord.model import Message, World
from bot.sandbox.discord.snowflakes import Snowflakes
from tests.support.attack import Attacker
from tests.support.books import NOON, job_id, order
from tests.support.messages import Here, Json, Made, Verdict, made
from tests.support.program import Program, open_program
from tests.support.table import AddRow
from tests.support.town import town

BETWEEN_S: Final = 1_000.0
SLOWEST_CPU_S: Final = 0.05


class RecordedRequests:
    """Drawing requests that only write down the prompts; whatever is asked has its card already."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def message_seen(self, channel: int) -> None:
        pass

    async def submit_with_image(
        self, request: DrawRequest, read: Callable[[], Awaitable[bytes]], context: RequestContext
    ) -> RequestResult:
        try:
            await read()
        except Refused as refused:
            return DeclinedRequest(MessageCard(refused.sentence), refused.rule)
        return await self.submit_request(request, context)

    async def submit_request(self, request: DrawRequest, context: RequestContext) -> RequestResult:
        self.prompts.append(request.prompt)
        job = Job(
            id=job_id(1),
            requester=context.user,
            requester_name=context.name,
            guild=context.guild,
            channel=context.channel,
            source=request.source,
            order=order(),
            created_at=NOON,
        )
        unread: Any = None
        return AcceptedJob(job, created=False, balance=unread)

    async def post_status_card(self, accepted: AcceptedJob, reply: Reply) -> None:
        """Post nothing: only what was asked counts here."""


class Listener:
    """The real client with every cog, fed by its library's own parser."""

    def __init__(self, program: Program) -> None:
        self.world = fresh_world(Snowflakes(time.time))
        self.program, self.requests = program, RecordedRequests()
        self.studio = program.new_client()
        self.sent = itertools.count(10**18)

    async def open(self) -> None:
        """As after READY, without a connection."""
        self.program.listen_in(int(self.here.chosen))
        await self.program.start(self.studio)
        requests: Any = self.requests
        self.program.flow = replace(self.program.flow, requests=requests)
        await self.studio._async_setup_hook()
        state: Any = self.studio._connection
        state.user = discord.ClientUser(state=state, data=views.own_user(self.me))
        for guild in self.world.guilds.values():
            state._add_guild_from_data(views.guild_create(self.world, guild))
        for cog in self.studio._make_cogs():
            await self.studio.add_cog(cog)
        http: Any = self.studio.http
        http.request = self._discord

    async def _discord(self, route: Any, **said: Any) -> Any:
        """A Discord that takes everything."""
        message = Message(str(next(self.sent)), self.here.chosen, self.world.bot_id, content="ok")
        return messageviews.message(self.world, self._links, message, self.world.bot_id)

    @property
    def me(self) -> Any:
        return self.world.users[self.world.bot_id]

    @property
    def here(self) -> Here:
        return here_in(self.world)

    @property
    def _links(self) -> Links:
        return Links(self.world, time.time)

    def usual(self) -> Json:
        """A good message of mia's."""
        return usual(self.world, self._links)

    async def hears(self, one: Made) -> list[str]:
        """The prompts that came of a message."""
        self.program.now += BETWEEN_S
        self.studio._connection.parse_message_create(one.payload)  # type: ignore[arg-type]  # odd on purpose
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        prompts, self.requests.prompts = self.requests.prompts, []
        return prompts


def here_in(world: World) -> Here:
    """The ids of a fresh world."""
    named = {channel.name: channel.id for channel in world.channels.values() if channel.guild_id}
    mia = next(user.id for user in world.users.values() if user.username == "mia")
    return Here(
        world.bot_id,
        named["imagine"],
        named["general"],
        named["fox thread"],
        next(iter(world.guilds)),
        world.dm_of(mia).id,
    )


def usual(world: World, links: Links) -> Json:
    """A good message of mia's in the chosen channel, as the gateway has it."""
    here = here_in(world)
    mia = next(user for user in world.users.values() if user.username == "mia")
    message = Message(str(1 << 60), here.chosen, mia.id, content="hi")
    seen = messageviews.message(world, links, message, world.bot_id)
    member = views.member(world, world.members[here.guild, mia.id], with_user=False)
    return seen | {"guild_id": here.guild, "member": member}


async def timed(listener: Listener, one: Made) -> tuple[list[str], float]:
    """What came of a message, and the seconds that it takes of the loop."""
    took = []
    for again in range(5):
        began = time.thread_time()
        came = await listener.hears(one)
        took.append(time.thread_time() - began)
        if took[-1] < SLOWEST_CPU_S:
            break
        # The collector of garbage has its turns, too: only what is slow each time is slow.
        one = replace(one, payload={**one.payload, "id": f"9{again}{one.payload['id']}"[:19]})
    return came, min(took)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("messages", [100, pytest.param(2_000, marks=pytest.mark.soak)])
async def test_what_is_no_wish_stays_talk(
    tmp_path: Path, messages: int, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with open_program(tmp_path) as program:
        listener = Listener(program)
        await listener.open()
        await check_messages(listener, messages, caplog, row)


async def check_messages(
    listener: Listener, messages: int, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    chance = Random(20_261_124)
    usual, counted, slowest = listener.usual(), dict.fromkeys(Verdict, 0), 0.0
    with capture_logs() as entries, caplog.at_level(logging.WARNING):
        for number in range(1, messages + 1):
            one = made(chance, listener.here, usual, number)
            came, took = await timed(listener, one)
            slowest = max(slowest, took)
            counted[one.verdict] += 1
            if one.verdict is Verdict.NEVER:
                assert came == [], one.payload
            elif one.verdict is Verdict.MUST:
                # Where phrases do not count, one behind a mention is a part of what is asked.
                assert [said.removeprefix("draw me ") for said in came] == [one.prompt], one.payload
            assert len(came) <= 1
    assert [one for one in entries if one["log_level"] in ("error", "critical")] == []
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
    assert min(counted.values()) > messages / 20, "each kind is there"
    assert slowest < SLOWEST_CPU_S, "one message holds the loop"
    row(
        "Fuzzed messages",
        messages=messages,
        **{verdict.value: n for verdict, n in counted.items()},
        slowest_ms=round(slowest * 1000, 1),
    )


LIFTED: Final = (
    '[quota]\nday = "unlimited"\nwaiting = "unlimited"\nrunning = "unlimited"\nqueue = 5000\n'
    "[ring]\nafter_messages = 1000000\n"
)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("messages", [40, pytest.param(400, marks=pytest.mark.soak)])
async def test_fuzzed_messages_over_sockets(
    tmp_path: Path,
    messages: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SWARMBOT_TRIGGERS__COOLDOWN_S", "0")
    chance = Random(6)
    async with town(tmp_path, extra=LIFTED) as here:
        attacker = Attacker(here)
        await here.start_bot()
        world = here.discord.world
        ids, good = here_in(world), usual(world, here.discord.hub.links)
        here.discord.hub.report.live_mentions = 0
        verdicts: dict[str, Verdict] = {}
        with capture_logs() as entries, caplog.at_level(logging.WARNING):
            for number in range(1, messages + 1):
                one = made(chance, ids, good, number)
                verdicts[f"message:{one.payload['id']}"] = one.verdict
                # Half of a surrogate pair cannot go over a wire.
                content = one.payload["content"].encode("utf-8", "replace").decode()
                attacker.event("MESSAGE_CREATE", one.payload | {"content": content})
                if number % 25 == 0:
                    await attacker.settled()
            await attacker.settled()
            for (job,) in here.rows("SELECT id FROM jobs ORDER BY created_at"):
                over = f"SELECT * FROM holds WHERE job = '{job}'"
                await here.until(lambda over=over: here.rows(over) == [], job)
        drawn = {source for (source,) in here.rows("SELECT source FROM jobs")}
        assert drawn <= {s for s, v in verdicts.items() if v is not Verdict.NEVER}
        assert drawn >= {s for s, v in verdicts.items() if v is Verdict.MUST}
        assert [one for one in entries if one["log_level"] in ("error", "critical")] == []
        assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
        assert (await here.swarm_report())["requests_with_tag"] == 0
        here.balanced()
        report = await here.get("report")
        assert report["live_mentions"] == 0
        assert report["rate_limited"] == 0
