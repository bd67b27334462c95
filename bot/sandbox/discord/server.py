"""The server: one port for REST, gateway, CDN, the doors and the page."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from aiohttp import web

from bot.sandbox.discord.cdn import Cdn
from bot.sandbox.discord.doors import Doors
from bot.sandbox.discord.faults import Faults
from bot.sandbox.discord.files import Files
from bot.sandbox.discord.fresh import fresh_world
from bot.sandbox.discord.gateway import Gateway
from bot.sandbox.discord.hub import BotControl, Hub
from bot.sandbox.discord.limits import Limits
from bot.sandbox.discord.messageviews import Links
from bot.sandbox.discord.model import World
from bot.sandbox.discord.rest import Rest
from bot.sandbox.discord.session_starts import SessionStarts
from bot.sandbox.discord.sessions import Sessions
from bot.sandbox.discord.snowflakes import Snowflakes
from bot.sandbox.discord.store import Store
from bot.sandbox.discord.watchers import Watchers

PAGE = Path(__file__).parents[1] / "page"
BODY_MOST = 400 << 20


class SandboxDiscord:
    """A Discord on 127.0.0.1 that knows nothing of the bot.

    `data`: a folder in which the world survives restarts of the server. `bot_control` gets "kill",
    "term" or "start" and answers with the bot's pid. `now` gives seconds since 1970; tokens,
    limits, links and ids go by it; the wait for autocomplete and the delays of faults are real.
    """

    def __init__(
        self,
        data: Path | None = None,
        page_dir: Path = PAGE,
        bot_control: BotControl | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = Store(data)
        self._page = page_dir
        new_id = Snowflakes(now)
        world = self._store.load() or fresh_world(new_id)
        self._store.world = world
        known = (world.places, world.interactions, world.commands, world.channels, world.users)
        new_id.last = max(int(one) for ids in known for one in ids)
        faults = Faults()
        self.hub = Hub(
            world,
            Files(data / "files" if data else None),
            new_id,
            now,
            Limits(now),
            Links(world, now),
            Sessions(world, now, faults.for_event),
            Watchers(now),
            faults,
            SessionStarts(now),
            self._store.changed,
            bot_control,
        )
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. Raises OSError where the port is taken."""
        app = web.Application(client_max_size=BODY_MOST)
        cdn, rest = Cdn(self.hub), Rest(self.hub)
        app.add_routes(
            [
                web.route("*", r"/api/v10/{path:.*}", rest.handle),
                web.route("*", r"/api/{path:.*}", rest.elsewhere),
                web.get("/gateway", Gateway(self.hub).handle),
                web.get("/gateway/", Gateway(self.hub).handle),
                web.get("/attachments/{channel}/{file}/{name}", cdn.attachment),
                web.get(r"/external/{file}/{url:.*}", cdn.copy),
                web.get("/embed/avatars/{name}", cdn.avatar),
                web.get("/avatars/{user}/{name}", cdn.avatar),
                *Doors(self.hub).routes(),
                web.get("/{name:[^/]*}", self._static),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        bound = self._runner.addresses[0][1]
        self.hub.links.base = f"http://{host}:{bound}"

    async def stop(self) -> None:
        """Close every connection and write the world down."""
        for session in self.hub.sessions.connected:
            if session.line is not None:
                session.line.put({"close": 1001})
        self.hub.watchers.end()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._store.write()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def world(self) -> World:
        return self.hub.world

    @property
    def base(self) -> str:
        return self.hub.links.base

    @property
    def api_base(self) -> str:
        return f"{self.base}/api/v10"

    @property
    def gateway_url(self) -> str:
        return self.hub.gateway_url

    @property
    def cdn_url(self) -> str:
        return self.base

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def addresses(self) -> dict[str, str]:
        """As the launcher prints them."""
        return {
            "base": self.base,
            "api_base": self.api_base,
            "gateway_url": self.gateway_url,
            "cdn_url": self.cdn_url,
            "token": self.token,
        }

    async def _static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"] or "index.html"
        path = self._page / name
        if name.startswith(".") or not await asyncio.to_thread(path.is_file):
            return web.Response(status=404, text="There is nothing here.")
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})


async def serve(port: int = 0, json_line: bool = False, data: Path | None = None) -> None:
    """Run until SIGINT or SIGTERM; the addresses go to standard output, as JSON if asked."""
    discord = SandboxDiscord(data)
    await discord.start(port=port)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    plain = "\n".join(f"{name:12} {value}" for name, value in discord.addresses.items())
    sys.stdout.write((json.dumps(discord.addresses) if json_line else plain) + "\n")
    sys.stdout.flush()
    try:
        await ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        await discord.stop()
