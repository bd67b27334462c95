"""Twelve hostile acts of one member, and what another member notices of them.

The bot and the hostile member run in processes of their own.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from PIL import Image

from bot.core.ids import build_job_id
from bot.sandbox.swarmui.setup import Setup
from tests.support.abuse import hostile_member
from tests.support.picture_files import JPEG, PLAIN_PNG, chunk, insert_chunks
from tests.support.table import AddRow
from tests.support.town import Json, Town, town

TITLE: Final = "Hostile acts of one member, and another member's waits in ms (p95)"
Steps: TypeAlias = list[dict[str, Any]]
ROUNDS: Final = 5
QUOTAS: Final = 5  # a round
TRIES: Final = 3  # a busy machine is slow at times; a hole is there each time
FACTOR_MAX: Final = 1.5
MORE_MAX_MS: Final = 150
MEMORY_MAX: Final = 300 * 1024  # KiB
EXPORTED: Final = 3_000  # jobs of the hostile member
SIDE: Final = 4_000  # sixteen megapixels: as much as is decoded


def command(name: str, **options: Any) -> Steps:
    form = {"as": "mia", "do": "command", "channel": "imagine", "name": name, "options": options}
    return [form]


def attached(data: bytes, name: str = "a.png") -> dict[str, str]:
    return {"name": name, "base64": base64.b64encode(data).decode()}


def encoded(kind: str, side: int, **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (side, side)).save(out, kind, **how)
    return out.getvalue()


def upload(data: bytes, name: str = "a.png") -> Steps:
    return command("imagine", prompt="a fox {n}", image=attached(data, name))


def build_crowded_png() -> bytes:
    """A PNG of 30,000 texts."""
    texts = [chunk(b"tEXt", b"k%d\0x" % number) for number in range(30_000)]
    return insert_chunks(PLAIN_PNG, *texts)


class Scene:
    """A town with a picture of the victim's and one of the hostile member's."""

    def __init__(self, here: Town, mine: Json, theirs: Json, crowded: str) -> None:
        self.here, self.mine, self.theirs, self.crowded = here, mine, theirs, crowded

    def press(self, message: Json, action: str) -> dict[str, Any]:
        for row in message["components"]:
            for one in row["components"]:
                if str(one.get("custom_id", "")).startswith(f"{action}:"):
                    wanted = {"message": message["id"], "custom_id": one["custom_id"]}
                    return {"as": "mia", "do": "component", **wanted}
        raise AssertionError(action)

    def menu(self, message: str, name: str) -> Steps:
        return [{"as": "mia", "do": "menu", "message": message, "name": name}]


ACTS: Final[dict[str, Callable[[Scene], Steps]]] = {
    "upload: 16 MP PNG that is cut off": lambda _: upload(encoded("PNG", SIDE)[:-60]),
    "upload: WebP of 2.5 kB and 64 MP": lambda _: upload(
        encoded("WEBP", 2 * SIDE, lossless=True), "a.webp"
    ),
    "upload: JPEG with 20,000 comments": lambda _: upload(
        JPEG[:2] + b"\xff\xfe\0\2" * 20_000 + JPEG[2:], "a.jpg"
    ),
    "letters: 6,000 that stand for 108,000": lambda _: command("imagine", prompt="\ufdfa" * 5_990),
    "letters: spaced, and a word not allowed": lambda _: command(
        "imagine", prompt=f"{'1 b!' * 490} naked child {{n}}"
    ),
    "presses: another's buttons": lambda scene: [scene.press(scene.theirs, "reroll")],
    "forms: Edit with 4,000 such letters": lambda scene: [
        scene.press(scene.mine, "edit"),
        {"as": "mia", "do": "modal", "fields": {"prompt": "\ufdfa" * 1_990}},
    ],
    "triggers: messages that are refused": lambda _: [
        {
            "as": "mia",
            "do": "message",
            "channel": "imagine",
            "content": f"draw me {{n}} {'1 b!' * 470} naked child",
        }
    ],
    "autocomplete: 5,000 blanks": lambda _: [
        {
            "as": "mia",
            "do": "autocomplete",
            "channel": "imagine",
            "name": "imagine",
            "option": "lora",
            "value": f"{' ' * 5_000}{{n}}",
            "options": {"prompt": "x"},
        }
    ],
    "reports: the same picture": lambda scene: scene.menu(
        scene.theirs["id"], "Report to moderators"
    ),
    f"exports: {EXPORTED} jobs": lambda _: command("privacy export"),
    "parameters: PNG with 30,000 texts": lambda scene: scene.menu(scene.crowded, "Show parameters"),
}


def percentile(values: list[float]) -> float:
    """The 95th percentile: of few values the largest."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


async def measure(here: Town) -> tuple[float, float]:
    """What theo waits for /quota and for a picture, in milliseconds (p95)."""
    quotas: list[float] = []
    pictures: list[float] = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        card = await here.imagine("theo", "general", prompt="a red fox", steps=2)
        await here.picture(card, "general", "theo")
        pictures.append((time.monotonic() - began) * 1000)
        for _ in range(QUOTAS):
            state = await here.command("theo", "quota", "general")
            assert state["state"] == "answered"
            quotas.append(state["after_ms"])
    return percentile(quotas), percentile(pictures)


def limit(calm: float) -> float:
    return max(calm * FACTOR_MAX, calm + MORE_MAX_MS)


def copy_jobs(database: Path, count: int) -> None:
    """Give mia a long history, by copies of her only job."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as books, books:
        columns = [row[1] for row in books.execute("PRAGMA table_info(jobs)")]
        others = [f'"{name}"' for name in columns if name not in ("seq", "id", "source")]
        listed = ", ".join(others)
        for _ in range(count):
            name = build_job_id(os.urandom(13))
            books.execute(
                f"INSERT INTO jobs (id, source, {listed}) SELECT ?, ?, {listed} FROM jobs"
                " WHERE requester_name = 'Mia' OR requester_name = 'mia' LIMIT 1",
                (name, f"interaction:{name}"),
            )


def read_peak(pid: int) -> int:
    """The most memory that a process has had, in KiB; 0 where nothing tells."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    lines = status.read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_nobody_waits_for_one_hostile_member(tmp_path: Path, row: AddRow) -> None:
    async with town(tmp_path, Setup(step_s=0.01, model_load_s=0.02)) as here:
        await here.spawn_bot()
        for words in ("limits exempt",):
            assert (await here.command("mona", words, "general"))["state"] == "answered"
        mine = await here.picture(await here.imagine("mia"))
        theirs = await here.picture(await here.imagine("theo"), who="theo")
        crowded = await here.act(
            "theo",
            "message",
            channel="imagine",
            content="look",
            files=[attached(build_crowded_png())],
        )
        await here.until(lambda: here.rows("SELECT * FROM holds") == [], "the holds are closed")
        copy_jobs(here.database, EXPORTED)
        scene = Scene(here, mine, theirs, crowded["message"])
        await measure(here)  # what is only done once
        slow: dict[str, Any] = {}
        for name, build in ACTS.items():
            steps = build(scene)
            for _ in range(TRIES):
                calm = await measure(here)
                async with hostile_member(here.discord.base, steps) as told:
                    hostile = await measure(here)
                assert told["errors"] == [], name
                assert told["acts"] > 3, name
                if all(map(lambda now, before: now <= limit(before), hostile, calm)):
                    break
            else:
                slow[name] = (calm, hostile)
            assert here.process is not None
            assert here.process.returncode is None
            row(
                TITLE,
                act=name,
                acts=told["acts"],
                quota=f"{calm[0]:.0f} / {hostile[0]:.0f}",
                picture=f"{calm[1]:.0f} / {hostile[1]:.0f}",
                memory=f"{read_peak(here.process.pid) // 1024} MiB",
            )
        assert slow == {}
        assert read_peak(here.process.pid) < MEMORY_MAX
        assert "Traceback" not in (tmp_path / "bot.log").read_text("utf-8")
