"""Where finished pictures lie: their names, lists, and the way back from a URL to a file."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.sandbox.swarmui.pictures import metadata_of

MOST_LISTED: Final = 1000
STARRED: Final = "Starred"
PART_LENGTH: Final = 40
DEFAULT_FORMAT: Final = "raw/[year]-[month]-[day]/[hour][minute][request_time_inc]-[prompt]-[model]"
_IN_MEMORY_S: Final = 10.0
_IN_MEMORY_MOST: Final = 64
_PICTURES: Final = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".webm", ".mov", ".html"}
_FORBIDDEN: Final = re.compile(r'[<>:"\\|?*~&@;#$^\x00-\x1f]')
_INVISIBLE: Final = re.compile("[\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_RESERVED: Final = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}

CONTENT_TYPES: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "html": "text/html",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a request began: every picture of it shares this part of its name."""

    at: datetime
    in_minute: int


def asked(path: str) -> str:
    """Clean a requested path of what could lead out of the folder."""
    path = _FORBIDDEN.sub("", path.replace("\\", "/").replace("%20", " "))
    while ".." in path:
        path = path.replace("..", "")
    return "/".join(part for part in path.strip().split("/") if part)


def named(path: str) -> str:
    """Clean a path to write to, without dots and special characters."""
    path = _FORBIDDEN.sub("", path.replace("\\", "/")).replace(".", "")
    parts = [part.strip() for part in _INVISIBLE.sub("", path).split("/") if part.strip()]
    return "/".join(part + "_" if part.lower() in _RESERVED else part for part in parts)


def filled(form: str, stamp: Stamp, params: dict[str, Any], user: str) -> str:
    """Fill in an image's output path without extension. `[number]` is left for `save`."""
    at = stamp.at
    plain = {
        "year": f"{at.year:04}",
        "month": f"{at.month:02}",
        "month_name": f"{at:%B}",
        "day": f"{at.day:02}",
        "day_name": f"{at:%A}",
        "hour": f"{at.hour:02}",
        "minute": f"{at.minute:02}",
        "second": f"{at.second:02}",
        "millisecond": f"{at.microsecond // 1000:03}",
        "request_time_inc": f"{stamp.in_minute:03}",
        "user_name": user,
        "model": params.get("model", "unknown"),
        "number": "[number]",
    }

    def value(tag: re.Match[str]) -> str:
        key = tag[1]
        told = plain.get(key, params.get(re.sub("[^a-z]", "", key.lower()), tag[0]))
        text = ",".join(told) if isinstance(told, list) else str(told)
        return named(text[:PART_LENGTH].replace("\\", "/").replace("/", ""))

    return named(re.sub(r"\[(\w+)\]", value, form)) or "image"


class Files:
    """The output folder, one subfolder a user. Its methods block: call them off the loop.

    A file just written is also kept in memory for some seconds and served from there, even after
    it was deleted, as the real server does.
    """

    def __init__(self, data: Path | None) -> None:
        self._temporary = data is None
        base = Path(tempfile.mkdtemp(prefix="swarmui-")) if data is None else data
        self.root = base / "Output"
        self.root.mkdir(parents=True, exist_ok=True)
        self._naming = threading.Lock()
        self._taken: set[str] = set()
        self._recent: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._metadata: dict[tuple[str, int], str | None] = {}

    def close(self) -> None:
        if self._temporary:
            shutil.rmtree(self.root.parent, ignore_errors=True)

    def save(self, user: str, path: str, extension: str, data: bytes) -> str:
        """Write a picture under the first free number; answers the path below the user's folder.

        A name counts as taken with any extension, and even after its file was deleted.
        """
        folder = self.root / user
        with self._naming:
            number, name = 0, path.replace("[number]", "1")
            while f"{user}/{name}" in self._taken or _exists(folder / name):
                number += 1
                tail = f"{path}-{number}"
                name = path.replace("[number]", str(number)) if "[number]" in path else tail
            self._taken.add(f"{user}/{name}")
        target = folder / f"{name}.{extension}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self._remember(f"{user}/{name}.{extension}", data)
        return f"{name}.{extension}"

    def _remember(self, key: str, data: bytes) -> None:
        now = time.monotonic()
        self._recent[key] = (now, data)
        while self._recent:
            oldest, (at, _) = next(iter(self._recent.items()))
            if len(self._recent) <= _IN_MEMORY_MOST and now - at < _IN_MEMORY_S:
                return
            self._recent.pop(oldest, None)

    def read(self, user: str, path: str) -> bytes:
        """Read a file, or raise FileNotFoundError, or IsADirectoryError for a folder."""
        kept = self._recent.get(f"{user}/{path}")
        if kept is not None and time.monotonic() - kept[0] < _IN_MEMORY_S:
            return kept[1]
        return (self.root / user / path).read_bytes()

    def exists(self, user: str, path: str) -> bool:
        return (self.root / user / asked(path)).is_file()

    def delete(self, user: str, path: str) -> bool:
        target = self.root / user / asked(path)
        if not target.is_file():
            return False
        target.unlink()
        return True

    def listed(
        self, user: str, path: str, depth: int, *, by_date: bool, reverse: bool
    ) -> dict[str, Any]:
        """Folders and files below a folder, names relative to it; newest or last name first.

        A folder that does not exist is an empty one.
        """
        top = self.root / user / asked(path)
        folders: list[str] = []
        found: list[tuple[str, Path]] = []
        self._walk(top, "", depth, folders, found)
        names = {name for name, _ in found}
        found = [entry for entry in found if f"{STARRED}/{entry[0]}" not in names]
        if by_date:
            found.sort(key=lambda entry: entry[1].stat().st_mtime_ns, reverse=not reverse)
        else:
            found.sort(key=lambda entry: entry[0], reverse=not reverse)
        files = [
            {"src": name, "metadata": self._metadata_of(file)} for name, file in found[:MOST_LISTED]
        ]
        return {"folders": sorted(folders, reverse=not reverse), "files": files}

    def _walk(
        self,
        folder: Path,
        prefix: str,
        depth: int,
        folders: list[str],
        found: list[tuple[str, Path]],
    ) -> None:
        if not folder.is_dir():
            return
        for entry in folder.iterdir():
            name = prefix + entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir() and depth > 0:
                folders.append(name)
                if depth > 1:
                    self._walk(entry, name + "/", depth - 1, folders, found)
            elif entry.suffix.lower() in _PICTURES:
                found.append((name, entry))

    def star(self, user: str, path: str) -> bool | None:
        """Copy a picture to the starred ones, or take the copy away; None if there is none."""
        path = asked(path).removeprefix(f"{STARRED}/")
        picture, copy = self.root / user / path, self.root / user / STARRED / path
        if copy.is_file():
            if not picture.is_file():
                picture.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(copy, picture)
            else:
                copy.unlink()
            return False
        if not picture.is_file():
            return None
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(picture, copy)
        return True

    def _metadata_of(self, file: Path) -> str | None:
        key = (str(file), file.stat().st_mtime_ns)
        if key not in self._metadata:
            self._metadata[key] = metadata_of(file.read_bytes())
        return self._metadata[key]


def _exists(stem: Path) -> bool:
    return stem.parent.is_dir() and any(
        entry.is_file() and entry.stem == stem.name for entry in stem.parent.iterdir()
    )
