"""A network that does not lead to Discord is told in one line, with the way out."""

from __future__ import annotations

import asyncio
import ssl
from unittest.mock import Mock

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.adapters.discord.client_restarts import run_client
from bot.adapters.discord.network_errors import CERTIFICATE_FIX, NETWORK_FIX, describe_network_error

KEY = Mock(host="discord.com", port=443, ssl=True)


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (aiohttp.ClientConnectorCertificateError(KEY, ssl.CertificateError("x")), CERTIFICATE_FIX),
        (aiohttp.ClientConnectorSSLError(KEY, OSError(1, "x")), CERTIFICATE_FIX),
        (aiohttp.ClientConnectorError(KEY, OSError(111, "Connection refused")), NETWORK_FIX),
    ],
)
def test_a_network_error_has_a_reason_and_a_fix(error: Exception, fix: str) -> None:
    described = describe_network_error(error)
    assert described is not None
    assert described[0].endswith(".")
    assert described[1] == fix


@pytest.mark.parametrize("error", [None, ValueError("odd"), aiohttp.ServerDisconnectedError()])
def test_anything_else_keeps_its_traceback(error: Exception | None) -> None:
    assert describe_network_error(error) is None


async def test_an_untrusted_certificate_is_one_line_without_a_traceback() -> None:
    """It was never connected, so nothing is called lost."""

    class Client:
        async def __aenter__(self) -> Client:
            return self

        async def __aexit__(self, *_: object) -> None:
            pass

        async def start(self, _: str) -> None:
            raise aiohttp.ClientConnectorCertificateError(KEY, ssl.CertificateError("self-signed"))

        def reset_client(self) -> None:
            pass

    async def sleep(_: float) -> None:
        raise asyncio.CancelledError

    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await run_client(Client(), "a.b.c", sleep=sleep)  # type: ignore[arg-type]  # a stand-in
    [line] = logs
    assert line["event"] == "Discord cannot be reached"
    assert line["fix"] == CERTIFICATE_FIX
    assert "exc_info" not in line
