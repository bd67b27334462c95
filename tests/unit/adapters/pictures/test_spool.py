"""Pictures on disk: whole or not there, whatever happens in between."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, features

from bot.adapters.pictures.spool import FileSpool
from bot.core.errors import BadPicture, FilesTooLarge
from bot.core.ids import JobId
from bot.core.jobs.model import FittedFile
from tests.support.drawing import png

JOB = JobId("k3v7q2m7x4t6w2z5b6na")
OTHER = JobId("a" * 20)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path: Path) -> FileSpool:
    return FileSpool(tmp_path / "spool")


async def test_the_bytes_are_kept_as_they_came(spool: FileSpool, tmp_path: Path) -> None:
    data = png(12, 9, text='{"seed": 42}')
    kept = await spool.save_image(JOB, 0, data)

    assert kept.path == tmp_path / "spool" / JOB / "0.png"
    assert kept.path.read_bytes() == data
    assert (kept.kind, kept.width, kept.height, kept.size) == ("png", 12, 9, len(data))
    assert await spool.list_spooled_files(JOB) == (kept,)


async def test_pictures_are_listed_by_index_and_only_whole_ones(spool: FileSpool) -> None:
    for index in (10, 2, 0):
        await spool.save_image(JOB, index, png())
    folder = (await spool.list_spooled_files(JOB))[0].path.parent
    for name in (".xyz.part", "3.txt", "4.png.part", "x.png", "5.png"):
        (folder / name).write_bytes(b"half a pict")
    assert [kept.index for kept in await spool.list_spooled_files(JOB)] == [0, 2, 10]
    assert await spool.list_spooled_files(OTHER) == ()


async def test_what_is_no_picture_leaves_nothing_behind(spool: FileSpool, tmp_path: Path) -> None:
    with pytest.raises(BadPicture):
        await spool.save_image(JOB, 0, b"<html>")
    assert await spool.list_spooled_files(JOB) == ()
    assert list((tmp_path / "spool").glob("*")) == [], "not even a folder"


async def test_the_same_index_again_replaces_the_file_of_any_type(spool: FileSpool) -> None:
    out = BytesIO()
    Image.new("RGB", (7, 7)).save(out, "JPEG")
    await spool.save_image(JOB, 0, png())
    await spool.save_image(JOB, 1, png())
    again = await spool.save_image(JOB, 0, out.getvalue())
    assert [(kept.index, kept.kind) for kept in await spool.list_spooled_files(JOB)] == [
        (0, "jpg"),
        (1, "png"),
    ]
    assert again.path.name == "0.jpg"


async def test_a_crash_before_the_rename_leaves_no_picture(
    spool: FileSpool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    order: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        order.append("sync")
        real_sync(handle)

    def replace(self: Path, target: Path) -> Path:
        order.append("rename")
        if len(order) < 4:
            raise OSError("the disk is gone")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    (tmp_path / "spool" / JOB).mkdir(parents=True)
    with pytest.raises(OSError, match="gone"):
        await spool.save_image(JOB, 0, png())
    assert list((tmp_path / "spool" / JOB).iterdir()) == []
    order.append("again")
    await spool.save_image(JOB, 0, png())
    assert order == ["sync", "rename", "again", "sync", "rename", "sync"]


async def test_many_at_once(spool: FileSpool) -> None:
    await asyncio.gather(*(spool.save_image(JOB, index, png()) for index in range(8)))
    assert [kept.index for kept in await spool.list_spooled_files(JOB)] == list(range(8))


async def test_upload_names_say_the_job_and_count_from_one(spool: FileSpool) -> None:
    data = png(300, 200, noise=True)
    kept = await spool.save_image(JOB, 2, data)
    assert await spool.read_within_limit(kept, 10**7) == FittedFile(f"swarmbot-{JOB}-3.png", data)
    small = await spool.read_within_limit(kept, 20_000)
    assert small.name in (f"swarmbot-{JOB}-3.webp", f"swarmbot-{JOB}-3.jpg")
    assert len(small.data) <= 20_000
    assert (small.is_copy, small.lost_motion) == (True, False)
    with pytest.raises(FilesTooLarge):
        await spool.read_within_limit(kept, 10)


async def test_thumbnails(spool: FileSpool) -> None:
    assert (await spool.make_thumbnail(png(900, 900)))[:2] == b"\xff\xd8"
    with pytest.raises(BadPicture):
        await spool.make_thumbnail(b"x")


async def test_a_dropped_job_is_gone_and_may_be_dropped_again(spool: FileSpool) -> None:
    await spool.save_image(JOB, 0, png())
    await spool.save_image(OTHER, 0, png())
    await spool.delete_job_files(JOB)
    await spool.delete_job_files(JOB)
    assert await spool.list_spooled_files(JOB) == ()
    assert len(await spool.list_spooled_files(OTHER)) == 1


async def test_a_bitmap_is_kept_as_png_because_discord_does_not_show_it(spool: FileSpool) -> None:
    image = Image.effect_noise((40, 30), 80).convert("RGB")
    out = BytesIO()
    image.save(out, "BMP")
    kept = await spool.save_image(JOB, 0, out.getvalue())
    assert (kept.kind, kept.width, kept.height) == ("png", 40, 30)
    with Image.open(kept.path) as again:
        assert again.tobytes() == image.tobytes()
    with pytest.raises(BadPicture):
        await spool.save_image(JOB, 1, out.getvalue()[:90])


@pytest.mark.skipif(not features.check("avif"), reason="Pillow was built without AVIF")
async def test_avif_is_kept_and_becomes_smaller(spool: FileSpool) -> None:
    out = BytesIO()
    Image.effect_noise((300, 200), 80).convert("RGB").save(out, "AVIF", quality=90)
    kept = await spool.save_image(JOB, 0, out.getvalue())
    assert (kept.kind, kept.width, kept.height) == ("avif", 300, 200)
    [listed] = await spool.list_spooled_files(JOB)
    assert listed == kept
    small = await spool.read_within_limit(kept, 5_000)
    assert small.name.endswith((".webp", ".jpg"))
    with pytest.raises(BadPicture):
        await spool.save_image(JOB, 1, out.getvalue()[:200])
