"""What the server has, as it last said it: models by name, quick to search, there while it is down.

SwarmUI matches model names by substring ("xl" silently picks the shortest name that contains it),
so names are resolved here, exactly, before anything is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from rapidfuzz import fuzz, process

from bot.adapters.swarmui.sessions import Sessions
from bot.core.request import Model
from bot.core.shelf import Shelf

_EXTENSION: Final = ".safetensors"
_NO_PREVIEW: Final = "imgs/model_placeholder.jpg"
_DEPTH: Final = 20  # the most that the server allows
_ALIKE: Final = 45.0  # below this likeness (of 100) a suggestion is noise


class SwarmCatalog:
    """Implements the port `Catalog`. Everything but `refresh` is answered from memory."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._models: tuple[Model, ...] = ()
        self._shelf = Shelf()
        self._by_name: dict[str, Model] = {}
        self._haystack: list[str] = []
        self._short: list[str] = []

    def models(self) -> tuple[Model, ...]:
        return self._models

    def shelf(self) -> Shelf:
        return self._shelf

    async def refresh(self) -> None:
        """Read the lists, then make sure that something could be drawn with them.

        Raises a BackendError; what was read until then stays, and so does the last known list.
        """
        await self.read()
        await self._sessions.ready()

    async def read(self) -> None:
        """Ask for the lists; raises a BackendError and keeps the last known list then.

        `ListT2IParams` knows all models and their classes, `ListModels` (at most 5,000) their
        titles and which of them is loaded.
        """
        params = await self._sessions.ask("ListT2IParams", {})
        listed = await self._sessions.ask("ListModels", {"path": "", "depth": _DEPTH})
        self.learn(params, listed)

    def learn(self, params: Mapping[str, Any], listed: Mapping[str, Any]) -> None:
        """Take in the two answers."""
        self._models = _models(params, listed)
        self._shelf = Shelf(models=self._models)
        names: dict[str, Model] = {}
        # The first to claim a short name keeps it only if nobody else does: an ambiguous one is
        # no name at all.
        short: dict[str, Model | None] = {}
        for model in self._models:
            names[_key(model.name)] = model
            for alias in {_key(model.name).rpartition("/")[2], _key(model.title)}:
                short[alias] = None if alias in short else model
        self._by_name = {alias: model for alias, model in short.items() if model} | names
        self._haystack = [f"{_key(m.name)} {_key(m.title)}" for m in self._models]
        self._short = [_key(m.name).rpartition("/")[2] for m in self._models]

    def resolve(self, name: str) -> Model | None:
        """The model of exactly that name, in any case, with or without its extension.

        A title or a name without its folder will do where only one model has it.
        """
        exact = (model for model in self._models if model.name == name)
        return next(exact, None) or self._by_name.get(_key(name.strip()))

    def suggest(self, name: str, n: int) -> tuple[Model, ...]:
        """At most `n` models like `name`: those that contain it first, then the most alike."""
        wanted = _key(name.strip())
        if not wanted:
            return self._models[:n]
        hays = self._haystack
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
        return tuple(self._models[i] for i in chosen[:n])


def _key(name: str) -> str:
    return name.casefold().removesuffix(_EXTENSION)


def _models(params: Mapping[str, Any], listed: Mapping[str, Any]) -> tuple[Model, ...]:
    classes = _mapping(params.get("model_classes"))
    files = {
        str(file["name"]): file
        for file in _list(listed.get("files"))
        if isinstance(file, Mapping) and isinstance(file.get("name"), str)
    }
    known: dict[str, str] = {}
    for pair in _list(_mapping(params.get("models")).get("Stable-Diffusion")):
        name, kind = (pair[0], pair[1] if len(pair) > 1 else "") if _pair(pair) else (pair, "")
        if isinstance(name, str) and name and name != "(None)":
            known[name] = kind if isinstance(kind, str) else ""
    for name in files:
        known.setdefault(name, "")
    return tuple(
        _model(name, kind, files.get(name, {}), classes)
        for name, kind in known.items()
        if files.get(name, {}).get("is_supported_model_format") is not False
    )


def _model(name: str, kind: str, file: Mapping[str, Any], classes: Mapping[str, Any]) -> Model:
    architecture = _text(file.get("architecture")) or kind
    about = _mapping(classes.get(architecture))
    title = _text(file.get("title")) or name.rpartition("/")[2]
    preview = _text(file.get("preview_image")).partition("?")[0].removeprefix("/")
    return Model(
        name=name,
        title=title[: -len(_EXTENSION)] if title.endswith(_EXTENSION) else title,
        architecture=architecture,
        compat_class=_text(file.get("compat_class")) or _text(about.get("compat_class")),
        width=_pixels(file.get("standard_width")) or _pixels(about.get("standard_width")),
        height=_pixels(file.get("standard_height")) or _pixels(about.get("standard_height")),
        loaded=file.get("loaded") is True,
        preview="" if preview == _NO_PREVIEW or preview.startswith("data:") else preview,
    )


def _pair(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _pixels(value: object) -> int:
    return value if isinstance(value, int) and 0 < value <= 16384 else 0


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
