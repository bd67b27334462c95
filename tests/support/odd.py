"""Frames of all kinds in any order: such as SwarmUI sends, and such as it never should."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from random import Random
from typing import Any

from bot.adapters.swarmui.protocol import ErrorFrame, FrameEvent, decode_frame
from bot.core.errors import BackendError, ProtocolError
from bot.core.jobs.progress import (
    ImageReady,
    JobPhase,
    PreviewFrame,
    Progress,
    RequestEnded,
    SamplingStep,
    SessionRenewed,
    StatusFrame,
)

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, -(2**70), 10**400, 0.5, -0.5, 1.5, 1e308, math.nan),
    *(math.inf, -math.inf, "NaN", "", "0", "00", "-11", "1.0", "٣", "x" * 300, "<lora:x>", "\0"),
    *([], [0], ["0", 1, None, "-1"], {}, {"batch_index": "0"}, [[[]]], "data:image/png;base64,AA"),
    *("data:image/jpeg;base64,/9j/", "data:,", "View/local/raw/ü 100%, a.png", "../../etc/passwd"),
)
NUMBERS: tuple[Any, ...] = (0, 0.0, 0.05, 0.125, 0.25, 0.5, 0.5, 0.75, 0.99, 1, 1.0, 1.0000001)
INDICES: tuple[Any, ...] = ("0", "0", "0", "1", "1", "2", "3", 0, 1, 2.0, "-1", "-11", "7", "00")
GARBAGE: tuple[str | bytes, ...] = (
    *("", "[]", "null", "{", '{"image":', "<html>502</html>", "[" * 5000, '{"a":' * 3000),
    *(b"\xff\xfe", b"{}", '{"gen_progress":{"current_percent":1e999,"batch_index":"0"}}'),
)


def some(random: Random, usual: tuple[Any, ...]) -> Any:
    """One of the usual values; one in six is odd."""
    return random.choice(ODD if random.random() < 1 / 6 else usual)


def frame(random: Random) -> str | bytes:
    """One frame as it comes over the wire."""
    kind = random.randrange(12)
    said: dict[str, Any]
    match kind:
        case 0:
            counters = ("waiting_gens", "loading_models", "waiting_backends", "live_gens")
            said = {"status": {name: some(random, (0, 0, 1, 2)) for name in counters}}
        case 1 | 2 | 3 | 4 | 5:
            said = {"gen_progress": _progress(random)}
        case 6 | 7:
            said = {
                "image": some(random, ("View/local/raw/a.png", "data:image/png;base64,AAAA")),
                "batch_index": some(random, INDICES),
                "metadata": some(random, (None, "{}")),
            }
        case 8:
            said = {"discard_indices": some(random, ([], [], ["0"], [1, "3"]))}
        case 9:
            said = {"error": some(random, ("Generation session interrupted.",)), "error_id": None}
        case 10:
            said = random.choice(({"keep_alive": True}, {"socket_intention": "close"}, {}))
        case _:
            if random.random() < 0.5:
                return random.choice(GARBAGE)
            keys = ("status", "gen_progress", "image", "error", "discard_indices", "keep_alive")
            said = {key: random.choice(ODD) for key in random.sample(keys, 3)}
    return json.dumps(said)


def _progress(random: Random) -> dict[str, Any]:
    said = {
        "batch_index": some(random, INDICES),
        "current_percent": some(random, NUMBERS),
        "overall_percent": random.choice(ODD),
    }
    if random.random() < 0.2:
        said["preview"] = some(random, ("data:image/jpeg;base64,/9j/4AAQ",))
    return said


def follow(progress: Progress, raw: str | bytes, now: float) -> Progress:
    """One frame decoded and taken in; whatever must hold between the two is looked at."""
    try:
        heard = decode_frame(raw)
    except ProtocolError:
        return progress
    for word in heard:
        progress = _after(progress, word, now)
    return progress


def _after(before: Progress, word: FrameEvent, now: float) -> Progress:
    if isinstance(word, ErrorFrame):
        assert isinstance(word.error, BackendError)
        assert word.error.sentence
        return before
    if not isinstance(
        word, StatusFrame | SamplingStep | PreviewFrame | ImageReady | SessionRenewed | RequestEnded
    ):
        return before
    after = before.apply_event(word, now)
    assert 0 <= before.percent <= after.percent <= 100
    assert (after.percent == 100) == (after.ready_count == after.images)
    assert 0.0 <= before.done_share <= after.done_share <= 1.0 + 1e-9
    assert before.ready_count <= after.ready_count <= after.images
    assert 0 <= after.current_step <= after.steps
    assert 1 <= after.current_picture <= after.images
    assert after.eta_s is None or (math.isfinite(after.eta_s) and after.eta_s >= -1e-6)
    assert ORDERLY[before.phase] <= ORDERLY[after.phase]
    if after.phase is JobPhase.DRAWING and before.phase is not JobPhase.DRAWING:
        assert isinstance(word, SamplingStep | ImageReady)
    return after


ORDERLY = {phase: place for place, phase in enumerate(JobPhase)}


def beginning(random: Random) -> Progress:
    """A job of one to four pictures, in one to three samplings, of a known pace or none."""
    start = Progress(random.randint(1, 4), random.choice((1, 4, 8, 30)))
    passes = random.choice(((1.0,), (1.0,), (1.0, 0.8), (0.8, 0.2), (1.0, 0.5, 0.25)))
    return replace(start, passes=passes, expected_s=random.choice((None, 12.0)))
