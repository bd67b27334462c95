"""The gateway: hello, identify or resume, heartbeats, dispatches.

Frames are text, or zlib-stream where that was asked for.
"""

import asyncio
import json
import zlib
from collections import deque
from typing import Any, Final

from aiohttp import WSCloseCode, web

from bot.sandbox.discord import membership, views
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Json
from bot.sandbox.discord.sessions import PRIVILEGED, Session

HEARTBEAT_MS: Final = 41_250
# A real Discord is some way off. A library that notes when it sent a heartbeat only after sending
# it would take an answer within the same breath for one to the heartbeat before.
ACK_AFTER_S: Final = 0.03
SAID_MOST: Final = 120  # in a minute and connection
INTENTS_MOST: Final = (1 << 27) - 1


class Connection:
    """One WebSocket of the bot; payloads wait in a queue until its writer has sent them."""

    def __init__(
        self,
        hub: Hub,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        *,
        zlib_stream: bool,
    ) -> None:
        self._hub, self._socket, self._transport = hub, socket, transport
        self._queue: asyncio.Queue[Json] = asyncio.Queue()
        self._deflate = zlib.compressobj() if zlib_stream else None
        self.session: Session | None = None
        self._is_mute = False
        self._said: deque[float] = deque(maxlen=SAID_MOST)

    def put(self, payload: Json) -> None:
        self._queue.put_nowait(payload)

    def mute(self) -> None:
        """Send nothing more over this connection, as if the network had lost it."""
        self._is_mute = True

    def cut(self) -> None:
        """End the connection without a word, as a router that restarts does."""
        if self._transport is not None:
            self._transport.abort()

    async def run(self) -> bool:
        """Until one side closes; true if the bot left politely, which ends its session."""
        reader = asyncio.create_task(self.read(), name="gateway reader")
        writer = asyncio.create_task(self.write(), name="gateway writer")
        both = (reader, writer)
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        code = next((task.result() for task in done if task.result() is not None), None)
        if code is None:
            return self._socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
        await self._socket.close(code=code)
        return False

    async def write(self) -> int | None:
        """Send what is put; the code to close with where a fault wants that."""
        while True:
            payload = await self._queue.get()
            if "close" in payload:
                return int(payload["close"])
            if self._hub.faults.silent_gateway or self._is_mute:
                continue
            text = json.dumps({"op": payload["op"], "t": None, "s": None, "d": None} | payload)
            try:
                await self._send(text)
            except ConnectionError:
                return None

    async def _send(self, text: str) -> None:
        if self._deflate is None:
            await self._socket.send_str(text)
            return
        data = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        await self._socket.send_bytes(data)

    async def read(self) -> int | None:
        """Take what the bot sends until it leaves; the code to send it away with, if any."""
        async for frame in self._socket:
            now = self._hub.now()
            if len(self._said) == SAID_MOST and now - self._said[0] < 60:
                return 4008
            self._said.append(now)
            try:
                payload = json.loads(frame.data)
                op = payload["op"]
            except (ValueError, KeyError, TypeError):
                return 4002
            code = self._take(op, payload.get("d"))
            if code is not None:
                return code
        return None

    def _take(self, op: Any, data: Any) -> int | None:
        """Return the code to close with, or None to go on."""
        if op == 1:
            asyncio.get_running_loop().call_later(ACK_AFTER_S, self.put, {"op": 11})
            return None
        if op == 2:
            return self._identify(data)
        if op == 6:
            return self._resume(data)
        if self.session is None:
            return 4003
        if op == 8:
            self._members(data)
        elif op == 3 and isinstance(data, dict):
            self.session.presence = data
        return None if op in (3, 4, 8, 31) else 4001

    def _identify(self, data: Any) -> int | None:
        hub = self._hub
        if self.session is not None:
            return 4005
        if not isinstance(data, dict) or _bare(data.get("token")) != hub.world.token:
            return 4004
        hub.report.gateway["identify"] += 1
        if not hub.starts.take():
            hub.report.broke("IDENTIFY", "", "No session start is left: Discord resets the token.")
            return 4004
        intents = data.get("intents")
        if not isinstance(intents, int) or not 0 <= intents <= INTENTS_MOST:
            return 4013
        allowed = set(hub.world.granted) - hub.faults.refused_intents
        granted = sum(PRIVILEGED[name] for name in allowed)
        if intents & sum(PRIVILEGED.values()) & ~granted:
            return 4014
        index, count = data.get("shard") or (0, 1)
        if not 0 <= index < count:
            return 4010
        if hub.starts.is_too_soon(index):
            hub.report.broke("IDENTIFY", "shard", "Too many shards identify within 5 seconds.")
            self.put({"op": 9, "d": False})
            return None
        self.session = hub.sessions.begin(intents, (index, count))
        self.session.line = self
        self.session.presence = data.get("presence") or {}
        mine = [
            guild
            for guild in hub.world.guilds.values()
            if (int(guild.id) >> 22) % count == index and membership.has_bot(hub.world, guild.id)
        ]
        self.session.dispatch(
            "READY",
            {
                "v": 10,
                "user": views.own_user(hub.world.users[hub.world.bot_id]),
                "guilds": [{"id": guild.id, "unavailable": True} for guild in mine],
                "session_id": self.session.id,
                "session_type": "normal",
                "resume_gateway_url": hub.gateway_url,
                "shard": [index, count],
                "application": {
                    "id": hub.world.application_id,
                    "flags": views.application(hub.world)["flags"],
                },
                "private_channels": [],
                "user_settings": {},
                "relationships": [],
                "presences": [],
                "geo_ordered_rtc_regions": [],
            },
        )
        for guild in mine:
            if guild.id in hub.faults.unavailable_guilds:
                self.session.dispatch("GUILD_DELETE", {"id": guild.id, "unavailable": True})
            else:
                self.session.dispatch("GUILD_CREATE", views.guild_create(hub.world, guild))
        self._restless()
        return None

    def _resume(self, data: Any) -> int | None:
        hub = self._hub
        if not isinstance(data, dict) or _bare(data.get("token")) != hub.world.token:
            return 4004
        session = hub.sessions.find(str(data.get("session_id")))
        seq = data.get("seq")
        missed = session.missed(seq) if session and isinstance(seq, int) else None
        if session is None or missed is None:
            self.put({"op": 9, "d": False})
            return None
        hub.report.gateway["resume"] += 1
        self.session, session.line = session, self
        for payload in missed:
            self.put(payload)
        session.dispatch("RESUMED", {"_trace": []})
        self._restless()
        return None

    def _members(self, data: Any) -> None:
        """REQUEST_GUILD_MEMBERS: those asked for by id, or by the beginning of the name."""
        world = self._hub.world
        if self.session is None or not isinstance(data, dict):
            return
        guild_id = str(data.get("guild_id"))
        raw = data.get("user_ids")
        ids = {str(each) for each in (raw if isinstance(raw, list) else [raw])} if raw else None
        prefix = str(data.get("query") or "")
        found = [
            views.member(world, member)
            for (guild, user_id), member in world.members.items()
            if guild == guild_id
            and (user_id in ids if ids else world.users[user_id].username.startswith(prefix))
        ]
        chunk: Json = {
            "guild_id": guild_id,
            "members": found,
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        self.session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    def _restless(self) -> None:
        for fault in self._hub.faults.for_gateway():
            if self.session is not None:
                act_out(self._hub, self.session, fault)


def act_out(hub: Hub, session: Session, fault: Json) -> None:
    """Do to one session what a gateway fault asks for, behind what is already queued."""
    if session.line is None:
        return
    if fault.get("reconnect"):
        session.line.put({"op": 7})
    elif fault.get("invalid_session"):
        session.line.put({"op": 9, "d": False})
        hub.sessions.end(session)
    elif fault.get("cut"):
        session.line.cut()
    elif fault.get("mute"):
        session.line.mute()
    elif "close" in fault:
        session.line.put({"close": int(fault["close"])})


def strike_gateway(hub: Hub) -> None:
    """Act out fresh gateway faults on the connections that are open now; else they wait for one."""
    connected = hub.sessions.connected
    if not connected:
        return
    for fault in hub.faults.for_gateway():
        for session in connected:
            act_out(hub, session, fault)


class Gateway:
    """Serves the bot's WebSockets."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def handle(self, request: web.Request) -> web.StreamResponse:
        trouble = self._hub.faults.for_connection()
        if trouble == "refuse":
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=1 << 20, timeout=1.0)
        await socket.prepare(request)
        zlib_stream = request.query.get("compress") == "zlib-stream"
        transport = request.transport
        connection = Connection(self._hub, socket, transport, zlib_stream=zlib_stream)
        self._hub.report.gateway["connections"] += 1
        if trouble != "no_hello":
            hello = {"heartbeat_interval": HEARTBEAT_MS, "_trace": []}
            connection.put({"op": 10, "d": hello})
        polite = False
        try:
            polite = await connection.run()
        finally:
            if connection.session is not None:
                self._hub.sessions.leave(connection.session, connection, for_good=polite)
        return socket


def _bare(token: Any) -> str:
    return str(token).removeprefix("Bot ")
