"""JSON calls and downloads over HTTP, with every foreign exception converted.

Every answer is of one kind, and the kind decides what the bot does. docs/troubleshooting.md has the
table of them. An answer counts as SwarmUI's own by its keys, because a 200 may hold an error, and a
tunnel's error page may be JSON.
"""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

import aiohttp
from yarl import URL

from bot.adapters.swarmui.error_messages import parse_error
from bot.adapters.swarmui.protocol import parse_json_object
from bot.adapters.swarmui.settings import SwarmSettings
from bot.core import causes, errors

ANSWER_MAX: Final = 256 * 1024 * 1024
FILE_MAX: Final = 50 * 1024 * 1024
DOWNLOAD_MAX_S: Final = 600.0  # for one file; a slow line brings 50 MiB in that time
# More text than this is parsed in a thread: the loop has heartbeats to send.
THREAD_PARSE_MIN: Final = 256 * 1024
ANSWER_KEYS: Final[Mapping[str, tuple[tuple[str, type], ...]]] = {
    "GetNewSession": (("session_id", str),),
    "GetCurrentStatus": (("status", dict),),
    "ListT2IParams": (("list", list), ("models", dict)),
    "ListModels": (("files", list),),
    "ListImages": (("files", list),),
    "GetMyUserData": (("user_name", str), ("presets", list)),
    "GenerateText2Image": (("images", list),),
}
"""Keys of which a good answer of a route has at least one. Of other routes any object counts."""
TLS_QUESTION_S: Final = 3.0
CERTIFICATE_ALERT: Final = "CERTIFICATE_VERIFY_FAILED"
# What web servers write when http comes to a port that speaks https.
PLAIN_ON_TLS_MARKS: Final = (
    b"plain HTTP request was sent to HTTPS port",
    b"sent an HTTP request to an HTTPS server",
    b"speaking plain HTTP to an SSL-enabled server",
)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Convert errors of aiohttp and the system."""
    try:
        yield
    except TimeoutError as error:  # aiohttp's own timeouts are this too
        raise causes.NO_ANSWER.build_error() from error
    except (aiohttp.ClientSSLError, ssl.SSLError) as error:
        raise classify_tls_error(error) from error
    except aiohttp.ClientConnectorDNSError as error:
        raise causes.UNKNOWN_HOST.build_error() from error
    except aiohttp.ClientConnectorError as error:
        raise causes.REFUSED.build_error() from error
    except aiohttp.InvalidURL as error:
        raise errors.ProtocolError("The image server's address isn't a web address.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise causes.BROKE_OFF.build_error(type(error).__name__) from error


def classify_tls_error(error: Exception) -> errors.BackendError:
    """Tell a certificate that is not trusted from a port that speaks no TLS."""
    certificate = isinstance(error, aiohttp.ClientConnectorCertificateError)
    if certificate or CERTIFICATE_ALERT in str(error):
        why = getattr(error, "certificate_error", error)
        return causes.CERTIFICATE.build_error(str(getattr(why, "verify_message", "") or why))
    return causes.TLS_ON_PLAIN.build_error(str(error))


class RestClient:
    """HTTP client of one server. It owns its connections. Close it.

    `was_let_in` says that the server has given a session, so that a login which is refused now
    was a good one before.
    """

    def __init__(self, settings: SwarmSettings) -> None:
        self._settings = settings
        self.was_let_in = False
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
        try:
            with translate_errors():
                async with self._http.post(
                    url,
                    # In one piece, a body with an image would hold up the event loop.
                    data=io.BytesIO(json.dumps(dict(body)).encode()),
                    headers={"Content-Type": "application/json"},
                    timeout=timeout,
                    allow_redirects=False,
                ) as answer:
                    data = await _read_body(answer, ANSWER_MAX)
        except errors.BackendDown as error:
            broke_off = error.report == causes.BROKE_OFF.build_error().report
            if broke_off and route == "GetNewSession" and await _speaks_tls(url):
                raise causes.PLAIN_ON_TLS.build_error() from error
            raise
        said = await self._parse_answer(answer, data)
        keys = ANSWER_KEYS.get(route, ())
        self.was_let_in = self.was_let_in or route == "GetNewSession"
        if keys and not any(isinstance(said.get(key), kind) for key, kind in keys):
            raise causes.NOT_SWARMUI.build_error(f"{route} without {keys[0][0]}")
        return said

    async def download_file(self, path: str) -> bytes:
        """GET a picture at an already quoted path. Raises BadPicture above 50 MiB."""
        timeout = self._limit_silence(self._settings.answer_s)
        url = self._settings.build_http_url(path)
        with translate_errors():
            async with (
                asyncio.timeout(DOWNLOAD_MAX_S),
                self._http.get(url, timeout=timeout, allow_redirects=False) as answer,
            ):
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
            async with (
                asyncio.timeout(DOWNLOAD_MAX_S),
                self._http.get(
                    url, headers=first, timeout=timeout, allow_redirects=False
                ) as answer,
            ):
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
        said: dict[str, Any] | None = None
        try:
            if len(data) > THREAD_PARSE_MIN:
                said = await asyncio.to_thread(parse_json_object, data)
            else:
                said = parse_json_object(data)
        except errors.ProtocolError:
            pass
        if said is None or (answer.status >= 400 and "error_id" not in said):
            raise classify_foreign_answer(
                answer.status,
                answer.content_type,
                data,
                target=describe_target(answer.url, answer.headers.get("Location", "")),
                has_header=bool(self._settings.authorization),
            )
        if "error" in said or "error_id" in said:
            error = parse_error(said.get("error"), said.get("error_id"))
            if type(error) is errors.LoginRequired:
                raise self._describe_login()
            raise error
        return said

    def _describe_login(self) -> errors.BackendError:
        if not self._settings.token:
            return causes.LOGIN_MISSING.build_error()
        expired = causes.LOGIN_EXPIRED if self.was_let_in else causes.LOGIN_WRONG
        return expired.build_error()


def _is_picture(answer: aiohttp.ClientResponse) -> bool:
    said = ("text/html", "application/json")
    return answer.status in (200, 206) and answer.content_type not in said


def classify_foreign_answer(
    status: int, content_type: str, data: bytes, *, target: str = "", has_header: bool = False
) -> errors.BackendError:
    """Return the error for an answer without SwarmUI's keys."""
    if status == 401:
        cause = causes.HEADER_WRONG if has_header else causes.HEADER_MISSING
        return cause.build_error()
    if status == 413:
        return causes.TOO_LARGE.build_error()
    if 300 <= status < 400 and target:
        return causes.REDIRECT.build_error(target)
    if status == 400 and any(mark in data for mark in PLAIN_ON_TLS_MARKS):
        return causes.PLAIN_ON_TLS.build_error()
    if status >= 500:
        return causes.GATEWAY.build_error(f"status {status}")
    is_page = content_type == "text/html" or data.lstrip()[:1] == b"<"
    return (causes.WEB_PAGE if is_page else causes.NOT_SWARMUI).build_error(f"status {status}")


def describe_target(asked: URL, location: str) -> str:
    """Return the address that a redirect names, without the path of the call and any query."""
    try:
        target = asked.join(URL(location)).with_query(None).with_user(None) if location else None
    except ValueError:
        return ""
    if target is None or target.origin() == asked.origin():
        return "" if target is None else str(target)
    path = target.path[: -len(asked.path)] if target.path.endswith(asked.path) else target.path
    return str(target.with_path(path or "/")).rstrip("/")


async def _speaks_tls(url: URL) -> bool:
    """Ask a port that dropped plain http whether it speaks TLS."""
    if url.scheme != "http":
        return False
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(TLS_QUESTION_S):
            _, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True


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
