"""The model files that the server knows, which are those that it last saw on the disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.sandbox.swarmui.gone_files import is_gone
from bot.sandbox.swarmui.models import ModelFile

NEW_CLASS = "stable-diffusion-xl-v1-base"


class ModelSet:
    """All known files. A change on the disk is seen at the next `scan`."""

    def __init__(self, files: Iterable[ModelFile]) -> None:
        # Copies, because an edit changes them.
        self._disk = [replace(one) for one in files]
        self._known = list(self._disk)

    def __iter__(self) -> Iterator[ModelFile]:
        return iter(tuple(self._known))

    def find(self, subtype: str, name: str) -> ModelFile | None:
        """Return a file by its exact name, with or without its extension."""
        mine = [one for one in self._known if one.subtype == subtype]
        with_extension = (one for one in mine if one.name == f"{name}.safetensors")
        return next(with_extension, None) or next((one for one in mine if one.name == name), None)

    def scan(self, new: Iterable[str], gone: Iterable[str]) -> None:
        """Look at the disk: `new` names are there as well, `gone` ones are not."""
        missing = frozenset(gone)
        there = {one.name for one in self._disk}
        self._disk += [ModelFile(name, NEW_CLASS) for name in new if name not in there]
        self._known = [one for one in self._disk if not is_gone(one.name, missing)]
        for one in self._known:
            one.untitled = False

    def delete(self, one: ModelFile) -> None:
        self._disk.remove(one)
        self._known.remove(one)
