"""Hostile uploads of members, all at once: bounded memory, and results that do not wait.

They are read in a process of their own, which says at its end how much memory it took.
"""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from bot.adapters.pictures import FileSpool, init_images
from bot.core.drawing.input_limits import JPEG_PIXELS_MAX, PIXELS_MAX, WEBP_PIXELS_MAX
from bot.core.ids import JobId
from tests.support.drawing import png
from tests.support.picture_files import JPEG, PLAIN_PNG, chunk, insert_chunks

MEMORY_MAX: Final = 300 * 1024  # KiB
READER: Final = """
import asyncio, resource, sys
from pathlib import Path
from bot import app
from bot.adapters.pictures import FileSpool
from bot.core.errors import BadPicture
from bot.core.ids import JobId

async def read(spool, number, data):
    try:
        await spool.save_init_image(JobId("abcdefgh"[number] * 20), data)
        return "read"
    except BadPicture as error:
        return error.sentence
    finally:
        try:
            await spool.read_metadata(data, of_member=True)
        except BadPicture:
            pass

async def main():
    files = [path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir())]
    spool = FileSpool(Path(sys.argv[2]))
    for line in await asyncio.gather(*(read(spool, n, one) for n, one in enumerate(files))):
        print(line)

asyncio.run(main())
status = Path("/proc/self/status").read_text().splitlines()
print(next(line for line in status if line.startswith("VmHWM")).split()[1])
"""


def encoded(kind: str, pixels: int, mode: str = "RGBA", **how: Any) -> bytes:
    side = int(pixels**0.5)
    out = io.BytesIO()
    Image.new(mode, (side, side)).save(out, kind, **how)
    return out.getvalue()


def build_uploads() -> dict[str, bytes]:
    """Eight files, each the worst of its kind that is read, or one that is not."""
    texts = [chunk(b"tEXt", b"k%d\0x" % number) for number in range(60_000)]
    large = encoded("WEBP", 2 * PIXELS_MAX, lossless=True)
    assert len(large) < 3_000
    return {
        "PNG with transparency": encoded("PNG", PIXELS_MAX, compress_level=1),
        "WebP with transparency": encoded("WEBP", WEBP_PIXELS_MAX, lossless=True),
        "JPEG of a camera": encoded("JPEG", JPEG_PIXELS_MAX, "RGB"),
        "progressive JPEG": encoded("JPEG", PIXELS_MAX, "RGB", progressive=True, subsampling=0),
        "WebP of 32 megapixels": large,
        "larger one": encoded("JPEG", PIXELS_MAX + 10_000, "L", progressive=True),
        "PNG of 60,000 chunks": insert_chunks(PLAIN_PNG, *texts),
        "JPEG of a million comments": JPEG[:2] + b"\xff\xfe\0\2" * 1_000_000 + JPEG[2:],
    }


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_eight_uploads_at_once_stay_below_300_megabytes(tmp_path: Path) -> None:
    uploads = build_uploads()
    folder = tmp_path / "uploads"
    folder.mkdir()
    for number, data in enumerate(uploads.values()):
        (folder / str(number)).write_bytes(data)
    command = [sys.executable, "-c", READER, str(folder), str(tmp_path / "spool")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *told, peak = done.stdout.splitlines()
    assert told[:4] == ["read"] * 4, told
    assert all("megapixels" in line for line in told[4:6]), told
    assert all("can't read" in line for line in told[6:]), told
    assert int(peak) < MEMORY_MAX


async def test_a_result_does_not_wait_for_the_pictures_of_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, real = threading.Event(), init_images.prepare_init_image

    def wait(data: bytes) -> init_images.PreparedImage:
        go.wait(60)
        return real(data)

    monkeypatch.setattr(init_images, "prepare_init_image", wait)
    spool = FileSpool(tmp_path)
    data = png(40, 40)
    reading = [
        asyncio.ensure_future(spool.save_init_image(JobId(name * 20), data)) for name in "abcd"
    ]
    try:
        kept = await spool.save_image(JobId("e" * 20), 0, data)
        assert (await spool.read_within_limit(kept, 10**6)).data == data
        assert await spool.read_metadata(data) == {}
        assert not any(task.done() for task in reading)
    finally:
        go.set()
    assert [made.width for made in await asyncio.gather(*reading)] == [40] * 4
