"""Everything that is fetched with GET: pictures, previews of models, the few pages."""

from __future__ import annotations

import asyncio
import base64
import re
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from bot.sandbox.swarmui import envelope, files, models, pictures
from bot.sandbox.swarmui.accounts import User
from bot.sandbox.swarmui.state import State

DRIP_BYTES: Final = 4096
DRIP_EVERY_S: Final = 0.05
_PREFIXES: Final = ("view", "output", "viewspecial", "audio")
_PAGE: Final = "<!DOCTYPE html><html><head><title>SwarmUI</title></head><body>{}</body></html>"
_INTERNAL: Final = (
    "Internal server error. The server's console log says more about it. If this happens again,"
    " report it with that log."
)
_PAGES: Final = {
    "/text2image": "SwarmUI stand-in.",
    "/login": "Log in.",
    "/error/nogetapi": "Cannot 'GET' the API. Use POST.",
    "/error/404": "404, page not found.",
}


def page(words: str) -> web.Response:
    return web.Response(text=_PAGE.format(words), content_type="text/html")


def redirect(to: str) -> web.Response:
    return web.Response(status=HTTPStatus.FOUND, headers={"Location": to})


async def view(state: State, request: web.Request, path: str) -> web.StreamResponse:
    """Answer whatever is not the API; `path` is still percent-encoded, without dot segments."""
    head = path.split("/")[1] if path.count("/") > 1 else ""
    if head.lower() not in _PREFIXES:
        if path == "/":
            return redirect("/Text2Image")
        if path == f"/{models.PLACEHOLDER}":
            data = await asyncio.to_thread(pictures.placeholder)
            return _bytes(request, data, "image/jpeg", "")
        words = _PAGES.get(path.lower())
        return page(words) if words is not None else redirect("/Error/404")
    if request.method != "GET":
        return web.Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET"})
    headers = envelope.headers_of(request)
    cookie = request.cookies.get(envelope.COOKIE)
    user = state.visitor(headers, cookie, envelope.peer_of(request))
    if user is None:
        return _wrong(request, 400, "invalid or unauthorized", "invalid_user")
    rest = unquote(path[len(head) + 2 :])
    if head == "ViewSpecial":
        return await _special(state, request, user, rest)
    if head not in ("View", "Output"):
        return _wrong(request, 400, _UNACCEPTABLE, "bad_path")
    return await _picture(state, request, user, rest, owned=head == "View")


_UNACCEPTABLE: Final = "Unacceptable path. If you are the server owner, check program console log."
_UNREADABLE: Final = "Error reading file. If you are the server owner, check program console log."


def _wrong(request: web.Request, status: int, error: str, error_id: str) -> web.Response:
    return envelope.told(request, {"error": error, "error_id": error_id}, status)


def _missing(request: web.Request) -> web.Response:
    return _wrong(request, 404, "404, file not found.", "file_not_found")


async def _special(state: State, request: web.Request, user: User, rest: str) -> web.StreamResponse:
    subtype, _, name = rest.partition("/")
    if subtype == "Preset":
        preset = user.preset(name)
        picture = "" if preset is None else str(preset["preview_image"])
        if not picture.startswith("data:"):
            return _missing(request)
        body = base64.b64decode(picture.partition(",")[2])
        return _bytes(request, body, "image/jpeg", "private, max-age=2")
    if subtype == "Wildcards":
        card = state.wildcards.named(name)
        if card is not None and card.picture is None:
            # The real server reads the picture that is not there.
            return web.Response(
                status=HTTPStatus.INTERNAL_SERVER_ERROR,
                text=_PAGE.format(_INTERNAL),
                content_type="text/html",
                headers={"Cache-Control": "no-cache,no-store"},
            )
        if card is not None and card.picture is not None:
            return _bytes(request, card.picture, "image/jpeg", "private, max-age=2")
        return _missing(request)
    found = state.models.find(subtype, name)
    data = None if found is None else await asyncio.to_thread(found.preview)
    if data is None:
        return _missing(request)
    return _bytes(request, data, "image/jpeg", "private, max-age=2")


async def _picture(
    state: State, request: web.Request, user: User, rest: str, *, owned: bool
) -> web.StreamResponse:
    path, root = files.asked(rest), state.files.folder_of(user.name)
    if owned and state.script.append_user_name:
        root = state.files.root
        if path.partition("/")[0] != user.name and not user.may("view_others_outputs"):
            words = "unauthorized - you may not view other users' outputs"
            return _wrong(request, 400, words, "unauthorized")
    try:
        data = await asyncio.to_thread(state.files.read, root / path)
    except IsADirectoryError:
        return _wrong(request, 500, _UNREADABLE, "file_error")
    except OSError:
        return _missing(request)
    if request.query.get("preview") == "true":
        small = await asyncio.to_thread(pictures.thumbnail, data)
        if small is not None:
            return _bytes(request, small, "image/jpg", "private, max-age=30")
    extension = path.rsplit(".", 1)[-1].lower()
    kind = files.CONTENT_TYPES.get(extension, "application/octet-stream")
    if root / path in state.keeper.dripping:
        return await _drip(request, data, kind)
    return _bytes(request, data, kind, "private, max-age=30")


def _bytes(request: web.Request, data: bytes, kind: str, cache: str) -> web.Response:
    headers = {"Content-Type": kind, "Accept-Ranges": "bytes"}
    if cache:
        headers["Cache-Control"] = cache
    span = _span(request.headers.get("Range", ""), len(data))
    if span is None:
        return web.Response(body=data, headers=headers)
    first, last = span
    if first > last:
        return web.Response(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={"Content-Range": f"bytes */{len(data)}"},
        )
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return web.Response(
        body=data[first : last + 1], status=HTTPStatus.PARTIAL_CONTENT, headers=headers
    )


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; first after last if there is no such part."""
    shape = re.fullmatch(r"\s*bytes\s*=\s*(\d*)-(\d*)\s*", asked)
    if shape is None or not (shape[1] or shape[2]):
        return None
    if not shape[1]:
        return max(0, size - int(shape[2])), size - 1 if int(shape[2]) else -1
    first = int(shape[1])
    last = min(int(shape[2]), size - 1) if shape[2] else size - 1
    if shape[2] and int(shape[2]) < first:
        return None
    return (first, last) if first < size else (1, 0)


async def _drip(request: web.Request, data: bytes, kind: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": kind, "Content-Length": str(len(data))})
    await response.prepare(request)
    for at in range(0, len(data), DRIP_BYTES):
        await response.write(data[at : at + DRIP_BYTES])
        await asyncio.sleep(DRIP_EVERY_S)
    await response.write_eof()
    return response


def normal(raw: str) -> str:
    """Normalise a request's path without query and dot segments, still encoded."""
    path = raw.partition("?")[0]
    kept: list[str] = []
    for part in path.split("/")[1:]:
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            kept.append(part)
    return "/" + "/".join(kept)
