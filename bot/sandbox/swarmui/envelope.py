"""From a request to a call: method, content type, length, JSON, session, route, permission.

The order of these checks is the real server's, and so are the words.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from bot.sandbox.swarmui.accounts import Session
from bot.sandbox.swarmui.errors import Envelope, InternalFault, Refused
from bot.sandbox.swarmui.params import as_text
from bot.sandbox.swarmui.routes import ROUTES, WS_ROUTES, Asked, Route, answer
from bot.sandbox.swarmui.script import has_tag
from bot.sandbox.swarmui.state import State

MOST_BYTES: Final = 200 * 1024 * 1024
INTERNAL: Final = {"error_id": "internal_error", "error": "An internal error occurred"}
COOKIE: Final = "swarm_token"
_COOKIE_S: Final = 365 * 24 * 3600


def peer_of(request: web.Request) -> str:
    return request.remote or ""


def headers_of(request: web.Request) -> dict[str, str]:
    return {key.lower(): value for key, value in request.headers.items()}


def dense(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def told(request: web.Request, body: Any, status: int = 200) -> web.Response:
    """Return a JSON answer, gzipped and chunked for clients that accept gzip."""
    response = web.Response(
        body=dense(body).encode(), status=status, headers={"Cache-Control": "no-store"}
    )
    response.content_type = "application/json"
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.enable_chunked_encoding()
        response.enable_compression(web.ContentCoding.gzip)
    return response


def parsed(text: str | bytes) -> dict[str, Any]:
    """Parse the JSON object in a body, or raise InternalFault for anything else."""
    try:
        root = json.loads(text)
    except ValueError as error:
        raise InternalFault("malformed JSON") from error
    if not isinstance(root, dict):
        raise InternalFault("not an object")
    return root


def session_of(state: State, root: dict[str, Any], headers: dict[str, str]) -> Session:
    if "session_id" in root:
        told_id = as_text(root["session_id"])
    elif "x-session-id" in headers:
        told_id = headers["x-session-id"]
    else:
        raise Envelope(400, "basic_api", "missing session id")
    session = state.accounts.sessions.get(told_id)
    if session is None:
        raise Envelope(
            401,
            "invalid_session_id",
            "Invalid session ID. You may need to refresh the page.",
        )
    return session


def allowed(session: Session, permission: str) -> None:
    if permission and not session.user.may(permission):
        raise Envelope(400, "bad_permissions", "You lack permissions for this route.")


def with_faults(state: State, name: str) -> None:
    """Apply a fault that strikes before a generation starts."""
    generating = name in ("generatetext2image", "generatetext2imagews")
    if generating and state.script.faults and state.script.faults[0] == "forget_session":
        state.script.next_fault()
        state.forget_sessions()


async def over_http(state: State, request: web.Request, name: str) -> web.Response:
    """Answer a POST to `/API/<name>`. Restarted passes through: there is nobody to answer."""
    asked: Asked | None = None
    try:
        asked, route = await _asked(state, request, name.lower())
        response = told(request, await answer(route, asked))
    except Envelope as wrong:
        return told(request, wrong.body, wrong.status)
    except Refused as refusal:
        return told(request, refusal.body)
    except InternalFault:
        return told(request, INTERNAL, HTTPStatus.BAD_REQUEST)
    for token in asked.cookies:
        age = _COOKIE_S if token else -1
        response.set_cookie(COOKIE, token, max_age=age, path="/", samesite="Lax", httponly=True)
    return response


async def _asked(state: State, request: web.Request, name: str) -> tuple[Asked, Route]:
    if not _is_json(request.headers.get("Content-Type", "")):
        raise Envelope(400, "basic_api", "Wrong content type")
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or not 0 < int(length) < MOST_BYTES:
        raise Envelope(400, "basic_api", "bad content length")
    root = parsed(await request.read())
    if has_tag(root):
        state.report.requests_with_tag += 1
    headers = headers_of(request)
    with_faults(state, name)
    route = ROUTES.get(name)
    session = None
    if route is None or not route.sessionless:
        session = session_of(state, root, headers)
    if route is None:
        if name in WS_ROUTES:
            raise Envelope(400, "bad_request_method", "API route needs websocket, request is HTTP")
        raise Envelope(400, "bad_route", "Unknown API route")
    if session is not None:
        allowed(session, route.permission)
    cookie, peer = request.cookies.get(COOKIE), peer_of(request)
    visitor = state.visitor(headers, cookie, peer)
    return Asked(state, session, root, visitor, headers, peer, cookie), route


def _is_json(kind: str) -> bool:
    media = kind.split(";")[0].strip().lower()
    return media == "application/json" or (
        media.startswith("application/") and media.endswith("+json")
    )
