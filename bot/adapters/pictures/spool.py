"""Finished images on disk between SwarmUI and Discord, as `<spool>/<job>/<index>.<kind>`.

A file under its final name is complete and a valid image. It is written under another name, synced
and renamed, and the folder is synced after it. So neither a crash nor a power cut leaves half a
file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from bot.adapters.pictures import init_images, media, metadata, resize, validate
from bot.core.drawing.request import InitImage
from bot.core.errors import BadPicture
from bot.core.ids import JobId, is_job_id
from bot.core.jobs.model import FittedFile, SpooledFile
from bot.core.jobs.upload_limits import PERSON_LIMIT

P = ParamSpec("P")
T = TypeVar("T")
INIT_IMAGES_FOLDER: Final = "inputs"  # no job's id: those have twenty characters
# Decoding takes up to 256 MB; with more at once the host's computer would swap.
DECODERS_MAX: Final = 2
_FILE_NAME: Final = re.compile(
    rf"(\d{{1,6}})\.({'|'.join((*validate.IMAGE_KINDS.values(), *media.MEDIA_KINDS))})"
)


class FileSpool:
    """Implements the port `Spool` in a folder, which is made when it is needed.

    All work is done in threads. What the disk refuses comes out as OSError: without a disk there
    is nothing to be saved by.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._decode_slots = asyncio.Semaphore(DECODERS_MAX)
        # Results never wait for members' images. Each thread keeps up to a hundred megabytes of
        # what it freed, so these have one.
        self._member_thread = ThreadPoolExecutor(1, "member images")

    async def save_image(
        self, job: JobId, index: int, data: bytes, *, media_max: int = PERSON_LIMIT
    ) -> SpooledFile:
        async with self._decode_slots:
            return await asyncio.to_thread(self._save_image, job, index, data, media_max)

    async def delete_spooled_file(self, job: JobId, index: int) -> None:
        await asyncio.to_thread(self._delete_spooled_file, job, index)

    async def list_spooled_files(self, job: JobId) -> tuple[SpooledFile, ...]:
        return await asyncio.to_thread(self._list_spooled_files, job)

    async def read_within_limit(self, kept: SpooledFile, limit: int) -> FittedFile:
        async with self._decode_slots:
            return await asyncio.to_thread(_fit_file, kept, limit)

    async def make_thumbnail(self, data: bytes, side: int = 512) -> bytes:
        return await asyncio.to_thread(resize.make_thumbnail, data, side)

    async def measure_free_space(self) -> int:
        there = next(one for one in (self._folder, *self._folder.parents) if one.exists())
        return (await asyncio.to_thread(shutil.disk_usage, there)).free

    async def make_small_jpeg(self, data: bytes, side: int) -> bytes:
        """Return a JPEG that passes a proxy with a limit of one megabyte."""
        async with self._decode_slots:
            return await asyncio.to_thread(resize.make_small_jpeg, data, side)

    async def read_metadata(self, data: bytes, *, of_member: bool = False) -> Mapping[str, str]:
        if of_member:
            return await self._run_for_member(metadata.read_texts, data)
        async with self._decode_slots:
            return await asyncio.to_thread(metadata.read_texts, data)

    async def delete_job_files(self, job: JobId) -> None:
        await asyncio.to_thread(shutil.rmtree, self._folder / job, ignore_errors=True)

    async def list_old_job_folders(self, before: datetime) -> tuple[JobId, ...]:
        return await asyncio.to_thread(self._list_old_job_folders, before)

    async def save_init_image(self, name: JobId, data: bytes) -> InitImage:
        return await self._run_for_member(self._save_init_image, name, data)

    async def load_init_image(self, name: JobId) -> bytes | None:
        return await asyncio.to_thread(self._load_init_image, name)

    async def get_init_image_size(self, name: JobId) -> int | None:
        return await asyncio.to_thread(self._get_init_image_size, name)

    async def delete_init_image(self, name: JobId) -> None:
        await asyncio.to_thread(self._build_init_image_path(name).unlink, missing_ok=True)

    async def delete_old_init_images(self, keep: Collection[str], before: datetime) -> int:
        return await asyncio.to_thread(self._delete_old_init_images, frozenset(keep), before)

    async def _run_for_member(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._member_thread, call)

    def _save_image(self, job: JobId, index: int, data: bytes, media_max: int) -> SpooledFile:
        data = resize.convert_bitmap(data)
        facts = validate.verify_image(data)
        folder = self._folder / job
        if facts.kind in media.MEDIA_KINDS:
            self._check_room(folder, index, len(data), media_max)
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder)
        path = folder / f"{index}.{facts.kind}"
        _write_file(path, data)
        for other in folder.glob(f"{index}.*"):
            if other != path:  # an earlier attempt gave another type
                other.unlink(missing_ok=True)
        return SpooledFile(job, index, path, facts.kind, facts.width, facts.height, len(data))

    def _build_init_image_path(self, name: JobId) -> Path:
        if not is_job_id(name):
            raise ValueError("that is no name of an input")
        return self._folder / INIT_IMAGES_FOLDER / name

    def _save_init_image(self, name: JobId, data: bytes) -> InitImage:
        made = init_images.prepare_init_image(data)
        path = self._build_init_image_path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_file(path, made.data)
        return InitImage(name, made.width, made.height)

    def _load_init_image(self, name: JobId) -> bytes | None:
        path = self._build_init_image_path(name)
        with contextlib.suppress(FileNotFoundError):
            data = path.read_bytes()
            os.utime(path)
            return data
        return None

    def _get_init_image_size(self, name: JobId) -> int | None:
        with contextlib.suppress(FileNotFoundError):
            return self._build_init_image_path(name).stat().st_size
        return None

    def _delete_old_init_images(self, keep: frozenset[str], before: datetime) -> int:
        gone = 0
        for path in (self._folder / INIT_IMAGES_FOLDER).glob("*"):
            touched = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if path.name not in keep and touched < before:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _list_old_job_folders(self, before: datetime) -> tuple[JobId, ...]:
        """Look at names of jobs only, since a host may have chosen a folder with other things."""
        found = []
        for path in self._folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                if is_job_id(path.name) and changed < before:
                    found.append(JobId(path.name))
        return tuple(found)

    def _delete_spooled_file(self, job: JobId, index: int) -> None:
        for path in (self._folder / job).glob(f"{index}.*"):
            path.unlink(missing_ok=True)

    def _check_room(self, folder: Path, index: int, size: int, most: int) -> None:
        """All videos and sounds of a job go into one message. Raises BadPicture beyond that."""
        others = (path for path in folder.glob("*.*") if path.suffix[1:] in media.MEDIA_KINDS)
        taken = sum(path.stat().st_size for path in others if path.stem != str(index))
        if taken + size > most:
            raise BadPicture(
                f"The result is too large for Discord: {(taken + size) / 1024**2:.0f} "
                f"MB. The limit for videos and sounds is {most // 1024**2} MB here."
            )

    def _list_spooled_files(self, job: JobId) -> tuple[SpooledFile, ...]:
        found: list[SpooledFile] = []
        for path in (self._folder / job).glob("*"):
            match = _FILE_NAME.fullmatch(path.name)
            if match is None:
                continue
            with contextlib.suppress(BadPicture, OSError):
                data = path.read_bytes()
                facts = validate.inspect_header(data)
                size = (facts.width, facts.height, len(data))
                found.append(SpooledFile(job, int(match[1]), path, match[2], *size))
        return tuple(sorted(found, key=lambda kept: kept.index))


def _fit_file(kept: SpooledFile, limit: int) -> FittedFile:
    original = kept.path.read_bytes()
    kind, data = resize.fit_to_limit(original, kept.kind, limit)
    is_copy = data is not original
    lost_motion = is_copy and validate.is_animation(original)
    return FittedFile(f"swarmbot-{kept.job}-{kept.index + 1}.{kind}", data, is_copy, lost_motion)


def _write_file(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable. Windows cannot open a folder, and needs no such thing."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
