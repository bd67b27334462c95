"""Matching of typed names with the server's names, and suggestions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, Protocol, TypeVar

from bot.core.drawing import (
    name_match,
)
from bot.core.drawing.request import Model
from bot.core.text import format as fmt

_EXTENSIONS: Final = (".safetensors", ".ckpt", ".sft", ".gguf", ".pt", ".bin", ".engine")
_COMPARED_MAX: Final = 1000


class NamedItem(Protocol):
    """Item with a file name on the server, with its folder, and a title."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...


N = TypeVar("N", bound=NamedItem)


def normalize_name(name: str) -> str:
    """Return a name for comparison, without case, slash style and file extension."""
    folded = name.strip().casefold().replace("\\", "/")
    for extension in _EXTENSIONS:
        folded = folded.removesuffix(extension)
    return folded


def format_title(one: NamedItem) -> str:
    """Return an item's title, else its file name without extension."""
    title = one.title.strip() or one.name.rpartition("/")[2]
    for extension in _EXTENSIONS:
        if title.casefold().endswith(extension):
            return title[: -len(extension)]
    return title


def find_unique(wished: str, ones: Iterable[N]) -> N | None:
    """Return the item with that name, or None if it is missing or ambiguous.

    A full name wins, then one without extension, a title, and the end of a path.
    """
    exact, folded = wished.strip().casefold(), normalize_name(wished)
    if not folded:
        return None
    by_rank: dict[int, list[N]] = {}
    for one in ones:
        name = normalize_name(one.name)
        if one.name.casefold() == exact:
            rank = 0
        elif name == folded:
            rank = 1
        elif normalize_name(one.title) == folded:
            rank = 2
        elif name.rpartition("/")[2] == folded:
            rank = 3
        else:
            continue
        by_rank.setdefault(rank, []).append(one)
    best = by_rank[min(by_rank)] if by_rank else []
    return best[0] if len(best) == 1 else None


def find_similar(wished: str, titles: Iterable[str]) -> tuple[str, ...]:
    """Return up to three similar titles. The search is bounded in lists of any length."""
    folded = normalize_name(wished)[:80]
    known = {normalize_name(title): title for title in titles}
    within = [name for name in known if folded and folded in name][:3]
    likely = sorted(known, key=lambda name: abs(len(name) - len(folded)))[:_COMPARED_MAX]
    close = get_close_matches(folded, likely, n=3, cutoff=0.5)
    return tuple(known[name] for name in dict.fromkeys(within + close))[:3]


def suggest_similar(wished: str, titles: Iterable[str], otherwise: str) -> str:
    """ "Did you mean this or that?", or `otherwise` where nothing comes close."""
    found = find_similar(wished, titles)
    return fmt.suggest_names(found) if found else otherwise


def build_item_key(name: str) -> str:
    """See `CatalogItem.item_key`."""
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:12]


def find_model(wished: str, models: tuple[Model, ...]) -> Model | None:
    """Return the model of that name or title, or None if it is missing or ambiguous.

    An exact name wins over a title, a whole path over its last part; None if nothing is equal.
    """
    folded = name_match.normalize_name(wished)
    by_rank: dict[int, Model] = {}
    for model in models:
        names = (
            model.name.casefold(),
            name_match.normalize_name(model.name),
            name_match.normalize_name(model.title),
        )
        if wished.strip().casefold() == names[0]:
            return model
        tail = names[1].rpartition("/")[2]
        for rank, name in enumerate((names[1], names[2], tail)):
            if folded and name == folded:
                by_rank.setdefault(rank, model)
    return by_rank[min(by_rank)] if by_rank else None


def find_similar_models(wished: str, models: tuple[Model, ...]) -> tuple[str, ...]:
    """Return up to three similar model titles."""
    return name_match.find_similar(wished, (name_match.format_title(model) for model in models))
