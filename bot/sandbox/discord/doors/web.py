"""The doors over HTTP. 400 is a malformed form, 404 a thing that is not there, 409 a refusal."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.discord import answers, membership, posts
from bot.sandbox.discord.doors import fields
from bot.sandbox.discord.doors.acts import act
from bot.sandbox.discord.errors import ApiError, Malformed, Refusal
from bot.sandbox.discord.gateway import strike_gateway
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Json
from bot.sandbox.discord.permissions import VIEW, permissions_in
from bot.sandbox.discord.rest.door import as_json

SHOWN_MOST = 1000


class Doors:
    """`routes()` is what the server hangs in."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sandbox/world", _door(self.world)),
            web.post("/sandbox/act", _door(self.act)),
            web.get("/sandbox/interactions/{id}", _door(self.interaction)),
            web.get("/sandbox/pending", _door(self.pending)),
            web.get("/sandbox/channels/{channel}/messages", _door(self.messages)),
            web.get("/sandbox/report", _door(self.report)),
            web.get("/sandbox/faults", _door(self.show_faults)),
            web.post("/sandbox/faults", _door(self.set_faults)),
            web.post("/sandbox/bot", _door(self.bot)),
            web.get("/sandbox/events", self.events),
        ]

    async def world(self, _: web.Request) -> Any:
        world = self._hub.world
        return {
            "application_id": world.application_id,
            "bot_id": world.bot_id,
            "bot": self._bot(),
            "guilds": [self._guild(guild_id) for guild_id in world.guilds],
            "commands": list(world.commands.values()),
        }

    def _bot(self) -> Json:
        """Whether the bot is connected, and what it shows of itself."""
        world, connected = self._hub.world, self._hub.sessions.connected
        shown = connected[-1].presence if connected else {}
        return {
            "id": world.bot_id,
            "name": world.users[world.bot_id].username,
            "status": shown.get("status") or "online" if connected else "offline",
            "activities": shown.get("activities") or [game for game in [shown.get("game")] if game],
        }

    def _guild(self, guild_id: str) -> Json:
        world = self._hub.world
        return {
            "id": guild_id,
            "name": world.guilds[guild_id].name,
            "system_channel_id": world.guilds[guild_id].system_channel_id,
            "roles": [
                {
                    "id": r.id,
                    "name": r.name,
                    "color": r.color,
                    "position": r.position,
                    "permissions": str(r.permissions),
                }
                for r in world.roles.values()
                if r.guild_id == guild_id
            ],
            "channels": [
                {
                    "id": c.id,
                    "name": c.name,
                    "type": c.type,
                    "nsfw": c.nsfw,
                    "parent_id": c.parent_id,
                }
                for c in world.channels.values()
                if c.guild_id == guild_id
            ],
            "people": [
                {
                    "id": user.id,
                    "name": user.username,
                    "display": user.global_name,
                    "roles": list(world.members[guild_id, user.id].roles),
                    "dm": channel.id,
                }
                for channel in world.channels.values()
                if (user := world.users.get(channel.recipient_id or "")) is not None
                and (guild_id, user.id) in world.members
            ],
        }

    async def act(self, request: web.Request) -> Any:
        return await act(self._hub, await _form(request))

    async def interaction(self, request: web.Request) -> Any:
        found = self._hub.world.interactions.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        return answers.seen(self._hub, found)

    async def pending(self, request: web.Request) -> Any:
        user = fields.person(self._hub, request.query.get("as"))
        everything = self._hub.world.interactions.values()
        return [i.modal for i in everything if i.modal_open and i.user_id == user.id]

    async def messages(self, request: web.Request) -> Any:
        hub, user = self._hub, fields.person(self._hub, request.query.get("as"))
        found = fields.find_channel(hub, request.match_info["channel"])
        if found is None:
            raise web.HTTPNotFound
        if not permissions_in(hub.world, user.id, found) & VIEW:
            raise Refusal(f"{user.username} does not see this channel")
        limit = request.query.get("limit", "50")
        if not limit.isdigit() or not 1 <= int(limit) <= SHOWN_MOST:
            raise Malformed(f"`limit` must be between 1 and {SHOWN_MOST}")
        here = hub.world.messages.get(found.id, {}).values()
        seen = [m for m in here if posts.may_see(hub, m, user.id)][-int(limit) :]
        return [posts.for_person(hub, m, user.id) for m in seen]

    async def report(self, _: web.Request) -> Any:
        return self._hub.report.as_json()

    async def show_faults(self, _: web.Request) -> Any:
        return {
            "faults": [
                {"on": f.on, "do": f.do, "times": f.times, "seen": f.seen, "done": f.done}
                for f in self._hub.faults.all
            ]
        }

    async def set_faults(self, request: web.Request) -> Any:
        form = await _form(request)
        if not isinstance(form, dict) or "set" not in form:
            raise Malformed("the body must be an object with `set`")
        if self._hub.bot_control is None and "kill_bot" in json.dumps(form):
            raise Refusal("there is no bot of ours to kill")
        faults = self._hub.faults
        before = faults.unavailable_guilds
        faults.set(form["set"])
        membership.tell_outages(self._hub, before, faults.unavailable_guilds)
        strike_gateway(self._hub)
        return {}

    async def bot(self, request: web.Request) -> Any:
        form = await _form(request)
        what = form.get("do") if isinstance(form, dict) else None
        if what not in ("kill", "term", "start"):
            raise Malformed("`do` must be kill, term or start")
        if self._hub.bot_control is None:
            raise Refusal("this server runs without a bot of its own")
        return {"pid": await self._hub.bot_control(what)}

    async def events(self, request: web.Request) -> web.StreamResponse:
        try:
            user = fields.person(self._hub, request.query.get("as"))
        except Malformed as error:
            return as_json(400, {"error": str(error)}, {})
        socket = web.WebSocketResponse(heartbeat=30, timeout=1.0)
        await socket.prepare(request)
        queue = self._hub.watchers.open(user.id)
        writer = asyncio.create_task(_forward(queue, socket), name="events writer")
        try:
            async for frame in socket:
                if frame.type is WSMsgType.ERROR:
                    break
        finally:
            writer.cancel()
            self._hub.watchers.close(user.id, queue)
        return socket


async def _forward(queue: "asyncio.Queue[str]", socket: web.WebSocketResponse) -> None:
    while True:
        line = await queue.get()
        try:
            if not line:
                await socket.close(code=WSCloseCode.GOING_AWAY)
                return
            await socket.send_str(line)
        except ConnectionError:
            return


async def _form(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except ValueError as error:
        raise Malformed("the body is not JSON") from error


def _door(
    inside: Callable[[web.Request], Awaitable[Any]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def door(request: web.Request) -> web.StreamResponse:
        try:
            return as_json(200, await inside(request), {})
        except Malformed as error:
            return as_json(400, {"error": str(error)}, {})
        except (Refusal, ApiError) as error:
            return as_json(409, {"error": str(error)}, {})
        except web.HTTPNotFound:
            return as_json(404, {"error": "there is no such thing"}, {})

    return door
