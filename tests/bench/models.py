"""Ten thousand models: the menu while a name is being typed, and the guess at a misspelt one."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bot.adapters.discord.interactions.autocomplete import ModelAutocomplete
from bot.core.drawing.name_match import find_similar
from bot.core.drawing.request import Model
from tests.bench.report import Result, Row, quantile
from tests.bench.scale import Scale

BAR_MS = 10.0
MODELS = 10_000
_FAMILIES = ("sdxl", "flux", "pony", "sd15", "illustrious", "chroma", "wan", "qwen")
_WORDS = (
    "dream",
    "real",
    "anime",
    "photo",
    "mix",
    "art",
    "vision",
    "dark",
    "light",
    "turbo",
    "lightning",
    "pastel",
    "cinema",
    "fantasy",
    "portrait",
    "ink",
    "toon",
    "ultra",
)


async def measure(scale: Scale, folder: Path) -> Result:
    """Every key of many names, hits and misses, in the two places that search the list."""
    chance = random.Random(7)
    listed = tuple(_model(chance, number) for number in range(MODELS))
    typed = _typed(chance, listed, scale.of(2_000, 200))
    menu = ModelAutocomplete()
    began = time.perf_counter()
    menu.find_choices(listed, "")
    first = (time.perf_counter() - began) * 1000
    keys = _timed(
        typed, lambda text: [choice.to_dict() for choice in menu.find_choices(listed, text)]
    )
    titles = [model.title for model in listed]
    guesses = _timed(typed[: len(typed) // 4], lambda text: find_similar(text + "x", titles))
    return Result(
        (
            Row(
                f"autocomplete over {MODELS:,} models, p99",
                "",
                f"median {median(keys):.2f} ms, worst {max(keys):.2f} ms",
                quantile(keys, 0.99),
                unit="ms",
                limit=BAR_MS,
            ),
        ),
        (
            f"models: the first key after a new list takes {first:.1f} ms; a guess at a misspelt"
            f" name takes {median(guesses):.1f} ms, p99 {quantile(guesses, 0.99):.1f} ms",
        ),
    )


def _model(chance: random.Random, number: int) -> Model:
    family = chance.choice(_FAMILIES)
    words = [chance.choice(_WORDS) for _ in range(3)]
    name = f"{family}/{chance.choice(_WORDS)}/{'_'.join(words)}_v{number}"
    return Model(f"{name}.safetensors", f"{' '.join(words).title()} v{number}", family)


def _typed(chance: random.Random, listed: Sequence[Model], count: int) -> list[str]:
    """Beginnings of titles and names, pieces from their middle, and words that no model has."""
    texts: list[str] = []
    while len(texts) < count:
        model = chance.choice(listed)
        whole = chance.choice((model.title, model.name))
        start = chance.choice((0, 0, chance.randrange(len(whole))))
        end = start + chance.randrange(len(whole) - start + 1)
        texts.append(whole[start:end] + chance.choice(("", "", "", "zzz")))
    return texts


def _timed(texts: Sequence[str], ask: Callable[[str], object]) -> list[float]:
    gc.collect()
    took = []
    for text in texts:
        began = time.perf_counter()
        ask(text)
        took.append((time.perf_counter() - began) * 1000)
    return took
