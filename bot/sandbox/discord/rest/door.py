"""Every request of the bot goes through here: route, faults, token, limits, handler, answer."""

import asyncio
import json
import re
from typing import Any

from aiohttp import web

from bot.sandbox.discord.errors import ApiError, RateLimited, no
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.limits import EVERYWHERE
from bot.sandbox.discord.model import Json
from bot.sandbox.discord.rest import application, channels, guilds, interactions, messages, webhooks
from bot.sandbox.discord.rest.bodies import read_body
from bot.sandbox.discord.rest.call import Call, Route

ROUTES: tuple[Route, ...] = (
    *application.ROUTES,
    *channels.ROUTES,
    *messages.ROUTES,
    *guilds.ROUTES,
    *interactions.ROUTES,
    *webhooks.ROUTES,
)


def _compiled(route: Route) -> re.Pattern[str]:
    """Channels, guilds and messages go by numbers; tokens, emoji and `@original` by anything."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.template)
    return re.compile(pattern)


class Rest:
    """Answers with exactly `application/json`; a charset makes discord.py hand back text."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        # The most literal template wins: `/messages/@original` before `/messages/{message_id}`.
        ranked = sorted(ROUTES, key=lambda route: route.template.count("{"))
        self._routes = [(_compiled(route), route) for route in ranked]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        hub, path = self._hub, "/" + request.match_info["path"].strip("/")
        hub.report.requests += 1
        route, params, known = self._find(request.method, path)
        template = route.template if route else path
        fault = hub.faults.for_request(request.method, template, path)
        if fault and (early := await self._before(request, fault)):
            self._note_edit(request.method, params, early.status)
            return early
        status, body, headers = await self._answer(request, route, params, known)
        self._note_edit(request.method, params, status)
        if fault and fault.get("drop") == "after":
            return drop(request)
        if fault and fault.get("kill_bot") == "after" and hub.bot_control:
            await hub.bot_control("kill")
        hub.report.responses[status] += 1
        return as_json(status, body, headers)

    def _note_edit(self, method: str, params: dict[str, str], status: int) -> None:
        if method == "PATCH" and 400 <= status <= 404 and {"message_id", "token"} & set(params):
            self._hub.report.refused_edits[params.get("message_id", "@original")] += 1

    async def elsewhere(self, request: web.Request) -> web.StreamResponse:
        """Other versions of the API are not here."""
        self._hub.report.requests += 1
        status, body, headers = self._unknown(request, known=False)
        self._hub.report.responses[status] += 1
        return as_json(status, body, headers)

    def _find(self, method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
        known = False
        for pattern, route in self._routes:
            if match := pattern.fullmatch(path):
                known = True
                if route.method == method:
                    return route, match.groupdict(), True
        return None, {}, known

    async def _before(self, request: web.Request, fault: Json) -> web.StreamResponse | None:
        """Apply a fault instead of the answer. None lets the request go on."""
        hub = self._hub
        if fault.get("kill_bot") == "before" and hub.bot_control:
            await hub.bot_control("kill")
            return drop(request)
        if fault.get("drop") == "before":
            return drop(request)
        if wait := fault.get("delay_ms"):
            await asyncio.sleep(float(wait) / 1000)
        if status := fault.get("status"):
            await request.read()
            hub.report.responses[int(status)] += 1
            return as_json(int(status), *fault_answer(int(status), fault))
        return None

    async def _answer(
        self, request: web.Request, route: Route | None, params: dict[str, str], known: bool
    ) -> tuple[int, Any, Json]:
        hub = self._hub
        headers: Json = {}
        name = f"{request.method} {route.template if route else request.path}"
        try:
            if route is None:
                return self._unknown(request, known)
            self._authorised(request, route)
            if not route.token:
                hub.limits.take(EVERYWHERE, "")
            raw, uploads = await read_body(request)
            if route.limit is not None:
                headers = hub.limits.headers(route.limit, params[route.by])
                headers = hub.limits.take(route.limit, params[route.by])
            call = Call(hub, params, dict(request.query), raw, uploads)
            body = route.handler(call)
        except RateLimited as error:
            scope = "global" if error.everywhere else "user"
            headers |= {
                "Via": "1.1 sandbox",
                "Retry-After": str(max(1, round(error.wait))),
                "X-RateLimit-Scope": scope,
            } | ({"X-RateLimit-Global": "true"} if error.everywhere else {})
            return 429, error.body, headers
        except ApiError as error:
            for field, why in error.broken:
                hub.report.broke(name, field, why)
            return error.status, error.body, headers
        return (204 if body is None else route.status), body, headers

    def _unknown(self, request: web.Request, known: bool) -> tuple[int, Any, Json]:
        line = f"{request.method} {request.path}"
        self._hub.report.unknown_routes.append(line)
        if known:
            return 405, {"message": "405: Method Not Allowed", "code": 0}, {}
        return 404, {"message": "404: Not Found", "code": 0}, {}

    def _authorised(self, request: web.Request, route: Route) -> None:
        if (
            not route.token
            and request.headers.get("Authorization") != f"Bot {self._hub.world.token}"
        ):
            raise no(0)


def drop(request: web.Request) -> web.StreamResponse:
    """Cut the connection; aiohttp finds out when it tries to send what is returned here."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def as_json(status: int, body: Any, headers: Json) -> web.Response:
    if body is None:
        return web.Response(status=status, headers=headers)
    data = json.dumps(body).encode()
    return web.Response(
        status=status, body=data, headers=headers | {"Content-Type": "application/json"}
    )


def fault_answer(status: int, fault: Json) -> tuple[Any, Json]:
    """Body and headers of a fault, with what makes a 429 one of Discord's and not of its proxy."""
    body, headers = fault.get("body"), {k: str(v) for k, v in (fault.get("headers") or {}).items()}
    if status == 429:
        headers = {"Via": "1.1 sandbox"} | headers
        body = {"message": "You are being rate limited.", "retry_after": 0.1, "global": False} | (
            body if isinstance(body, dict) else {}
        )
    if body is None:
        body = {"message": f"{status}: fault", "code": 0}
    return body, headers
