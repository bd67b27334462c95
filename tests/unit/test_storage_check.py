"""The disk before a start: what is wrong is a sentence, and nothing is made or left."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from bot import storage_check
from bot.adapters.sqlite import errors
from bot.adapters.sqlite.folder_lock import lock_data_folder
from bot.config import Settings
from bot.core.check_result import CheckResult
from bot.storage_check import (
    RUNNING,
    SpoolUnwritable,
    check_file_mode,
    check_process,
    check_storage,
    find_network_share,
    prepare_spool,
)
from tests.support.books import NOON, open_desk
from tests.support.program import build_settings

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "swarm-secret"
AS_NOBODY = """
import os, sys
from pathlib import Path
from bot.storage_check import SpoolUnwritable, check_storage, prepare_spool
from bot.config import Settings
path = Path(sys.argv[1])
storage = {"database": path / "b.db", "spool": path / "spool"}
settings = Settings.model_validate({"discord": {"token": "a.b.c"}, "storage": storage})
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)  # root may write anything
for found in check_storage(settings):
    if not found.ok:
        print("FIX", found.name, found.detail, found.fix)
try:
    prepare_spool(path / "spool")
except SpoolUnwritable as error:
    print(error)
"""


def settings_in(folder: Path, **sections: Any) -> Settings:
    """Settings with all data in that folder."""
    storage = {"database": folder / "swarmbot.db", "spool": folder / "spool"}
    return build_settings(storage=storage, **sections)


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return [path.name for path in folder.iterdir()]


def checked(folder: Path) -> dict[str, CheckResult]:
    return {found.name: found for found in check_storage(settings_in(folder))}


async def test_new_and_existing_data_are_told_apart_and_nothing_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    found = checked(folder)
    assert all(one.ok for one in found.values()), found
    assert found["storage"].detail.startswith("New database ")
    assert "GB free" in found["disk"].detail
    assert not names(tmp_path)
    async with open_desk(tmp_path / "swarmbot.db"):
        assert checked(tmp_path)["storage"].detail.startswith("Existing database ")


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    found = list(check_storage(settings_in(tmp_path / "data")))
    bad = [one for one in found if not one.ok]
    assert [one.name for one in bad] == ["storage", "storage"]
    assert all("is no folder" in one.detail and one.fix for one in bad)


def test_another_programs_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "swarmbot.db").write_bytes(b"something else" * 100)
    found = checked(tmp_path)["storage"]
    assert not found.ok
    assert "is not a database, or it is damaged" in found.detail


def test_a_disk_without_a_write_ahead_log_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise errors.NoWriteAheadLog(folder, "SQLite answers 'delete'")

    monkeypatch.setattr(storage_check, "try_wal", refuse)
    found = checked(tmp_path)["storage"]
    assert not found.ok
    assert "network share" in found.detail


MOUNTS = """22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/nas rw - cifs //nas/bots rw
31 30 8:2 / /mnt/nas/disk rw shared:3 master:1 - ext4 /dev/sdb1 rw
32 22 0:41 / /mnt/my\\040share rw - nfs4 nas:/bots rw
33 22 0:42 / /mnt/hidden rw - nfs nas:/a rw
34 22 8:3 / /mnt/hidden rw - xfs /dev/sdc1 rw
no line of a mount
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data", ""),
        ("/mnt/nas", "cifs"),
        ("/mnt/nas/bots", "cifs"),
        ("/mnt/nasty", ""),
        ("/mnt/nas/disk/data", ""),
        ("/mnt/my share/data", "nfs4"),
        ("/mnt/hidden/data", ""),
    ],
)
def test_a_network_share_is_known_by_its_mount(path: str, kind: str) -> None:
    assert find_network_share(Path(path), MOUNTS) == kind


def test_a_database_on_a_network_share_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = f"30 22 0:40 / {tmp_path.resolve()} rw - nfs4 nas:/bots rw"
    monkeypatch.setattr(storage_check, "_read_mounts", lambda: mounts)
    found = checked(tmp_path)["storage"]
    assert not found.ok
    assert "is on a network share (nfs4)" in found.detail
    assert "disk of this computer" in found.fix


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40, 5 * 2**20))
    found = checked(tmp_path)["disk"]
    assert not found.ok
    assert found.detail == "0.0 GB free on the bot's disk."


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize(
    ("shut", "words"),
    [("spool", "spool: Permission denied"), ("spool/inputs", "inputs: Permission denied")],
)
def test_a_folder_of_another_user_is_told_before_anything_is_drawn(shut: str, words: str) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "spool").mkdir(mode=0o777)
        (folder / "spool").chmod(0o777)
        (folder / shut).mkdir(exist_ok=True)
        (folder / shut).chmod(0o555)
        ran = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, name],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
    told, refused = ran.stdout.splitlines()
    assert told.startswith("FIX storage Pictures cannot be saved in "), ran.stderr
    assert words in told
    assert words in refused
    assert refused.endswith("Give the folder to the bot's user, or change `storage.spool`.")


def test_the_spool_is_made_and_left_empty(tmp_path: Path) -> None:
    prepare_spool(tmp_path / "data" / "spool")
    assert list((tmp_path / "data" / "spool").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(SpoolUnwritable, match="is no folder"):
        prepare_spool(tmp_path / "file")


def test_a_bot_that_runs_is_named_and_is_no_problem(tmp_path: Path) -> None:
    database = tmp_path / "swarmbot.db"
    assert check_process(database).ok
    assert list(tmp_path.iterdir()) == []
    with lock_data_folder(database, NOON):
        found = check_process(database)
    assert found.ok
    assert found.detail.startswith(f"{RUNNING} (process {os.getpid()} on ")


def test_a_lock_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "swarmbot.lock").mkdir()
    found = check_process(tmp_path / "swarmbot.db")
    assert not found.ok
    assert found.fix


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize(
    ("mode", "text", "words"),
    [
        (0o600, TOKEN, ""),
        (0o640, TOKEN, ""),
        (0o644, "", ""),
        (0o664, "", ""),
        (0o644, TOKEN, "can read the secrets in config.toml"),
        (0o666, "", "can change config.toml"),
        (0o622, TOKEN, "can change config.toml"),
    ],
)
def test_the_settings_are_safe_from_other_users(
    tmp_path: Path, mode: int, text: str, words: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"# {text}", encoding="utf-8")
    path.chmod(mode)
    found = check_file_mode(path, build_settings(swarmui={"token": TOKEN}))
    assert found.ok == (not words)
    assert words in found.detail
    assert TOKEN not in found.detail + found.fix
    assert found.ok or found.fix == f"chmod 600 {path}"


def test_a_full_disk_is_no_question_of_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    with pytest.raises(SpoolUnwritable, match=r"No space left on device\. Free some space"):
        prepare_spool(tmp_path / "spool")
