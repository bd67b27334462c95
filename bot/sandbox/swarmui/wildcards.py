"""Wildcards: named lists of words, each a text file with perhaps a picture beside it."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.sandbox.swarmui.models import PLACEHOLDER

_SHOWN: Final = 512


@dataclass(slots=True)
class Wildcard:
    """One list of words; its times are those of the file, in milliseconds."""

    name: str
    raw: str
    picture: bytes | None = None
    created: int = field(default_factory=lambda: int(time.time() * 1000))
    modified: int = 0

    @property
    def options(self) -> list[str]:
        """The lines without their comments; a written \\n stands for a new line."""
        cut = (line.partition("#")[0].strip() for line in self.raw.split("\n"))
        return [line.replace("\\n", "\n") for line in cut if line]

    def told(self, *, inline: bool, whole: bool) -> dict[str, Any]:
        """Return a wildcard for a list. Long ones are cut unless the `whole` is requested."""
        image = PLACEHOLDER
        if self.picture is not None and inline:
            image = "data:image/jpeg;base64," + base64.b64encode(self.picture).decode("ascii")
        elif self.picture is not None:
            image = f"/ViewSpecial/Wildcards/{self.name}?editid=1"
        raw = self.raw if whole or len(self.raw) <= _SHOWN else self.raw[:_SHOWN] + "..."
        return {"name": self.name, "raw": raw, "image": image}


class Wildcards:
    """All wildcards of the server, found in any case; in a folder if there is one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, Wildcard] = {}
        self.scan()

    def scan(self) -> None:
        """Read the folder anew."""
        if self._folder is None or not self._folder.is_dir():
            return
        self._known.clear()
        for file in sorted(self._folder.rglob("*.txt")):
            name = file.relative_to(self._folder).with_suffix("").as_posix()
            picture = file.with_suffix(".jpg")
            at = int(file.stat().st_mtime * 1000)
            self._known.setdefault(
                name.lower(),
                Wildcard(
                    name,
                    _plain(file.read_bytes().decode("utf-8", "replace")),
                    picture.read_bytes() if picture.is_file() else None,
                    at,
                    at,
                ),
            )

    def all(self) -> list[Wildcard]:
        return list(self._known.values())

    def named(self, name: str) -> Wildcard | None:
        return self._known.get(name.lower())

    def options(self) -> dict[str, list[str]]:
        return {one.name: one.options for one in self._known.values()}

    def write(self, name: str, words: str, picture: bytes | None, *, clear: bool) -> None:
        """Write a list. Without a new picture the old one stays, unless it is to be cleared."""
        before = self._known.get(name.lower())
        kept = None if clear or before is None else before.picture
        card = Wildcard(name, _plain(words), picture or kept, modified=int(time.time() * 1000))
        if before is not None:
            card.created = before.created
        self._known[name.lower()] = card
        if self._folder is not None:
            file = self._folder / f"{name}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(words.encode())
            if card.picture is not None:
                file.with_suffix(".jpg").write_bytes(card.picture)
            else:
                file.with_suffix(".jpg").unlink(missing_ok=True)

    def delete(self, name: str) -> bool:
        card = self._known.get(name.lower())
        if card is None or card.name != name:
            return False
        del self._known[name.lower()]
        if self._folder is not None:
            (self._folder / f"{name}.txt").unlink(missing_ok=True)
            (self._folder / f"{name}.jpg").unlink(missing_ok=True)
        return True


def _plain(words: str) -> str:
    return words.replace("\r\n", "\n").replace("\r", "").replace("\ufeff", "")
