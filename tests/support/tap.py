"""A wire between the bot and SwarmUI on which everything is overheard that the bot says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CHUNK = 1 << 16


@dataclass
class Tap:
    """`base` is the address to use instead of the server's; `said` is by connection."""

    base: str
    said: list[bytearray] = field(default_factory=list)

    def heard(self) -> str:
        """All of it, as text; the frames of WebSockets are unmasked."""
        return "\n".join(_unmasked(bytes(one)).decode("utf-8", "replace") for one in self.said)


@asynccontextmanager
async def tap(server: str) -> AsyncIterator[Tap]:
    """Listen on a port of one's own and pass everything on, both ways, as it comes."""
    address = urlsplit(server)
    overheard = Tap("")
    ways: set[asyncio.Task[None]] = set()
    meetings: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = asyncio.current_task()
        assert here is not None
        meetings.add(here)
        said = bytearray()
        overheard.said.append(said)
        back, onward = await asyncio.open_connection(address.hostname, address.port)
        both = {
            asyncio.create_task(_pass(reader, onward, said), name="to the server"),
            asyncio.create_task(_pass(back, writer, None), name="back"),
        }
        ways.update(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for way in both:
            way.cancel()
        await asyncio.wait(both)
        for end in (writer, onward):
            end.close()
            with contextlib.suppress(OSError):
                await end.wait_closed()

    listener = await asyncio.start_server(meet, "127.0.0.1", 0)
    overheard.base = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield overheard
    finally:
        listener.close()
        for way in ways:
            way.cancel()
        await asyncio.gather(*meetings)


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytearray | None
) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            if said is not None:
                said += data
            writer.write(data)
            await writer.drain()


def _unmasked(sent: bytes) -> bytes:
    """A request as it was sent; behind the head of an upgrade come frames with a mask each."""
    head, _, rest = sent.partition(b"\r\n\r\n")
    if b"upgrade: websocket" not in head.lower():
        return sent
    out, at = bytearray(head + b"\r\n\r\n"), 0
    while at + 6 <= len(rest):
        length, at = rest[at + 1] & 0x7F, at + 2
        if length > 125:
            octets = 2 if length == 126 else 8
            length, at = int.from_bytes(rest[at : at + octets], "big"), at + octets
        mask, at = rest[at : at + 4], at + 4
        body = rest[at : at + length]
        pad = (mask * (len(body) // 4 + 1))[: len(body)]
        plain = int.from_bytes(body, "big") ^ int.from_bytes(pad, "big")
        out += plain.to_bytes(len(body), "big")
        at += length
    return bytes(out)
