"""Looking for a thousand phrases in what people say: beside a bare loop, and beside fifty."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bot.core.triggers.index import build_index
from bot.core.triggers.match import read_message
from tests.bench.report import Result, Row
from tests.bench.scale import Scale
from tests.bench.talk import CONTENTS, PHRASES

ME = 42
MANY = tuple(f"{phrase} {number}" for number in range(20) for phrase in PHRASES)
# As half of it would be where people say the verb last.
AROUND = MANY[:500] + tuple(f"{{prompt}} {phrase}" for phrase in MANY[500:])
ELSEWHERE = (
    "\u0445\u043e\u0440\u043e\u0448\u043e, \u0434\u043e \u0437\u0430\u0432\u0442\u0440\u0430",
    "\u4eca\u65e5\u306f\u3044\u3044\u5929\u6c17\u3067\u3059\u306d",
    "\u03c0\u03ac\u03bc\u03b5 \u03b1\u03cd\u03c1\u03b9\u03bf;",
    "\u05de\u05d4 \u05e9\u05dc\u05d5\u05de\u05da \u05d4\u05d9\u05d5\u05dd?",
)


async def measure(scale: Scale, _: Path) -> Result:
    """In turns, the same sentences: a loop that folds once and tries each phrase, and ours."""
    rounds = scale.of(60, 5)
    latin, other = CONTENTS, ELSEWHERE
    few, many, around = (build_index(phrases) for phrases in (PHRASES, MANY, AROUND))
    plain = tuple(unicodedata.normalize("NFKC", phrase).casefold() for phrase in MANY)

    def loop(text: str) -> None:
        said = unicodedata.normalize("NFKC", text).casefold()
        for phrase in plain:
            if said.startswith(phrase):
                return

    jobs: dict[str, tuple[Callable[[str], object], Sequence[str]]] = {
        "loop": (loop, latin),
        "few": (lambda text: read_message(text, few, ME, True), latin),
        "many": (lambda text: read_message(text, many, ME, True), latin),
        "around": (lambda text: read_message(text, around, ME, True), latin),
        "loop elsewhere": (loop, other),
        "many elsewhere": (lambda text: read_message(text, many, ME, True), other),
    }
    took: dict[str, list[float]] = {name: [] for name in jobs}
    for _round in range(rounds):
        for name, (work, texts) in jobs.items():
            took[name].append(_each(work, texts))
    us = {name: median(times) for name, times in took.items()}
    return Result(
        (
            _row("sentence against 1,000 phrases", us["loop"], us["many"], 0.1),
            _row("the same in other scripts", us["loop elsewhere"], us["many elsewhere"], 0.2),
            _row("the same, half of them last words", us["loop"], us["around"], 0.2),
            _row("1,000 phrases beside 50", us["few"], us["many"], 1.25),
        ),
        (f"phrases: a sentence that has none of 1,000 costs {us['many']:.1f} µs",),
    )


def _each(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """Microseconds a sentence."""
    began = time.perf_counter()
    for _ in range(20):
        for text in texts:
            work(text)
    return (time.perf_counter() - began) / 20 / len(texts) * 1e6


def _row(what: str, base: float, mine: float, limit: float) -> Row:
    baseline = "fifty" if limit > 1 else "a bare loop"
    return Row(what, f"{base:.1f} µs ({baseline})", f"{mine:.1f} µs", mine / base, limit=limit)
