"""Reads a request's body: JSON, or multipart with `payload_json` and `files[n]`."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import web

from bot.sandbox.discord.errors import no
from bot.sandbox.discord.files import Upload

REQUEST_MOST: Final = 25 << 20
NAME: Final = re.compile(r'\bname="([^"]*)"')
FILE_NAME: Final = re.compile(
    r"\bfilename\*=utf-8''([^;\r\n]+)|\bfilename=\"((?:[^\"\\]|\\.)*)\"", re.I
)
KIND: Final = re.compile(r"^content-type: *([^\r\n]+)", re.I | re.M)
BOUNDARY: Final = re.compile(r'boundary="?([^";]+)"?')


async def read_body(request: web.Request) -> tuple[Any, tuple[Upload, ...]]:
    """(JSON, files). Raises ApiError 40005 above 25 MiB in all, 50109 for what is not JSON."""
    if not request.body_exists:
        return None, ()
    raw = await _all_of(request)
    kind_of_all = request.headers.get("Content-Type", "")
    if not kind_of_all.lower().startswith("multipart/form-data"):
        return (_parsed(raw) if raw else None), ()
    boundary = BOUNDARY.search(kind_of_all)
    if boundary is None:
        raise no(50109)
    body: Any = None
    uploads: list[Upload] = []
    for head, data in _parts(raw, boundary.group(1).encode()):
        name = found.group(1) if (found := NAME.search(head)) else ""
        if name == "payload_json":
            body = _parsed(data)
        elif index := re.fullmatch(r"files?\[(\d+)\]|file(\d*)", name):
            number = int(index.group(1) or index.group(2) or 0)
            kind = found.group(1) if (found := KIND.search(head)) else ""
            uploads.append(Upload(number, _file_name(head), data, kind))
    return body, tuple(uploads)


async def _all_of(request: web.Request) -> bytes:
    """Read a body to its end even if it is too large, so that the client gets the answer."""
    taken, total = bytearray(), 0
    async for chunk in request.content.iter_any():
        total += len(chunk)
        if total <= REQUEST_MOST:
            taken += chunk
    if total > REQUEST_MOST:
        raise no(40005)
    return bytes(taken)


def _parts(raw: bytes, boundary: bytes) -> Iterator[tuple[str, bytes]]:
    """Head and data of each part; split by hand, for aiohttp's reader takes milliseconds a part."""
    for piece in (b"\r\n" + raw).split(b"\r\n--" + boundary)[1:]:
        if piece.startswith(b"--"):
            return
        head, _, data = piece.partition(b"\r\n\r\n")
        yield head.decode("utf-8", "replace"), data


def _file_name(head: str) -> str:
    found = FILE_NAME.search(head)
    if found is None:
        return "unknown"
    encoded, plain = found.groups()
    return unquote(encoded) if encoded else re.sub(r"\\(.)", r"\1", plain)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise no(50109) from error
