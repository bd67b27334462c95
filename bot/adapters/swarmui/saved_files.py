"""Files that the server saved for a job, found by the path that the job asked for.

SwarmUI saves `raw/<path>.png`, then `raw/<path>-1.png`, … in order of completion. All jobs of a day
share a folder, because SwarmUI keeps three files open for each folder until it ends
(OutputMetadataTracker.cs). Jobs of older versions have a folder each, with `1.png` in it.
"""

from __future__ import annotations

import contextlib
import re
from typing import Final
from urllib.parse import quote

from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.sessions import SwarmIdentity
from bot.core import causes
from bot.core.errors import (
    BackendDown,
    BackendError,
    HostMustAct,
    NoPicture,
    NotAllowed,
    RequestRejected,
)
from bot.core.ids import ID_PATTERN

MEDIA_EXTENSIONS = "png|jpe?g|webp|gif|avif|bmp|mp4|mov|webm|mp3|wav|flac|aac|ogg"
# What a picture's file may end in, whatever format its account has chosen.
PICTURE_ENDINGS: Final = ("png", "jpg", "webp")
# A proxy may answer every name with a page; no order has so many pictures.
_FILES_MAX: Final = 100
# Below `raw/`: the path of a job's last attempt, or the folder that a job has for its own.
_JOB_PATH: Final = re.compile(
    rf"(swarmbot/[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})/({ID_PATTERN})(?:-([0-9]{{1,3}}))?"
)
FOREIGN_FILE: Final = "The file belongs to another account of the image server."
_MEDIA_FILE: Final = re.compile(rf"[\w-]+\.(?:{MEDIA_EXTENSIONS})", re.A)


async def list_saved_images(kit: SwarmContext, path: str) -> tuple[str, ...]:
    """List the refs saved under `path` in order of completion, or () if none."""
    parent = f"raw/{path}".rpartition("/")[0]
    try:
        return await _find_files(kit, path, await _list_names(kit, parent))
    except NotAllowed:  # the files themselves may still be had
        return await _find_files(kit, path, None)


async def delete_saved_images(kit: SwarmContext, path: str) -> int:
    """Delete every image of a job and return how many, ignoring missing files.

    `path` is that of the job's last attempt, or a folder with all attempts. Raises NotAllowed if
    the account may not list or delete. Raises RequestRejected if files stay, or for a path that
    cannot be a job's.
    """
    parts = _JOB_PATH.fullmatch(path)
    if parts is None:
        raise RequestRejected("That isn't a job's folder.")
    day, job, last = parts.groups()
    parent = f"raw/{path}" if last is None else f"raw/{day}"
    listed = await _list_names(kit, parent)
    if last is None:
        files = [f"{parent}/{name}" for name in listed if _MEDIA_FILE.fullmatch(name)]
    else:
        root = (await kit.sessions.get_common_session()).files_root
        files = [
            ref.removeprefix(root)
            for attempt in range(1, int(last) + 1)
            for ref in await _find_files(kit, f"{day}/{job}-{attempt}", listed)
        ]
    count = 0
    for file in files:
        with contextlib.suppress(NoPicture, RequestRejected):  # somebody was quicker, or it stays
            await kit.sessions.query_server("DeleteImage", {"path": file})
            count += 1
    if files and {f"{parent}/{name}" for name in await _list_names(kit, parent)} & {*files}:
        raise RequestRejected("The image server didn't delete all of these files.")
    return count


async def has_image(kit: SwarmContext, ref: str) -> bool:
    """Return True if an image is there, by one byte of it.

    Raises RequestRejected for one that its own account may still have.
    """
    if await kit.rest.has_file(quote(ref.removeprefix("/"))):
        return True
    if find_own_path(await kit.sessions.get_common_session(), ref) is None:
        raise RequestRejected(FOREIGN_FILE)
    return False


async def delete_image(kit: SwarmContext, ref: str) -> bool:
    """Delete one image by its ref, or return False if it is not there.

    Raises NotAllowed if the account may not delete, RequestRejected if the file stays.
    """
    path = find_own_path(await kit.sessions.get_common_session(), ref)
    if path is None:
        raise RequestRejected(FOREIGN_FILE)
    try:
        await kit.sessions.query_server("DeleteImage", {"path": path})
    except NoPicture:
        return False
    return True


def find_own_path(identity: SwarmIdentity, ref: str) -> str | None:
    """Return the path of a ref below the account's own folder, or None if it is outside.

    The ref may come from another account, or from a time when SwarmUI's setting "Append User Name
    To Output Path" was another.
    """
    route, _, path = ref.removeprefix("/").partition("/")
    if not identity.in_user_folder:  # all accounts share one folder, in which old ones are folders
        return path
    account, _, rest = path.partition("/")
    # Served under "Output", it was saved in the folder that all accounts shared.
    return rest if account == identity.user and route in ("View", "Output") else None


async def _find_files(kit: SwarmContext, path: str, names: list[str] | None) -> tuple[str, ...]:
    """Return the refs of `path` among the listed `names` and those that are not listed.

    Without a list (None), a FileRefused is raised if the server hands out no files.

    A list names at most the 1,000 newest files, and a new one only after it was written. SwarmUI
    serves it from memory before that.
    """
    root = f"{(await kit.sessions.get_common_session()).files_root}raw/{path}"
    stem = re.escape(path.rpartition("/")[2])
    ours = re.compile(rf"{stem}(?:-(\d{{1,6}}))?\.({MEDIA_EXTENSIONS})")
    found = {int(match[1] or 0): match[2] for match in map(ours.fullmatch, names or ()) if match}
    endings = tuple(dict.fromkeys((*found.values(), *PICTURE_ENDINGS)))
    try:
        for number in range(_FILES_MAX):
            if number not in found:
                if ending := await _guess_ending(kit, _format_ref(root, number), endings):
                    found[number] = ending
                elif number > max(found, default=-1):
                    break
    except (BackendDown, HostMustAct) as error:
        if not found:
            await kit.sessions.renew_common_session()  # raises if it is more than the files
            if names is None:
                raise causes.FILE_REFUSED.build_error(error.detail) from error
    except BackendError:
        if not found:
            raise
    return tuple(f"{_format_ref(root, number)}.{found[number]}" for number in sorted(found))


def _format_ref(root: str, number: int) -> str:
    return f"{root}-{number}" if number else root


async def _guess_ending(kit: SwarmContext, ref: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if await kit.rest.has_file(quote(f"{ref}.{ending}")):
            return ending
    return ""


async def _list_names(kit: SwarmContext, parent: str) -> list[str]:
    # By name it would be the first 1,000 of the disk, in no order.
    which = {"path": parent, "depth": 1, "sortBy": "Date", "sortReverse": False}
    try:
        said = await kit.sessions.query_server("ListImages", which)
    except NoPicture:
        return []
    files = said.get("files")
    return [
        str(file["src"]).removeprefix(f"{parent}/")
        for file in (files if isinstance(files, list) else [])
        if isinstance(file, dict) and isinstance(file.get("src"), str)
    ]
