"""What the server has saved of one attempt at a job, by the job's own folder."""

from __future__ import annotations

import re

from bot.adapters.swarmui.sessions import Sessions
from bot.core.errors import NoPicture

EXTENSIONS = "png|jpe?g|webp|gif|mp4|mov|webm|mp3|wav|flac|aac"


async def found(sessions: Sessions, folder: str) -> tuple[str, ...]:
    """The refs saved under `folder`, in order of completion; () if there is none."""
    parent, _, stem = f"raw/{folder}".rpartition("/")
    identity = await sessions.common()
    try:
        said = await sessions.ask(
            "ListImages", {"path": parent, "depth": 1, "sortBy": "Name", "sortReverse": False}
        )
    except NoPicture:
        return ()
    files = said.get("files")
    names = [
        str(file["src"])
        for file in (files if isinstance(files, list) else [])
        if isinstance(file, dict) and isinstance(file.get("src"), str)
    ]
    ours = re.compile(rf"{re.escape(stem)}(?:-(\d{{1,6}}))?\.(?:{EXTENSIONS})")
    counted: list[tuple[int, str]] = []
    for name in (name.removeprefix(f"{parent}/") for name in names):
        if match := ours.fullmatch(name):
            counted.append((int(match[1] or 0), f"{identity.root}{parent}/{name}"))
    return tuple(ref for _, ref in sorted(counted))
