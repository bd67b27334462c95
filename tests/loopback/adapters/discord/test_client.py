"""Being there for Discord: slow answers, broken payloads, lost and refused connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord.client import SwarmBot
from bot.adapters.discord.client_restarts import run_client
from bot.adapters.discord.discord_internals import set_discord_urls
from bot.core.limits.quota import LimitScope
from bot.sandbox.discord.server import SandboxDiscord
from bot.sandbox.swarmui.server import SwarmStandIn
from bot.sandbox.swarmui.setup import Setup
from tests.support.books import MODERATOR, NOON
from tests.support.program import REF, Program, open_program
from tests.support.town import Json, Town

CALLBACK = "/interactions/{id}/{token}/callback"


@dataclass
class Here:
    """A sandbox Discord, its people, and our client kept connected to it."""

    town: Town
    program: Program
    studio: SwarmBot
    pauses: list[float] = field(default_factory=list)
    keeper: asyncio.Task[None] | None = None

    async def sleep(self, seconds: float) -> None:
        """The supervisor's pauses cost no time here."""
        self.pauses.append(seconds)

    async def connected(self) -> None:
        """Start the client and wait until it is ready."""
        await self.opened()
        await self.studio.wait_for("ready", timeout=60)

    async def opened(self) -> None:
        """Start the client."""
        await self.studio._async_setup_hook()
        keeping = run_client(self.studio, self.town.discord.token, sleep=self.sleep)
        self.keeper = asyncio.create_task(keeping, name="keeper")

    def gateway(self, payload: Json) -> None:
        """Let Discord send that to the bot."""
        (session,) = self.town.discord.hub.sessions.connected
        assert session.line is not None
        session.line.put(payload)

    async def asks(self, who: str = "mia") -> str:
        """/imagine; returns the interaction at once."""
        options = {"prompt": "a red fox"}
        asked = await self.town.act(
            who, "command", channel="imagine", name="imagine", options=options
        )
        return str(asked["interaction"])

    async def fault(self, fault: Json) -> None:
        """Let that go wrong once."""
        body = {"set": [{**fault, "times": 1}]}
        async with self.town.http.post(
            f"{self.town.discord.base}/sandbox/faults", json=body
        ) as answer:
            assert answer.status == 200, await answer.text()

    async def posted(self, number: int, channel: str = "imagine") -> list[Json]:
        """Wait until the flow knows as many cards in a channel; they are all that the bot said."""
        spot = int(self.town.channel(channel))

        async def known() -> bool:
            rows = await self.program.desk.rows("posts")
            return sum(row["channel"] == spot and bool(row["message"]) for row in rows) == number

        await self.town.until(known, "the flow knows of the card")
        seen = await self.town.messages(channel)
        mine = [message for message in seen if message["author"].get("bot")]
        assert len(mine) == number
        return mine

    async def state(self, interaction: str, wanted: str) -> Json:
        """Wait until an interaction is in that state."""
        seen: Json = {}

        async def is_so() -> bool:
            nonlocal seen
            seen = await self.town.get(f"interactions/{interaction}")
            return bool(seen["state"] == wanted)

        await self.town.until(is_so, lambda: f"{wanted}, not {seen}")
        return seen


@asynccontextmanager
async def here(folder: Path, patience_s: float = 1.5) -> AsyncIterator[Here]:
    """A client that can be started. It defers an answer after `patience_s` seconds."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE
    async with (
        SandboxDiscord() as sandbox,
        open_program(
            folder, patience_s=patience_s, reads_content=None, shard_count=None
        ) as program,
    ):
        set_discord_urls(sandbox.api_base, sandbox.gateway_url, sandbox.cdn_url)
        town = Town(folder, sandbox, SwarmStandIn(Setup()))
        await town.open()
        program.listen_in(int(town.channel("imagine")))
        made = Here(town, program, await program.start())
        try:
            yield made
        finally:
            if made.keeper is not None:
                made.keeper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await made.keeper
            await town.close()
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE = before


async def test_a_slow_refusal_replaces_the_deferred_answer_privately(tmp_path: Path) -> None:
    async with here(tmp_path, 0.0) as made:
        await made.connected()
        decided = asyncio.Event()
        guild = int(made.town.world["guilds"][0]["id"])
        await made.program.desk.books.limits.set_limit(
            replace(MODERATOR, guild=guild), LimitScope.GUILD, guild, {"day": 0}, NOON
        )
        made.program.disk.wait = decided.wait
        interaction = await made.asks()
        await made.state(interaction, "deferred")
        assert len(await made.town.messages(who="theo")) == 1

        decided.set()
        await made.state(interaction, "answered")

        async def told() -> bool:
            return len(await made.town.messages(who="mia")) == 1

        await made.town.until(told, "mia is told")
        (private,) = await made.town.messages(who="mia")
        assert private["flags"] & 64
        assert private["content"].startswith("Only selected members can draw here.")
        assert await made.town.messages(who="theo") == []
        await made.town.clean()


async def test_a_slow_bug_leaves_nothing_behind_but_a_private_reference(tmp_path: Path) -> None:
    async with here(tmp_path, 0.0) as made:
        await made.connected()
        decided = asyncio.Event()
        made.program.disk.error = RuntimeError("secret path /home/host")
        made.program.disk.wait = decided.wait
        interaction = await made.asks()
        await made.state(interaction, "deferred")
        decided.set()

        async def told() -> bool:
            seen = await made.town.messages(who="mia")
            return [REF in message["content"] for message in seen] == [True]

        await made.town.until(told, "mia is told")
        assert await made.town.messages(who="theo") == []
        assert "secret" not in (await made.town.messages(who="mia"))[0]["content"]
        await made.town.clean()


async def test_an_answer_that_was_taken_though_the_line_broke_is_not_given_twice(
    tmp_path: Path,
) -> None:
    async with here(tmp_path) as made:
        await made.connected()
        await made.fault({"on": {"method": "POST", "route": CALLBACK}, "do": {"drop": "after"}})
        await made.asks()

        (message,) = await made.posted(1)
        assert message["content"] == "Got it, starting now."
        (row,) = await made.program.desk.rows("posts")
        assert row["token"]


async def test_a_card_that_did_not_arrive_is_sent_once_more(tmp_path: Path) -> None:
    async with here(tmp_path) as made:
        await made.connected()
        await made.fault({"on": {"method": "POST", "route": CALLBACK}, "do": {"drop": "before"}})
        await made.asks()

        (message,) = await made.posted(1)
        assert message["content"] == "Got it, starting now."
        assert message["interaction_metadata"]["user"]["id"] == made.town.person("mia")
        (row,) = await made.program.desk.rows("posts")
        assert row["token"]


async def test_where_somebody_asks_is_known(tmp_path: Path) -> None:
    async with here(tmp_path) as made:
        await made.connected()
        for channel in ("imagine", "after-dark", "fox thread"):
            await made.town.command("theo", "imagine", channel, prompt="a red fox")
        for channel in ("imagine", "fox thread"):
            made.program.now += 60
            sent = f"draw me a fox in {channel}"
            await made.town.act("mia", "message", channel=channel, content=sent)
            await made.posted(2, channel)

        asked = await made.program.jobs()
        channels = ("imagine", "after-dark", "fox thread", "imagine", "fox thread")
        assert [job.channel for job in asked] == [int(made.town.channel(one)) for one in channels]
        assert [job.order.age_restricted for job in asked] == [False, True, False, False, False]
        assert asked[0].roles == (int(made.town.role("Artists")),)
        assert asked[3].roles == ()
        await made.town.clean()


async def test_where_we_may_not_speak_nothing_is_tried(tmp_path: Path) -> None:
    async with here(tmp_path) as made:
        await made.connected()
        me = made.town.world["bot_id"]
        refused = await made.town.command("mia", "imagine", "locked", prompt="a red fox")
        (private,) = await made.town.messages("locked", "mia")
        assert private["id"] == refused["messages"][0]
        assert "Send Messages" in private["content"]

        for text in (f"<@{me}> a red fox", f"<@{me}> a blue fox"):
            await made.town.act("mona", "message", channel="locked", content=text)
        await made.town.act("theo", "message", channel="imagine", content=f"<@{me}> a fox")
        await made.posted(1)
        assert len(await made.town.messages("locked", "mona")) == 2
        await made.town.clean()


async def test_a_frame_that_cannot_be_read_costs_no_more_than_a_resume(tmp_path: Path) -> None:
    async with here(tmp_path) as made:
        await made.connected()
        again = made.studio.wait_for("shard_resumed", timeout=60)
        made.gateway({"op": 10, "d": {"heartbeat_interval": "often"}})
        await again

        assert made.pauses == []
        state = await made.town.answered(await made.asks())
        assert state["state"] == "answered"
        assert len(await made.program.jobs()) == 1
        assert made.program.starts == 1
        (message,) = await made.town.messages()
        pressed = await made.town.press("mia", message, "cancel")
        assert pressed["state"] == "answered"
        (job,) = await made.program.jobs()
        assert job.state.value == "cancelled"
        await made.town.clean()


async def test_a_dropped_connection_is_resumed_by_the_library(tmp_path: Path) -> None:
    async with here(tmp_path) as made:
        await made.connected()
        resumed = made.studio.wait_for("shard_resumed", timeout=60)
        made.gateway({"close": 4000})
        await resumed

        assert made.pauses == []


async def test_a_server_is_gone_only_where_discord_would_have_told_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its data is deleted after some time, so every doubt counts for it."""
    async with here(tmp_path) as made:
        client, unknown = made.studio, 1
        assert not client.is_guild_gone(unknown), "nothing is known yet"
        await made.connected()
        (guild,) = client.guilds
        assert client.is_guild_gone(unknown)
        assert not client.is_guild_gone(guild.id)
        out = client.wait_for("guild_unavailable", timeout=60)
        event = {"id": str(guild.id), "unavailable": True}
        made.gateway({"op": 0, "s": 1000, "t": "GUILD_DELETE", "d": event})
        await out
        assert not client.is_guild_gone(guild.id), "it is down"
        with monkeypatch.context() as patch:
            patch.setattr(client, "shard_ids", [])
            assert not client.is_guild_gone(unknown), "another process knows"
        with monkeypatch.context() as patch:
            patch.setattr(client._gateway_shards[0], "ws", None)
            assert not client.is_guild_gone(unknown), "an invitation may not have come through"


async def test_a_refused_token_ends_it(tmp_path: Path) -> None:
    async with here(tmp_path) as made:
        with pytest.raises(discord.LoginFailure):
            await run_client(made.studio, "MTE.wrong.token", sleep=made.sleep)
        assert made.pauses == []


async def test_a_hopeless_close_ends_it(tmp_path: Path) -> None:
    async with here(tmp_path) as made:
        await made.connected()
        assert made.keeper is not None
        made.gateway({"close": 4011})
        with pytest.raises(discord.ConnectionClosed):
            await made.keeper
        made.keeper = None
        assert made.pauses == []


async def test_the_content_of_messages_is_asked_for_only_if_granted(tmp_path: Path) -> None:
    async with here(tmp_path) as made:
        made.town.discord.world.granted = ()
        await made.connected()

        assert not made.studio.reads_messages
        assert not made.studio.intents.message_content


async def test_granted_content_is_asked_for(tmp_path: Path) -> None:
    async with here(tmp_path) as made:
        await made.connected()

        assert made.studio.reads_messages
        (session,) = made.town.discord.hub.sessions.connected
        guilds, moderation, messages, direct_messages, content = 0, 2, 9, 12, 15
        bits = (guilds, moderation, messages, direct_messages, content)
        assert session.intents == sum(1 << bit for bit in bits)
