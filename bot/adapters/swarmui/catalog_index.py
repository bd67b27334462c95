"""Fast lookup and suggestions over ten thousand names. Slow to build and meant for a thread."""

from __future__ import annotations

from itertools import islice
from typing import Final

from rapidfuzz import fuzz, process

from bot.adapters.swarmui.catalog_parser import MODEL_EXTENSION
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import Model

_SIMILARITY_MIN: Final = 45.0  # below this likeness (of 100) a suggestion is noise


class CatalogIndex:
    """Immutable snapshot with its models by name."""

    def __init__(self, shelf: CatalogSnapshot) -> None:
        self.snapshot = shelf
        names: dict[str, Model] = {}
        # The first to claim a short name keeps it only if nobody else does: an ambiguous one is
        # no name at all.
        short: dict[str, Model | None] = {}
        for model in shelf.models:
            names[_fold_name(model.name)] = model
            for alias in {_fold_name(model.name).rpartition("/")[2], _fold_name(model.title)}:
                short[alias] = None if alias in short else model
        self._by_exact_name = {model.name: model for model in shelf.models}
        self._by_name = {alias: model for alias, model in short.items() if model} | names
        self._names_by_kind = {
            "m": _NameIndex([(m.name, m.title) for m in shelf.models]),
            "l": _NameIndex([(lora.name, lora.title) for lora in shelf.loras]),
            "s": _NameIndex([(style.title, style.title) for style in shelf.presets]),
        }

    def find_model(self, name: str) -> Model | None:
        """Return the model of exactly that name, else of a title that only one model has."""
        return self._by_exact_name.get(name) or self._by_name.get(_fold_name(name.strip()))

    def suggest_models(self, name: str, n: int) -> tuple[Model, ...]:
        """Return at most `n` models, those that contain the name first."""
        return tuple(
            self.snapshot.models[i] for i in self._names_by_kind["m"].find_similar(name, n)
        )

    def find_similar_titles(self, kind: str, name: str, n: int) -> tuple[str, ...]:
        """Return at most `n` titles of that kind in the same order."""
        names = self._names_by_kind[kind]
        return tuple(dict.fromkeys(names.titles[i] for i in names.find_similar(name, n)))


class _NameIndex:
    """Names and titles of one kind, folded once."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.titles = [title or name for name, title in pairs]
        self._haystack = [f"{_fold_name(name)} {_fold_name(title)}" for name, title in pairs]
        self._short_names = [_fold_name(name).rpartition("/")[2] for name, _ in pairs]

    def find_similar(self, name: str, n: int) -> list[int]:
        """Return positions of similar names. An empty name gives the first ones."""
        wanted, hays = _fold_name(name.strip()), self._haystack
        if not wanted:
            return list(range(min(n, len(hays))))
        starting = islice((i for i, hay in enumerate(hays) if hay.startswith(wanted)), n)
        holding = islice((i for i, hay in enumerate(hays) if wanted in hay), n)
        chosen = list(dict.fromkeys([*starting, *holding]))[:n]
        if len(chosen) < n:
            # The cheapest scorer that forgives typing errors and the order of words: people see
            # the answer while they type, among ten thousand models too.
            alike = process.extract(
                wanted,
                self._short_names,
                scorer=fuzz.token_sort_ratio,
                limit=n + len(chosen),
                score_cutoff=_SIMILARITY_MIN,
            )
            chosen += [i for _, _, i in alike if i not in chosen]
        return chosen[:n]


def _fold_name(name: str) -> str:
    return name.casefold().removesuffix(MODEL_EXTENSION)
