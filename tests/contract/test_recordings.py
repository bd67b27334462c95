"""What a real SwarmUI sent, frame by frame: the decoder and a whole drawing must understand it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui.catalog_parser import CatalogResponses, build_snapshot
from bot.adapters.swarmui.protocol import (
    CloseFrame,
    ErrorFrame,
    FrameEvent,
    KeepAlive,
    decode_frame,
)
from bot.core.errors import (
    BackendCrashed,
    BackendError,
    GenerationInterrupted,
    LoadFailed,
    ModelGone,
    NoBackend,
    NoPicture,
    RequestRejected,
)
from bot.core.jobs.progress import ImageReady, PreviewFrame, RequestEnded, SamplingStep, StatusFrame
from tests.support.drawing import Drawn, draw, order
from tests.support.frames import FrameServer, say
from tests.support.shared import RECORDINGS

FILES = sorted(RECORDINGS.glob("*.jsonl"))


@dataclass
class Socket:
    """One WebSocket of a recording: what was asked first, what was heard until it ended."""

    asked: dict[str, Any] = field(default_factory=dict)
    requests: int = 0
    frames: list[dict[str, Any]] = field(default_factory=list)
    closed: bool = False


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        next(file)
        for line in file:
            yield json.loads(line)


def sockets(path: Path) -> dict[str, Socket]:
    found: dict[str, Socket] = {}
    for line in lines(path):
        via = str(line.get("via", ""))
        if not via.startswith("ws"):
            continue
        socket = found.setdefault(via, Socket())
        match line.get("dir"), line.get("frame"):
            case "out", dict(frame):
                socket.requests += 1
                socket.asked = socket.asked or frame
            case "in", dict(frame):
                socket.frames.append(frame)
            case "in", None if "close" in line:
                socket.closed = True
    return found


def conversations() -> list[tuple[str, Socket]]:
    """Sockets on which one request was drawn and ended by itself."""
    return [
        (f"{path.stem}:{name}", socket)
        for path in FILES
        for name, socket in sockets(path).items()
        if socket.requests == 1
        and any("discard_indices" in frame or "error" in frame for frame in socket.frames)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_frame_is_understood(path: Path) -> None:
    for socket in sockets(path).values():
        for frame in socket.frames:
            heard = decode_frame(json.dumps(frame))
            assert [type(word) for word in heard] == _kinds(frame)


def _kinds(frame: dict[str, Any]) -> list[type[FrameEvent]]:
    progress = frame.get("gen_progress", {})
    if "success" in frame:  # a model that SelectModelWS loaded, which is no part of a drawing
        return []
    for key, kind in (
        ("status", StatusFrame),
        ("image", ImageReady),
        ("error", ErrorFrame),
        ("keep_alive", KeepAlive),
        ("discard_indices", RequestEnded),
        ("socket_intention", CloseFrame),
    ):
        if key in frame:
            return [kind]
    return [PreviewFrame if "preview" in progress else SamplingStep]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_sampling_never_falls_within_a_node(path: Path) -> None:
    """A fraction falls back only to 0, where the next node begins."""
    for socket in sockets(path).values():
        last: dict[int, float] = {}
        for frame in socket.frames:
            for word in decode_frame(frame):
                if isinstance(word, SamplingStep):
                    assert word.fraction >= last.get(word.index, 0.0) or word.fraction == 0.0
                    last[word.index] = word.fraction


async def drawn_from(socket: Socket) -> Drawn:
    """The recorded frames through a whole client; the model's order is what was asked."""

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, *socket.frames)

    async with (
        FrameServer(play).running() as server,
        SwarmClient.open(SwarmSettings(url=server.base), sleep=_at_once) as swarm,
    ):
        server.answers["GetNewSession"] = {"session_id": "a" * 40, "user_id": "local"}
        return await draw(swarm, order(images=int(socket.asked.get("images", 1))))


async def _at_once(seconds: float) -> None:
    await asyncio.sleep(0)


@pytest.mark.parametrize(("name", "socket"), conversations(), ids=lambda value: str(value)[:40])
async def test_every_recorded_drawing_ends_as_it_did(name: str, socket: Socket) -> None:
    drawn = await drawn_from(socket)
    wanted = int(socket.asked.get("images", 1))
    # A grid of all pictures, which a user's setting adds, has a negative index.
    pictures = [f for f in socket.frames if "image" in f and int(f["batch_index"]) >= 0]
    errors = [frame for frame in socket.frames if "error" in frame]

    assert drawn.refs == [frame["image"] for frame in pictures]
    assert [i.index for i in drawn.images] == [int(f["batch_index"]) for f in pictures]
    if len(pictures) == wanted:
        assert drawn.error is None
        assert drawn.ended
    elif errors:
        assert isinstance(drawn.error, BackendError)
        assert "/srv" not in drawn.error.sentence
    else:
        queued = any(f.get("status", {}).get("waiting_backends", 0) > 0 for f in socket.frames)
        assert type(drawn.error) is (GenerationInterrupted if queued else NoPicture)


EXPECTED: dict[str, tuple[int, type[BackendError] | None]] = {
    "one-image-first:ws1": (1, None),
    "one-image-warm:ws1": (1, None),
    "four-images:ws1": (4, None),
    "two-backends-four-images:ws1": (4, None),
    "autowebui-two-images:ws1": (2, None),
    "donotsave:ws1": (1, None),
    "named-by-job:ws1": (2, None),
    "interrupt-running:ws1": (0, GenerationInterrupted),
    "interrupt-queued:ws2": (0, GenerationInterrupted),
    "interrupt-queued-deep:ws3": (0, GenerationInterrupted),
    "interrupt-autowebui:ws1": (1, None),
    "slow-load-interrupted:ws2": (0, LoadFailed),
    "silent-failures:ws1": (0, NoPicture),
    "no-backend:ws1": (0, NoBackend),
    "backend-dies:ws1": (0, BackendCrashed),
    "backend-fails:ws1": (0, RequestRejected),
    "errors-ws:ws4": (0, ModelGone),
}


@pytest.mark.parametrize("name", EXPECTED)
async def test_the_well_known_stories(name: str) -> None:
    file, _, via = name.partition(":")
    socket = sockets(RECORDINGS / f"{file}.jsonl")[via]
    images, kind = EXPECTED[name]
    drawn = await drawn_from(socket)
    assert len(drawn.images) == images
    assert (type(drawn.error) if drawn.error else None) is kind


def test_a_drawing_runs_through_its_whole_sampling() -> None:
    socket = sockets(RECORDINGS / "one-image-first.jsonl")["ws1"]
    steps = [
        w for frame in socket.frames for w in decode_frame(frame) if isinstance(w, SamplingStep)
    ]
    eighths = [step.fraction for step in steps if step.fraction > 0]
    assert eighths[:8] == [n / 8 for n in range(1, 9)]


def test_the_recorded_lists_make_a_catalogue() -> None:
    answers = [
        line["body"]
        for line in lines(RECORDINGS / "session-and-lists.jsonl")
        if line.get("dir") == "in" and isinstance(line.get("body"), dict)
    ]
    params = next(body for body in answers if "model_classes" in body)
    listed = next(body for body in answers if body.get("files"))
    snapshot = build_snapshot(CatalogResponses(params=params, models=listed))
    assert [(m.name, m.title, m.width, m.compat_class) for m in snapshot.models] == [
        ("stub.safetensors", "stub", 512, "stable-diffusion-v1"),
        (
            "sub folder/other model.safetensors",
            "other model",
            512,
            "stable-diffusion-v1",
        ),
    ]


async def test_the_recorded_listing_is_found() -> None:
    """ListImages gives names relative to the folder that was asked for."""
    asked: dict[str, Any] = {}
    listing: dict[str, Any] = {}
    for line in lines(RECORDINGS / "named-by-job.jsonl"):
        if line.get("path") == "/API/ListImages":
            asked = line["body"]
        elif asked and not listing and line.get("dir") == "in":
            listing = line["body"]
    async with (
        FrameServer(lambda ws, asked: asyncio.sleep(0)).running() as server,
        SwarmClient.open(SwarmSettings(url=server.base)) as swarm,
    ):
        server.answers["ListImages"] = listing
        folder = str(asked["path"]).removeprefix("raw/")
        root = f"View/local/raw/{folder}/"
        assert await swarm.list_saved_images(f"{folder}/1") == (root + "1.png", root + "1-1.png")
        assert await swarm.list_saved_images(f"{folder}/2") == (root + "2.jpg",)
        assert await swarm.list_saved_images(f"{folder}/3") == ()
