"""Ten thousand names, ready to be looked up and guessed at. Slow to make: in a thread."""

from __future__ import annotations

from itertools import islice
from typing import Final

from rapidfuzz import fuzz, process

from bot.adapters.swarmui.lists import EXTENSION
from bot.core.request import Model
from bot.core.shelf import Shelf

_ALIKE: Final = 45.0  # below this likeness (of 100) a suggestion is noise


class Index:
    """One shelf with its models by name. Never changes: a new shelf is a new index."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        names: dict[str, Model] = {}
        # The first to claim a short name keeps it only if nobody else does: an ambiguous one is
        # no name at all.
        short: dict[str, Model | None] = {}
        for model in shelf.models:
            names[_key(model.name)] = model
            for alias in {_key(model.name).rpartition("/")[2], _key(model.title)}:
                short[alias] = None if alias in short else model
        self._exact = {model.name: model for model in shelf.models}
        self._by_name = {alias: model for alias, model in short.items() if model} | names
        self._haystack = [f"{_key(m.name)} {_key(m.title)}" for m in shelf.models]
        self._short = [_key(m.name).rpartition("/")[2] for m in shelf.models]

    def resolve(self, name: str) -> Model | None:
        """The model of exactly that name, else by what only one model is called."""
        return self._exact.get(name) or self._by_name.get(_key(name.strip()))

    def suggest(self, name: str, n: int) -> tuple[Model, ...]:
        """At most `n`: those that contain it first, then the most alike."""
        wanted, models, hays = _key(name.strip()), self.shelf.models, self._haystack
        if not wanted:
            return models[:n]
        starting = islice((i for i, hay in enumerate(hays) if hay.startswith(wanted)), n)
        holding = islice((i for i, hay in enumerate(hays) if wanted in hay), n)
        chosen = list(dict.fromkeys([*starting, *holding]))[:n]
        if len(chosen) < n:
            # The cheapest scorer that forgives typing errors and the order of words: people see
            # the answer while they type, among ten thousand models too.
            alike = process.extract(
                wanted,
                self._short,
                scorer=fuzz.token_sort_ratio,
                limit=n + len(chosen),
                score_cutoff=_ALIKE,
            )
            chosen += [i for _, _, i in alike if i not in chosen]
        return tuple(models[i] for i in chosen[:n])


def _key(name: str) -> str:
    return name.casefold().removesuffix(EXTENSION)
