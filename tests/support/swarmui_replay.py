"""A player of recordings: it sends what a recorded client sent, and compares the answers.

The recordings are what a real SwarmUI answered; tests/tools/reduce_recordings.py made them smaller.
The player sends everything again, with the live session ids, tokens and paths of pictures. Each
send waits for the same milestones on the sockets as in the recording: pictures seen, sampling
begun, end of a request. It compares shape and meaning, never timing:

- HTTP: status, content type, JSON keys and types all the way down; `error`, `error_id` and
  `success` by value.
- WebSocket: pictures, errors, end marks and close code, in order; status first, status and
  keep_alive before the end; whether there is progress, previews and metadata; keys and types of
  every kind of frame; the highest and the last counters.

It finds no difference in the server that was recorded.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import yarl

PATIENCE_S = 90.0
VALUE_KEYS = {"error", "error_id", "success", "keep_alive", "socket_intention"}
ANY_KEYS = {
    "settings",
    "permissions",
    "supported_features",
    "themes",
    "models",
    "model_classes",
    "model_compat_classes",
    "values",
    "value_names",
}


# --- reading -------------------------------------------------------------------------------------


def load(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    return rows[0], rows[1:]


def kind(frame: dict[str, Any]) -> str:
    if "status" in frame and "backend_status" in frame:
        return "status"
    if "gen_progress" in frame:
        return "preview" if "preview" in frame["gen_progress"] else "progress"
    for key in ("image", "discard_indices", "socket_intention", "keep_alive", "error"):
        if key in frame:
            return key
    return "unknown:" + ",".join(sorted(frame))


def type_name(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", list: "list", dict: "object", type(None): "null"}[type(value)]


# --- comparing -----------------------------------------------------------------------------------


def shape(recorded: Any, live: Any, where: str, out: list[str]) -> None:
    """Compare keys and types all the way down; values only where the protocol promises them."""
    if recorded is None or live is None:
        return
    if type_name(recorded) != type_name(live):
        out.append(f"{where}: recorded {type_name(recorded)}, got {type_name(live)}")
        return
    if isinstance(recorded, dict):
        if where.rsplit(".", 1)[-1] in ANY_KEYS:
            return
        missing, extra = sorted(set(recorded) - set(live)), sorted(set(live) - set(recorded))
        if missing:
            out.append(f"{where}: lacks {', '.join(missing)}")
        if extra:
            out.append(f"{where}: has unknown {', '.join(extra)}")
        for key in recorded.keys() & live.keys():
            if key in VALUE_KEYS and plain(recorded[key]) != plain(live[key]):
                out.append(f"{where}.{key}: recorded {recorded[key]!r}, got {live[key]!r}"[:400])
            shape(recorded[key], live[key], f"{where}.{key}", out)
    elif isinstance(recorded, list) and where.rsplit(".", 1)[-1] not in ANY_KEYS:
        if recorded and not live:
            out.append(f"{where}: recorded a list with entries, got an empty one")
        by_id = {e["id"]: e for e in recorded if isinstance(e, dict) and "id" in e}
        for entry in live:
            twin = (
                by_id.get(entry.get("id"))
                if isinstance(entry, dict) and by_id
                else (recorded[0] if recorded else None)
            )
            if twin is not None:
                shape(
                    twin, entry, f"{where}[{entry.get('id', '')}]" if by_id else f"{where}[]", out
                )


def plain(value: Any) -> Any:
    """An error text without what may differ: paths, stack traces, the list of choices."""
    if not isinstance(value, str):
        return value
    value = re.sub(r"'/[^']*'", "'PATH'", value).split("\n\nPossible reason:")[0]
    return re.sub(r"must be one of: .*", "must be one of: ...", value, flags=re.S)


def skeleton(frames: list[dict[str, Any]], close: int | None) -> list[str]:
    bones: list[str] = []
    run: list[str] = []
    for frame in frames:
        which = kind(frame)
        if which == "image":
            where = "data" if str(frame["image"]).startswith("data:") else "path"
            run.append(f"image[{frame.get('batch_index')}]:{where}")
            continue
        if which in ("status", "progress", "preview", "keep_alive"):
            continue
        bones += sorted(run)
        run = []
        bone = f"error:{plain(frame['error'])}" if which == "error" else which
        if bones[-1:] != [
            bone
        ]:  # how many pictures of a batch say the same error is a race in the real server
            bones.append(bone)
    return bones + sorted(run) + ([f"close {close}"] if close is not None else [])


def facts(frames: list[dict[str, Any]]) -> dict[str, Any]:
    """What the stream promises around its skeleton."""
    kinds = [kind(f) for f in frames]
    statuses = [f for f in frames if kind(f) == "status"]
    told: dict[str, Any] = {
        "has progress": "progress" in kinds,
        "has preview": "preview" in kinds,
        "has keep_alive": "keep_alive" in kinds,
        "first frame": kinds[0] if kinds else None,
        "last frame": kinds[-1] if kinds else None,
        "backend_status": sorted({s["backend_status"]["status"] for s in statuses}),
        "most waiting_gens": max((s["status"]["waiting_gens"] for s in statuses), default=None),
        "live_gens seen": any(s["status"]["live_gens"] > 0 for s in statuses),
        "last counters": list(statuses[-1]["status"].values()) if statuses else None,
    }
    first: dict[str, dict[str, Any]] = {}
    for frame in frames:
        if kind(frame) == "progress":
            first.setdefault(str(frame["gen_progress"]["batch_index"]), frame["gen_progress"])
    told["first progress has metadata"] = (
        all("metadata" in p for p in first.values()) if first else None
    )
    told["later progress has metadata"] = any(
        "metadata" in f["gen_progress"]
        for f in frames
        if kind(f) == "progress"
        and f["gen_progress"] is not first[str(f["gen_progress"]["batch_index"])]
    )
    if "image" in kinds and "discard_indices" in kinds:
        tail = kinds[
            len(kinds) - 1 - kinds[::-1].index("image") : len(kinds)
            - 1
            - kinds[::-1].index("discard_indices")
        ]
        told["status between last image and end"] = "status" in tail
        told["keep_alive between last image and end"] = "keep_alive" in tail
    told["previews are pictures"] = all(
        str(f["gen_progress"]["preview"]).startswith("data:image/")
        for f in frames
        if kind(f) == "preview"
    )
    return told


def compare_stream(
    name: str,
    recorded: list[dict[str, Any]],
    rec_close: int | None,
    live: list[dict[str, Any]],
    live_close: int | None,
    out: list[str],
) -> None:
    want, got = skeleton(recorded, rec_close), skeleton(live, live_close)
    if want != got:
        out.append(f"{name}: skeleton recorded {want}, got {got}"[:900])
    left, right = facts(recorded), facts(live)
    for key in left:
        if key in right and left[key] != right[key]:
            out.append(f"{name}: {key}: recorded {left[key]}, got {right[key]}")
    samples: dict[str, dict[str, Any]] = {}
    for frame in recorded:
        samples.setdefault(kind(frame), frame)
    seen: set[str] = set()
    for frame in live:
        which = kind(frame)
        if which not in samples:
            continue
        if which in ("progress", "preview"):  # metadata is optional, facts() has judged it
            twin, mine = dict(samples[which]["gen_progress"]), dict(frame["gen_progress"])
            twin.pop("metadata", None), mine.pop("metadata", None)
            (
                twin.pop("batch_index"),
                mine.pop("batch_index", None),
            )  # string, or a number in some previews
        else:
            twin, mine = samples[which], frame
        problems: list[str] = []
        shape(twin, mine, f"{name}.{which}", problems)
        for problem in problems:
            if problem not in seen and which != "error":
                seen.add(problem)
                out.append(problem)


# --- playing -------------------------------------------------------------------------------------


class Socket:
    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws, self.frames, self.close, self.changed = ws, [], None, asyncio.Event()
        self.recorded: list[dict[str, Any]] = []
        self.recorded_close: int | None = None
        self.cut = False
        self.reader = asyncio.create_task(self.read())

    async def read(self) -> None:
        async for message in self.ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.frames.append(json.loads(message.data))
                self.changed.set()
        self.close = self.ws.close_code
        self.changed.set()

    @staticmethod
    def milestone(frames: list[dict[str, Any]]) -> tuple[int, int, int]:
        sampling = any(
            kind(f) in ("progress", "preview")
            and 0 < f["gen_progress"].get("current_percent", 0) < 1
            for f in frames
        )
        return (
            sum(kind(f) == "image" for f in frames),
            sum(kind(f) == "socket_intention" for f in frames),
            int(sampling or any(kind(f) == "image" for f in frames)),
        )

    async def reach(self, wanted: tuple[int, int, int]) -> bool:
        async def until() -> None:
            while (
                any(a < b for a, b in zip(self.milestone(self.frames), wanted, strict=True))
                and self.close is None
            ):
                self.changed.clear()
                await self.changed.wait()

        try:
            await asyncio.wait_for(until(), PATIENCE_S)
        except TimeoutError:
            return False
        return all(a >= b for a, b in zip(self.milestone(self.frames), wanted, strict=True))


def _paths(frames: list[dict[str, Any]]) -> dict[str, str]:
    """The pictures that came as paths, by their place in the batch."""
    return {
        str(f.get("batch_index")): f["image"]
        for f in frames
        if "image" in f and not f["image"].startswith("data:")
    }


class Player:
    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self.base, self.http, self.out = base.rstrip("/"), http, []
        self.swap: dict[str, str] = {}
        self.token: str | None = None
        self.sockets: dict[str, Socket] = {}
        self.calls: list[tuple[dict[str, Any], asyncio.Task[Any]]] = []

    def live(self, value: Any) -> Any:
        text = json.dumps(value, ensure_ascii=False)
        for old, new in sorted(self.swap.items(), key=lambda kv: -len(kv[0])):
            text = text.replace(
                json.dumps(old, ensure_ascii=False)[1:-1], json.dumps(new, ensure_ascii=False)[1:-1]
            )
        return json.loads(text)

    def learn(self, recorded: Any, live: Any) -> None:
        if isinstance(recorded, dict) and isinstance(live, dict):
            for key in recorded.keys() & live.keys():
                if key in ("session_id", "token") and isinstance(live[key], str):
                    self.swap[recorded[key]] = live[key]
        for socket in self.sockets.values():
            mine = _paths(socket.frames)
            for index, path in _paths(socket.recorded).items():
                if index in mine:
                    self.swap[path], self.swap[quote(path)] = mine[index], quote(mine[index])

    async def call(self, row: dict[str, Any]) -> tuple[int, str, Any, int]:
        headers = {"Content-Type": "application/json", **self.live(row.get("headers", {}))}
        if self.token and "nonsense" not in headers.get("Cookie", "nonsense"):
            headers["Cookie"] = (
                f"swarm_token={self.token}"  # the recorded token is another server's
            )
        data = (
            row["raw"]
            if "raw" in row
            else (json.dumps(self.live(row["body"])) if "body" in row else None)
        )
        url = yarl.URL(self.base + self.live(row["path"]), encoded=True)
        async with self.http.request(
            row["method"], url, data=data, headers=headers, allow_redirects=False
        ) as answer:
            body = await answer.read()
            try:
                parsed = json.loads(body)
            except ValueError:
                parsed = None
            if "swarm_token" in answer.cookies:
                self.token = answer.cookies["swarm_token"].value
            return (
                answer.status,
                answer.headers.get("Content-Type", "").split(";")[0],
                parsed,
                len(body),
            )

    def judge(
        self, row: dict[str, Any], asked: dict[str, Any], got: tuple[int, str, Any, int]
    ) -> None:
        said = json.dumps(asked.get("body", asked.get("raw", "")))
        where = f"{asked['method']} {asked['path'][:60]} {said[:90]}"
        status, ctype, parsed, size = got
        if status != row["status"]:
            self.out.append(f"{where}: status recorded {row['status']}, got {status}")
        want_type = {k.lower(): v for k, v in row.get("headers", {}).items()}.get(
            "content-type", ""
        ).split(";")[0]
        if want_type and want_type != ctype:
            self.out.append(f"{where}: content type recorded {want_type}, got {ctype}")
        if "body" in row:
            problems: list[str] = []
            shape(row["body"], parsed, "body", problems) if parsed is not None else problems.append(
                "body: not JSON"
            )
            self.out += [f"{where}: {p}" for p in problems]
            self.learn(row["body"], parsed)
        if "bytes" in row and size < 100:
            self.out.append(f"{where}: recorded a picture, got {size} bytes")
        location = row.get("headers", {}).get("Location")
        if location and status != row["status"]:
            self.out.append(f"{where}: recorded a redirect to {location}")

    async def play(self, rows: list[dict[str, Any]]) -> list[str]:
        last_t = 0.0
        for number, row in enumerate(rows):
            via, going = row.get("via", ""), row.get("dir")
            if "note" in row and not via and going is None:
                continue  # a remark of the recorder
            if going == "in" or (via.startswith("ws") and "note" in row and going is None):
                await self.take(row, via)
                last_t = row["t"]
                continue
            await self.wait_like_the_recording(row, rows[:number])
            took = re.search(
                r"took ([\d.]+) s", row.get("note", "")
            )  # such a row was written after the wait
            gap = row["t"] - (float(took.group(1)) if took else 0.0) - last_t
            if gap > 0.4:
                await asyncio.sleep(min(gap, 3.0))
            last_t = row["t"]
            if via == "http":
                self.learn(None, None)
                self.calls.append((row, asyncio.create_task(self.call(row))))
                await asyncio.sleep(0)
            elif "open" in row:
                ws = await self.http.ws_connect(
                    self.base + row["open"],
                    headers=self.live(row.get("headers", {})),
                    max_msg_size=0,
                )
                self.sockets[via] = Socket(ws)
            elif "frame" in row:
                await self.sockets[via].ws.send_str(json.dumps(self.live(row["frame"])))
            elif "raw" in row:
                await self.sockets[via].ws.send_str(row["raw"])
            elif "closed" in row.get("note", "") or "aborted" in row.get("note", ""):
                await self.leave(row, self.sockets[via])
        for name, socket in self.sockets.items():
            if not socket.cut and socket.close is None:
                await asyncio.wait({socket.reader}, timeout=PATIENCE_S)
            if not socket.cut:
                compare_stream(
                    name,
                    socket.recorded,
                    socket.recorded_close,
                    socket.frames,
                    socket.close if socket.recorded_close is not None else None,
                    self.out,
                )
            socket.reader.cancel()
            await socket.ws.close()
        return self.out

    async def take(self, row: dict[str, Any], via: str) -> None:
        if via == "http" and self.calls and "status" in row:
            asked, task = self.calls.pop(0)
            self.judge(row, asked, await asyncio.wait_for(task, PATIENCE_S * 2))
        elif via in self.sockets:
            socket = self.sockets[via]
            if "frame" in row:
                socket.recorded.append(row["frame"])
            elif "close" in row:
                socket.recorded_close = row["close"]

    async def wait_like_the_recording(
        self, row: dict[str, Any], past: list[dict[str, Any]]
    ) -> None:
        for name, socket in self.sockets.items():
            if not socket.cut and not await socket.reach(Socket.milestone(socket.recorded)):
                self.out.append(
                    f"{name}: never reached what was recorded before {json.dumps(row)[:120]}"
                )
            if socket.recorded_close is not None and not socket.cut:
                await asyncio.wait({socket.reader}, timeout=PATIENCE_S)

    async def leave(self, row: dict[str, Any], socket: Socket) -> None:
        socket.cut = True
        if "aborted" in row["note"]:
            socket.ws._writer.transport.abort()
            return
        began, sent = time.monotonic(), socket.ws._writer
        await sent.close(1000)
        await asyncio.wait({socket.reader}, timeout=PATIENCE_S)
        took, recorded = (
            time.monotonic() - began,
            float(re.search(r"took ([\d.]+) s", row["note"]).group(1)),
        )
        if recorded >= 1.5 and took < 0.2:
            self.out.append(
                f"close: answered after {recorded} s (the work was done) in the recording, "
                f"after {took:.2f} s here"
            )


async def replay(path: Path, base_url: str) -> list[str]:
    """Play one recording against a server; return the differences."""
    _, rows = load(path)
    async with aiohttp.ClientSession(
        headers={"User-Agent": "swarmui-replay"}, cookie_jar=aiohttp.DummyCookieJar()
    ) as http:
        return await Player(base_url, http).play(rows)
