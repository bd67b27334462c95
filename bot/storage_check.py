"""Checks of the disk: database, spool, free space, the settings' file and another process."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.adapters.pictures.spool import INIT_IMAGES_FOLDER
from bot.adapters.sqlite.folder_lock import find_lock_holder
from bot.adapters.sqlite.inspection import inspect_database, try_wal
from bot.config import Settings
from bot.core.check_result import CheckResult
from bot.core.diagnosis import DISK_LOW_BYTES
from bot.core.errors import StoreError

SECRET_KEYS: Final = (
    ("discord", "token"),
    ("swarmui", "token"),
    ("swarmui", "authorization"),
    ("moderation", "token"),
)


NETWORK_FILE_SYSTEMS: Final = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.rclone"),
    )
)
RUNNING: Final = "A bot is running with this database"
DATABASE_FIX: Final = (
    "Set `storage.database` to a file that the bot's user may write, on a disk of this computer."
)
SPOOL_FIX: Final = "Give the folder to the bot's user, or change `storage.spool`."
DISK_FIX: Final = "Free some space: without it no picture can be saved."
_DISK_FULL: Final = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))


class SpoolUnwritable(StoreError):
    """Finished pictures cannot be saved. The message says where and what to do."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem} {_choose_fix(problem, SPOOL_FIX)}")


def prepare_spool(spool: Path) -> None:
    """Make the folder of finished pictures and write a file into it. Raises SpoolUnwritable."""
    with suppress(OSError):  # the next line says why
        spool.mkdir(parents=True, exist_ok=True)
    if why := _find_spool_problem(spool):
        raise SpoolUnwritable(why)


def check_storage(settings: Settings) -> Iterator[CheckResult]:
    """Check database, spool and free space. Folders that are missing are not made."""
    database, spool = settings.storage.database, settings.storage.spool
    problems = (
        (_find_database_problem(database), DATABASE_FIX),
        (_find_spool_problem(spool), SPOOL_FIX),
    )
    for why, fix in problems:
        if why:
            yield CheckResult("storage", False, why, _choose_fix(why, fix))
    if not any(why for why, _ in problems):
        kind = "Existing" if database.exists() else "New"
        yield CheckResult("storage", True, f"{kind} database {database}, pictures in {spool}.")
    free = min(shutil.disk_usage(_find_existing(path)).free for path in (database.parent, spool))
    roomy = free >= DISK_LOW_BYTES
    yield CheckResult("disk", roomy, f"{free / 1024**3:.1f} GB free on the bot's disk.", DISK_FIX)


def check_process(database: Path) -> CheckResult:
    """Look for a bot that runs with the same database. That is no problem for a check."""
    try:
        holder = find_lock_holder(database)
    except (StoreError, OSError) as error:
        return CheckResult("process", False, str(error), "Give the file to the bot's user.")
    if holder is None:
        return CheckResult("process", True, "No bot is running with this database.")
    return CheckResult("process", True, f"{RUNNING} ({holder}). A second one would not start.")


def check_file_mode(path: Path, settings: Settings) -> CheckResult:
    """Check that other users of the computer can neither read secrets nor change settings."""
    mode = path.stat().st_mode
    fix = f"chmod 600 {path}"
    if mode & stat.S_IWOTH:
        text = f"Every user of this computer can change {path.name}."
        return CheckResult("file mode", False, text, fix)
    if mode & stat.S_IROTH and _holds_secret(path, settings):
        text = f"Every user of this computer can read the secrets in {path.name}."
        return CheckResult("file mode", False, text, fix)
    return CheckResult("file mode", True, f"{path.name} is safe from other users.")


def _holds_secret(path: Path, settings: Settings) -> bool:
    text = path.read_text(encoding="utf-8")
    values = (
        getattr(getattr(settings, section), key).get_secret_value() for section, key in SECRET_KEYS
    )
    return any(value and value in text for value in values)


def find_network_share(path: Path, mounts: str) -> str:
    """Return the kind of network share that a path is on, or "". `mounts` is Linux's mountinfo."""
    kind, longest = "", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        if not after:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), before.split()[4])
        if path.is_relative_to(point) and len(point) >= longest:  # a later mount hides an earlier
            kind, longest = after.split()[0], len(point)
    return kind if kind in NETWORK_FILE_SYSTEMS else ""


def _read_mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # on Windows and macOS


def _find_database_problem(database: Path) -> str:
    folder = database.parent
    if why := _find_write_problem(folder):
        return f"{database} cannot be written here: {why}."
    if kind := find_network_share(_find_existing(folder).resolve(), _read_mounts()):
        return f"{database} is on a network share ({kind}), where SQLite damages databases."
    try:
        inspect_database(database)
        try_wal(_find_existing(folder))
    except (StoreError, OSError) as error:
        return str(error)
    return ""


def _choose_fix(problem: str, usual: str) -> str:
    return DISK_FIX if any(full in problem for full in _DISK_FULL) else usual


def _find_spool_problem(spool: Path) -> str:
    for folder in (spool, spool / INIT_IMAGES_FOLDER):
        if (folder == spool or folder.exists()) and (why := _find_write_problem(folder)):
            return f"Pictures cannot be saved in {folder}: {why}."
    return ""


def _find_write_problem(folder: Path) -> str:
    """Return why no file can be written into a folder, or into the one it would be made in."""
    there = _find_existing(folder)
    if not there.is_dir():
        return f"{there} is no folder"
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".swarmbot-", suffix=".part") as file:
            file.write(b"1")
            file.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _find_existing(folder: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    path = folder.absolute()
    return next((one for one in (path, *path.parents) if os.path.lexists(one)), path)
