"""JSON calls and downloads over HTTP, with every foreign exception converted.

Answers are judged by their keys, because a 200 may hold an error. Anything but JSON comes from a
proxy or is a web page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

import aiohttp

from bot.adapters.swarmui.error_messages import parse_error
from bot.adapters.swarmui.protocol import parse_json_object
from bot.adapters.swarmui.settings import SwarmSettings
from bot.core import errors

ANSWER_MAX: Final = 256 * 1024 * 1024
FILE_MAX: Final = 50 * 1024 * 1024
# More text than this is parsed in a thread: the loop has heartbeats to send.
THREAD_PARSE_MIN: Final = 256 * 1024
WEB_PAGE_TEXT: Final = (
    "The image server's address shows a web page instead of SwarmUI's API. There may "
    "be a proxy in between."
)
OUTAGE_STATUS_MIN: Final = 500
"""From here on, an answer without SwarmUI's JSON comes from a proxy or from a shutdown."""


@contextmanager
def translate_errors(late: str = "The image server didn't answer in time.") -> Iterator[None]:
    """Convert errors of aiohttp and the system. `late` is the message of a timeout."""
    try:
        yield
    except TimeoutError as error:  # aiohttp's own timeouts are this too
        raise errors.BackendDown(late) from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise errors.BackendDown("The image server's certificate isn't valid.") from error
    except aiohttp.ClientConnectorError as error:
        raise errors.BackendDown from error
    except aiohttp.InvalidURL as error:
        raise errors.ProtocolError("The image server's address isn't a web address.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise errors.BackendDown("The image server broke off during its answer.") from error


class RestClient:
    """HTTP client of one server. It owns its connections. Close it."""

    def __init__(self, settings: SwarmSettings) -> None:
        self._settings = settings
        self._http = aiohttp.ClientSession(
            headers=settings.build_headers(),
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0),
        )

    async def close(self) -> None:
        await self._http.close()

    async def call_route(
        self, route: str, body: Mapping[str, Any], *, answer_s: float | None = None
    ) -> dict[str, Any]:
        """POST to /API/`route` and return the answer, or raise a BackendError for its `error`.

        `answer_s` is the longest silence; 0 waits without limit, as generation answers only at its
        end.
        """
        timeout = self._limit_silence(self._settings.answer_s if answer_s is None else answer_s)
        url = self._settings.build_http_url(f"API/{route}")
        with translate_errors():
            async with self._http.post(
                url, json=dict(body), timeout=timeout, allow_redirects=False
            ) as answer:
                data = await _read_body(answer, ANSWER_MAX)
        return await self._parse_answer(answer, data)

    async def download_file(self, path: str) -> bytes:
        """GET a picture at an already quoted path. Raises BadPicture above 50 MiB."""
        timeout = self._limit_silence(self._settings.answer_s)
        url = self._settings.build_http_url(path)
        with translate_errors():
            async with self._http.get(url, timeout=timeout, allow_redirects=False) as answer:
                data = await _read_body(answer, FILE_MAX)
        if _is_picture(answer):
            return data
        await self._parse_answer(answer, data)
        raise errors.NoPicture("The image server has no picture under the name it gave.")

    async def has_file(self, path: str) -> bool:
        """Return True if there is a picture at an already quoted path. Asks for one byte of it."""
        timeout = self._limit_silence(self._settings.answer_s)
        url = self._settings.build_http_url(path)
        first = {"Range": "bytes=0-0"}
        with translate_errors():
            async with self._http.get(
                url, headers=first, timeout=timeout, allow_redirects=False
            ) as answer:
                if _is_picture(answer):
                    answer.close()  # a proxy may send all of it
                    return True
                data = await _read_body(answer, FILE_MAX)
        with suppress(errors.NoPicture):
            await self._parse_answer(answer, data)
        return False

    def _limit_silence(self, seconds: float) -> aiohttp.ClientTimeout:
        connect = self._settings.connect_s
        return aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=seconds or None)

    async def _parse_answer(self, answer: aiohttp.ClientResponse, data: bytes) -> dict[str, Any]:
        try:
            if len(data) > THREAD_PARSE_MIN:
                said = await asyncio.to_thread(parse_json_object, data)
            else:
                said = parse_json_object(data)
        except errors.ProtocolError as error:
            raise _classify_non_json(answer.status, answer.content_type, data) from error
        if "error" in said or "error_id" in said:
            raise parse_error(said.get("error"), said.get("error_id"))
        return said


def _is_picture(answer: aiohttp.ClientResponse) -> bool:
    said = ("text/html", "application/json")
    return answer.status in (200, 206) and answer.content_type not in said


def _classify_non_json(status: int, content_type: str, data: bytes) -> errors.BackendError:
    if status == 401:
        return errors.LoginRequired("The image server requires an Authorization header.")
    if status >= OUTAGE_STATUS_MIN:
        return errors.BackendDown()
    if content_type == "text/html" or data.lstrip()[:1] == b"<" or 300 <= status < 400:
        return errors.WebPage(WEB_PAGE_TEXT)
    return errors.ProtocolError()


async def _read_body(answer: aiohttp.ClientResponse, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_chunked(1 << 18):
        size += len(part)
        if size > most:
            answer.close()
            raise errors.BadPicture("The image server sent a file that is too large.")
        parts.append(part)
    return b"".join(parts)
