"""Where finished pictures lie: their names, lists, and the way back from a URL to a file."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.sandbox.swarmui.pictures import metadata_of

MOST_LISTED: Final = 1000
PART_LENGTH: Final = 40
DEFAULT_FORMAT: Final = "raw/[year]-[month]-[day]/[hour][minute][request_time_inc]-[prompt]-[model]"
_IN_MEMORY_S: Final = 10.0
_IN_MEMORY_MOST: Final = 64
_PICTURES: Final = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".webm", ".mov", ".html"}
_FORBIDDEN: Final = re.compile(r'[<>:"\\|?*~&@;#$^\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]')

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


def cleaned(path: str) -> str:
    """A path without what SwarmUI takes out: forbidden characters, dot-dot, empty parts."""
    path = _FORBIDDEN.sub("", path.replace("\\", "/"))
    while ".." in path:
        path = path.replace("..", "")
    return "/".join(part.strip() for part in path.split("/") if part.strip(" ."))


def filled(form: str, stamp: Stamp, params: dict[str, Any], user: str) -> str:
    """The output path of a picture, without number and extension."""
    at = stamp.at
    plain = {
        "year": f"{at.year:04}",
        "month": f"{at.month:02}",
        "day": f"{at.day:02}",
        "hour": f"{at.hour:02}",
        "minute": f"{at.minute:02}",
        "second": f"{at.second:02}",
        "millisecond": f"{at.microsecond // 1000:03}",
        "request_time_inc": f"{stamp.in_minute:03}",
        "user_name": user,
        "prompt": params.get("prompt", "unknown"),
        "negative_prompt": params.get("negativeprompt", ""),
        "model": params.get("model", "unknown"),
        "cfg_scale": params.get("cfgscale", ""),
    }

    def value(tag: re.Match[str]) -> str:
        key = tag[1].lower()
        told = plain.get(key, params.get(key.replace("_", ""), tag[0]))
        text = _FORBIDDEN.sub("", str(told)).replace(".", "")
        return text.replace("\n", " ").strip()[:PART_LENGTH].strip()

    return cleaned(re.sub(r"\[(\w+)\]", value, form)) or "image"


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
        self._recent: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._metadata: dict[tuple[str, int], str | None] = {}

    def close(self) -> None:
        if self._temporary:
            shutil.rmtree(self.root.parent, ignore_errors=True)

    def save(self, user: str, path: str, extension: str, data: bytes) -> str:
        """Write a picture under the first free number; answers the path below the user's folder."""
        tail = 0
        while True:
            name = f"{path}{f'-{tail}' if tail else ''}.{extension}"
            target = self.root / user / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with target.open("xb") as out:
                    out.write(data)
            except FileExistsError:
                tail += 1
                continue
            self._remember(f"{user}/{name}", data)
            return name

    def _remember(self, key: str, data: bytes) -> None:
        now = time.monotonic()
        self._recent[key] = (now, data)
        while self._recent:
            oldest, (at, _) = next(iter(self._recent.items()))
            if len(self._recent) <= _IN_MEMORY_MOST and now - at < _IN_MEMORY_S:
                return
            self._recent.pop(oldest, None)

    def read(self, user: str, path: str) -> bytes:
        """The bytes of a file; raises FileNotFoundError, or IsADirectoryError for a folder."""
        kept = self._recent.get(f"{user}/{path}")
        if kept is not None and time.monotonic() - kept[0] < _IN_MEMORY_S:
            return kept[1]
        return (self.root / user / path).read_bytes()

    def exists(self, user: str, path: str) -> bool:
        return (self.root / user / cleaned(path)).is_file()

    def delete(self, user: str, path: str) -> bool:
        target = self.root / user / cleaned(path)
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
        top = self.root / user / cleaned(path)
        folders: list[str] = []
        found: list[tuple[str, Path]] = []
        self._walk(top, "", depth, folders, found)
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
            if entry.is_dir():
                folders.append(name)
                if depth > 1:
                    self._walk(entry, name + "/", depth - 1, folders, found)
            elif entry.suffix.lower() in _PICTURES:
                found.append((name, entry))

    def _metadata_of(self, file: Path) -> str | None:
        key = (str(file), file.stat().st_mtime_ns)
        if key not in self._metadata:
            self._metadata[key] = metadata_of(file.read_bytes())
        return self._metadata[key]
