"""Reads a request's body: JSON, or multipart with `payload_json` and `files[n]`."""

import json
import re
from typing import Any

from aiohttp import BodyPartReader, web

from bot.sandbox.discord.errors import no
from bot.sandbox.discord.files import Upload

REQUEST_MOST = 25 << 20


async def read_body(request: web.Request) -> tuple[Any, tuple[Upload, ...]]:
    """(JSON, files). Raises ApiError 40005 above 25 MiB in all, 50109 for what is not JSON."""
    if not request.body_exists:
        return None, ()
    if request.content_type == "multipart/form-data":
        return await _multipart(request)
    raw = await _all_of(request)
    return (_parsed(raw) if raw else None), ()


async def _all_of(request: web.Request) -> bytes:
    taken = bytearray()
    async for chunk in request.content.iter_chunked(1 << 16):
        if len(taken) + len(chunk) > REQUEST_MOST:
            raise no(40005)
        taken += chunk
    return bytes(taken)


async def _multipart(request: web.Request) -> tuple[Any, tuple[Upload, ...]]:
    body: Any = None
    uploads: list[Upload] = []
    total = 0
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise no(50109)
        data = bytearray()
        while chunk := await part.read_chunk(1 << 16):
            data += chunk
            total += len(chunk)
            if total > REQUEST_MOST:
                raise no(40005)
        name = part.name or ""
        if name == "payload_json":
            body = _parsed(bytes(data))
        elif index := re.fullmatch(r"files?\[(\d+)\]|file(\d*)", name):
            number = int(index.group(1) or index.group(2) or 0)
            kind = part.headers.get("Content-Type", "")
            uploads.append(Upload(number, part.filename or "unknown", bytes(data), kind))
    return body, tuple(uploads)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise no(50109) from error
