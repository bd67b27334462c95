"""Files that the server saved for one attempt at a job, found by the job's folder."""

from __future__ import annotations

import contextlib
import re
from typing import Final

from bot.adapters.swarmui.sessions import SessionPool
from bot.core.errors import NoPicture, RequestRejected
from bot.core.ids import ID_PATTERN

MEDIA_EXTENSIONS = "png|jpe?g|webp|gif|mp4|mov|webm|mp3|wav|flac|aac"
# Below `raw/`, the job's own folder with its attempts in it: never a folder that others share.
_JOB_FOLDER: Final = re.compile(rf"swarmbot/[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}/{ID_PATTERN}")
_MEDIA_FILE: Final = re.compile(rf"[\w-]+\.(?:{MEDIA_EXTENSIONS})", re.A)


async def list_saved_images(sessions: SessionPool, folder: str) -> tuple[str, ...]:
    """List the refs saved under `folder` in order of completion, or () if none."""
    parent, _, stem = f"raw/{folder}".rpartition("/")
    identity = await sessions.get_common_session()
    ours = re.compile(rf"{re.escape(stem)}(?:-(\d{{1,6}}))?\.(?:{MEDIA_EXTENSIONS})")
    matches = map(ours.fullmatch, await _list_names(sessions, parent))
    counted = sorted((int(match[1] or 0), match[0]) for match in matches if match)
    return tuple(f"{identity.files_root}{parent}/{name}" for _, name in counted)


async def delete_saved_images(sessions: SessionPool, folder: str) -> int:
    """Delete every image in `folder` and return how many, ignoring missing files.

    Raises NotAllowed if the account may not list or delete. Raises RequestRejected if files stay,
    or for a folder that cannot be a job's.
    """
    if not _JOB_FOLDER.fullmatch(folder):
        raise RequestRejected("That isn't a job's folder.")
    parent = f"raw/{folder}"
    there = await _list_files(sessions, parent)
    for name in there:
        with contextlib.suppress(NoPicture, RequestRejected):  # somebody was quicker, or it stays
            await sessions.query_server("DeleteImage", {"path": f"{parent}/{name}"})
    if there and await _list_files(sessions, parent):
        raise RequestRejected("The image server didn't delete all of these files.")
    return len(there)


async def _list_files(sessions: SessionPool, parent: str) -> list[str]:
    return [name for name in await _list_names(sessions, parent) if _MEDIA_FILE.fullmatch(name)]


async def _list_names(sessions: SessionPool, parent: str) -> list[str]:
    which = {"path": parent, "depth": 1, "sortBy": "Name", "sortReverse": False}
    try:
        said = await sessions.query_server("ListImages", which)
    except NoPicture:
        return []
    files = said.get("files")
    return [
        str(file["src"]).removeprefix(f"{parent}/")
        for file in (files if isinstance(files, list) else [])
        if isinstance(file, dict) and isinstance(file.get("src"), str)
    ]
