"""No regular expression of the product takes the square of its text's length.

Each is tried on long texts of the pieces that patterns are made of, at two lengths. The ratio of
the CPU times tells the kind of growth, which a slow or busy machine does not change.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from typing import Any, Final

import bot
import cogs

ANCHORED: Final = frozenset(
    (
        "bot.adapters.swarmui.saved_files._MEDIA_FILE",
        "bot.core.drawing.image_metadata._NOTE_TEXTS",
        "bot.core.drawing.image_metadata.automatic1111._NAME",
        "bot.core.drawing.image_metadata.automatic1111._NEGATIVE_PREFIX",
        "bot.core.drawing.image_metadata.automatic1111._QUOTED",
        "bot.core.drawing.image_metadata.automatic1111._STEPS_LINE",
        "bot.core.drawing.image_metadata.named_fields._DREAM",
        "bot.core.drawing.image_metadata.named_fields._MIDJOURNEY",
        "bot.core.drawing.prompt_tags._PICKS",
        "bot.core.drawing.prompt_tags._POINT",
        "bot.core.drawing.prompt_tags._TAG",
        "bot.core.drawing.tag_removal._HEAD",
        "bot.core.pauses._WINDOW",
    )
)
"""Only matched at one place of a text, and never searched."""
PIECES: Final = (
    *("a", "1", " ", "-", ".", "_", "<", "|", "[", ":", ",", "'", '"', "`", "/", "\\", "\n", "é"),
    *("a ", "a.", "<a:", "|| a", "/a", "'/", '"\\', "--a ", "a: ", "<@1> ", "1. ", " \n", "a, "),
    *("data:a;base64,", "http://a", "c:\\", "\n at ", "little a ", "1!", "child ", "{ prompt"),
)
SHORT: Final = 400
TIMES: Final = 4
GROWTH_MAX: Final = 9.0  # linear is 4, a square is 16
WORTH_A_LOOK_S: Final = 0.001


def test_every_pattern_is_linear() -> None:
    found = dict(_list_patterns())
    assert len(found) > 80
    slow = []
    for name, pattern in found.items():
        for piece in PIECES:
            if _grows_by_square(pattern, piece, anchored=name in ANCHORED):
                slow.append((name, pattern.pattern, piece))
    assert slow == []
    assert {name.partition(" ")[0] for name in found} >= ANCHORED


def test_a_square_is_noticed() -> None:
    """The token pattern as it was: a word of 100,000 letters took a minute."""
    assert _grows_by_square(re.compile(r"[\w-]{20,}\.[\w-]{5,}"), "a", anchored=False)


def _grows_by_square(pattern: re.Pattern[Any], piece: str, *, anchored: bool) -> bool:
    for _ in range(3):
        long = _measure(pattern, piece, SHORT * TIMES, anchored=anchored)
        if long < WORTH_A_LOOK_S:
            return False
        short = min(_measure(pattern, piece, SHORT, anchored=anchored) for _ in range(3))
        if long < GROWTH_MAX * short:
            return False
    return True


def _measure(pattern: re.Pattern[Any], piece: str, size: int, *, anchored: bool) -> float:
    text: str | bytes = (piece * size)[:size] + "!"
    if isinstance(pattern.pattern, bytes):
        text = str(text).encode("latin-1")
    began = time.thread_time()
    pattern.match(text)
    pattern.fullmatch(text)
    if not anchored:
        for _ in pattern.finditer(text):
            pass
    return time.thread_time() - began


def _list_patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for package in (bot, cogs):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".sandbox" in module.name or module.name.endswith("__main__"):
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                for number, pattern in enumerate(_iter_patterns(value)):
                    whole = f"{module.name}.{name}"
                    yield (f"{whole} {number}" if number else whole), pattern


def _iter_patterns(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict) and depth < 3:
        yield from _iter_patterns((*value.keys(), *value.values()), depth + 1)
    elif isinstance(value, tuple | list | set | frozenset) and depth < 3:
        for one in value:
            yield from _iter_patterns(one, depth + 1)
