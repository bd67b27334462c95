"""Deleting what the server has saved of a job, in its own folder and nowhere else."""

from __future__ import annotations

import contextlib
import re
from typing import Final

from bot.adapters.swarmui.found import EXTENSIONS
from bot.adapters.swarmui.sessions import Sessions
from bot.core.errors import NoPicture, Rejected
from bot.core.ids import ID_PATTERN

# Below `raw/`, the job's own folder with its attempts in it: never a folder that others share.
_OURS: Final = re.compile(rf"swarmbot/[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}/{ID_PATTERN}")
_FILE: Final = re.compile(rf"[\w-]+\.(?:{EXTENSIONS})", re.A)


async def erase(sessions: Sessions, folder: str) -> int:
    """Delete every picture in `folder`; how many there were. What is gone already is as good.

    Raises NotAllowed where the account may not list or delete, Rejected where files stay and for a
    folder that cannot be a job's.
    """
    if not _OURS.fullmatch(folder):
        raise Rejected("That is no job's folder.")
    parent = f"raw/{folder}"
    there = await _listed(sessions, parent)
    for name in there:
        with contextlib.suppress(NoPicture, Rejected):  # somebody was quicker, or it stays
            await sessions.ask("DeleteImage", {"path": f"{parent}/{name}"})
    if there and await _listed(sessions, parent):
        raise Rejected("SwarmUI did not delete all of these files.")
    return len(there)


async def _listed(sessions: Sessions, parent: str) -> list[str]:
    try:
        said = await sessions.ask(
            "ListImages", {"path": parent, "depth": 1, "sortBy": "Name", "sortReverse": False}
        )
    except NoPicture:
        return []
    files = said.get("files")
    names = (
        str(file["src"]).removeprefix(f"{parent}/")
        for file in (files if isinstance(files, list) else [])
        if isinstance(file, dict) and isinstance(file.get("src"), str)
    )
    return [name for name in names if _FILE.fullmatch(name)]
