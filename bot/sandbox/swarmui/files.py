"""Where finished pictures lie: their names, lists, and the way back from a URL to a file."""

from __future__ import annotations

import contextlib
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

from bot.sandbox.swarmui.databases import Databases
from bot.sandbox.swarmui.pictures import metadata_of
from bot.sandbox.swarmui.script import Script

MOST_LISTED: Final = 1000
MOST_SCANNED: Final = 10_000
STARRED: Final = "Starred"
PART_LENGTH: Final = 40
DEFAULT_FORMAT: Final = "raw/[year]-[month]-[day]/[hour][minute][request_time_inc]-[prompt]-[model]"
_IN_MEMORY_S: Final = 10.0
_IN_MEMORY_MOST: Final = 64
_BESIDE: Final = (".txt", ".metadata.js", ".swarm.json", ".swarmpreview.jpg", ".swarmpreview.webp")
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
    """The output folder. Its methods block: call them off the loop.

    Each user has a subfolder, unless the server does not append user names. A file just saved is
    also kept in memory for some seconds and served from there, before it is written and even after
    it was deleted, as the real server does.
    """

    def __init__(self, data: Path | None, script: Script) -> None:
        self._script = script
        self.databases = Databases(script)
        self._temporary = data is None
        base = Path(tempfile.mkdtemp(prefix="swarmui-")) if data is None else data
        self.root = base / "Output"
        self.root.mkdir(parents=True, exist_ok=True)
        self._naming = threading.Lock()
        self._taken: set[Path] = set()
        self._recent: OrderedDict[Path, tuple[float, bytes]] = OrderedDict()
        self._metadata: dict[tuple[str, int], str | None] = {}

    def close(self) -> None:
        if self._temporary:
            shutil.rmtree(self.root.parent, ignore_errors=True)

    def folder_of(self, user: str) -> Path:
        """Return the root of a user's files."""
        return self.root / user if self._script.append_user_name else self.root

    def take_name(self, user: str, path: str, extension: str, data: bytes) -> Path:
        """Choose the first free number for a picture and keep it in memory until it is written.

        A name counts as taken with any extension, and even after its file was deleted. Raises
        OSError if no file can be opened.
        """
        self.databases.check()
        folder = self.folder_of(user)
        with self._naming:
            number, name = 0, path.replace("[number]", "1")
            while folder / name in self._taken or _exists(folder / name):
                number += 1
                tail = f"{path}-{number}"
                name = path.replace("[number]", str(number)) if "[number]" in path else tail
            self._taken.add(folder / name)
        target = folder / f"{name}.{extension}"
        target.parent.mkdir(parents=True, exist_ok=True)
        self._remember(target, data)
        return target

    def shown(self, target: Path) -> str:
        """Return what SwarmUI calls a file."""
        prefix = "View" if self._script.append_user_name else "Output"
        return f"{prefix}/{target.relative_to(self.root).as_posix()}"

    def write(self, target: Path, data: bytes) -> None:
        """Write a picture and what is kept of it for lists. Nobody is told if that fails."""
        with contextlib.suppress(OSError):
            target.write_bytes(data)
            self._remember(target, data)
            self.databases.open(target.parent)

    def _remember(self, key: Path, data: bytes) -> None:
        now = time.monotonic()
        self._recent[key] = (now, data)
        while self._recent:
            oldest, (at, _) = next(iter(self._recent.items()))
            if len(self._recent) <= _IN_MEMORY_MOST and now - at < _IN_MEMORY_S:
                return
            self._recent.pop(oldest, None)

    def read(self, path: Path) -> bytes:
        """Read a file, or raise FileNotFoundError, or IsADirectoryError for a folder."""
        kept = self._recent.get(path)
        if kept is not None and time.monotonic() - kept[0] < _IN_MEMORY_S:
            return kept[1]
        return path.read_bytes()

    def forget_recent(self) -> None:
        """Serve from the disk only, as some seconds later."""
        self._recent.clear()

    def exists(self, user: str, path: str) -> bool:
        return (self.folder_of(user) / asked(path)).is_file()

    def delete(self, user: str, path: str) -> bool:
        """Delete a picture with the files that belong to it; raises OSError."""
        target = self.folder_of(user) / asked(path)
        if not target.is_file():
            return False
        target.unlink()
        for ending in _BESIDE:
            target.with_suffix(ending).unlink(missing_ok=True)
        self.databases.open(target.parent)
        return True

    def listed(
        self, user: str, path: str, depth: int, *, by_date: bool, reverse: bool
    ) -> dict[str, Any]:
        """Folders and files below a folder, names relative to it; newest or last name first.

        A folder that does not exist is an empty one. Raises OSError if a database cannot be opened.
        """
        top = self.folder_of(user) / asked(path)
        folders: list[str] = []
        found: list[tuple[str, Path]] = []
        self._walk(top, "", depth, folders, found)
        # The first ones of the disk, in no order: by name, some are then missing.
        found = found[: MOST_SCANNED if by_date else MOST_LISTED]
        names = {name for name, _ in found}
        found = [entry for entry in found if f"{STARRED}/{entry[0]}" not in names]
        if by_date:
            found.sort(key=lambda entry: entry[1].stat().st_mtime_ns, reverse=not reverse)
        else:
            found.sort(key=lambda entry: entry[0], reverse=not reverse)
        for folder in {file.parent for _, file in found}:
            self.databases.open(folder)
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
            elif entry.suffix.lower() in _PICTURES and ".swarmpreview" not in entry.name:
                found.append((name, entry))

    def star(self, user: str, path: str) -> bool | None:
        """Copy a picture to the starred ones, or take the copy away; None if there is none."""
        path = asked(path).removeprefix(f"{STARRED}/")
        folder = self.folder_of(user)
        picture, copy = folder / path, folder / STARRED / path
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
