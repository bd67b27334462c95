"""HTTP client of a host's own image and prompt classifier.

Each check is one POST with JSON and one JSON object as the answer. The classifier gets the prompt
or the image and whether the channel is age-restricted. It gets no Discord name and no Discord id.
Every unclear or missing answer is `NO_ANSWER`; the host's settings decide what follows.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import structlog

from bot.core.check_result import CheckResult
from bot.core.drawing.prompt_markup import flatten_markup
from bot.core.drawing.request import GenerationParams
from bot.core.moderation.verdict import ClassifierVerdict

log = structlog.stdlib.get_logger(__name__)

ANSWER_MAX: Final = 64 * 1024
LONG_TEXT: Final = 256 * 1024  # bytes of a picture from which on it is written down in a thread
HARMLESS_IMAGE: Final = "a red fox in the snow"
_LABEL: Final = re.compile(r"[\w .:/-]{1,60}", re.A)
_KINDS: Final = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)


class HttpClassifier:
    """The port `Classifier` over HTTP. Build it with `open`."""

    def __init__(self, http: aiohttp.ClientSession, url: str, timeout_s: float) -> None:
        self._http, self._url, self._timeout_s = http, url, timeout_s
        self._away = False

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, token: str, timeout_s: float) -> AsyncIterator[HttpClassifier]:
        """Open a client that sends `token` as a bearer token and waits `timeout_s` per answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(headers=headers, cookie_jar=jar) as http:
            yield cls(http, url, timeout_s)

    async def classify_prompt(self, order: GenerationParams) -> ClassifierVerdict:
        """Ask about all text that shapes an image, including the names of styles and LoRAs."""
        body = {
            "kind": "words",
            "prompt": flatten_markup(order.sent) or order.prompt,
            "negative": flatten_markup(order.sent_negative) or order.negative,
            "loras": [name for name, _ in order.loras],
            "age_restricted": order.age_restricted,
        }
        return await self._ask_service(body)

    async def classify_image(self, data: bytes, *, age_restricted: bool) -> ClassifierVerdict:
        body = {"kind": "picture", "type": _find_type(data), "age_restricted": age_restricted}
        return await self._ask_service(body, data)

    async def check_service(self) -> CheckResult:
        """Ask it about a harmless prompt, for a host who is setting up."""
        began = time.monotonic()
        body = {"kind": "words", "prompt": HARMLESS_IMAGE, "negative": "", "loras": []}
        try:
            allowed, _ = await self._post_request({**body, "age_restricted": False}, b"")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # A TimeoutError is an OSError, and has no words of its own.
            why = str(error) or f"nothing within {self._timeout_s:g} s"
            return CheckResult(
                "classifier",
                False,
                f"{self._url} gives no answer I understand: {why}.",
                "Start it, or fix moderation.url. docs/run.md describes the requests.",
            )
        took = time.monotonic() - began
        if not allowed:
            return CheckResult(
                "classifier",
                False,
                f"It answers, but rejects “{HARMLESS_IMAGE}”.",
                "Check its rules: as they are, nobody can draw.",
            )
        return CheckResult("classifier", True, f"{self._url} answers in {took:.2f} s.")

    async def _ask_service(self, body: Mapping[str, Any], data: bytes = b"") -> ClassifierVerdict:
        try:
            allowed, label = await self._post_request(body, data)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if not self._away:
                log.warning("classifier is not heard", why=str(error) or type(error).__name__)
            self._away = True
            return ClassifierVerdict.NO_ANSWER
        if self._away:
            log.info("classifier is heard again")
        self._away = False
        if not allowed:
            log.info("classifier says no", of=body["kind"], label=label)
        return ClassifierVerdict.ALLOWED if allowed else ClassifierVerdict.REJECTED

    async def _post_request(self, body: Mapping[str, Any], data: bytes) -> tuple[bool, str]:
        """Post one question. Raise aiohttp errors, OSError, or ValueError with the reason."""
        async with asyncio.timeout(self._timeout_s):
            if len(data) > LONG_TEXT:
                sent = await asyncio.to_thread(_build_body, body, data)
            else:
                sent = _build_body(body, data)
            async with self._http.post(
                self._url,
                data=io.BytesIO(sent),
                headers={"Content-Type": "application/json"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None),
            ) as answer:
                text = await _read_answer(answer.content)
                if answer.status != 200:
                    raise ValueError(f"status {answer.status}")
        return _parse_verdict(text)


async def _read_answer(content: aiohttp.StreamReader) -> bytes:
    """Read a whole answer in any number of chunks, or stop when it is too long."""
    text = b""
    while len(text) < ANSWER_MAX and (piece := await content.readany()):
        text += piece
    return text


def _build_body(body: Mapping[str, Any], data: bytes) -> bytes:
    whole = {**body, "data": base64.b64encode(data).decode("ascii")} if data else body
    return json.dumps(whole).encode()


def _parse_verdict(text: bytes) -> tuple[bool, str]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("what came is no JSON") from None
    allowed = answer.get("allowed") if isinstance(answer, dict) else None
    if not isinstance(allowed, bool):
        raise ValueError('"allowed" is neither true nor false')  # noqa: TRY004 -- what came is wrong, not what was passed
    label = answer.get("label")
    return allowed, label if isinstance(label, str) and _LABEL.fullmatch(label) else ""


def _find_type(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return "video/mp4"
    known = (kind for begin, kind in _KINDS if data.startswith(begin))
    return next(known, "application/octet-stream")
