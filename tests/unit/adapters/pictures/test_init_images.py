"""A person's picture: upright, shrunk, without what the camera knew, and kept for a while."""

from __future__ import annotations

import io
import os
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.adapters.pictures import FileSpool
from bot.adapters.pictures.init_images import SIDE_MAX, UnusableInitImage, prepare_init_image
from bot.core.ids import JobId
from tests.support.flow import noise
from tests.support.picture_files import chunk, insert_chunks

NAME, OTHER = JobId("a" * 20), JobId("b" * 20)


def picture(width: int = 64, height: int = 48, kind: str = "PNG", **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 80, 20)).save(out, kind, **how)
    return out.getvalue()


def test_a_phones_picture_comes_out_upright_and_says_nothing_of_the_phone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker of phones"
    made = prepare_init_image(picture(64, 48, "JPEG", exif=exif.tobytes()))
    assert (made.width, made.height) == (48, 64)
    assert b"Maker" not in made.data
    assert not Image.open(io.BytesIO(made.data)).getexif()


def test_a_large_picture_is_shrunk_in_its_own_shape() -> None:
    made = prepare_init_image(picture(4096, 1024))
    assert (made.width, made.height) == (SIDE_MAX, 512)
    assert Image.open(io.BytesIO(made.data)).size == (SIDE_MAX, 512)


def test_a_photograph_that_does_not_compress_becomes_a_jpeg() -> None:
    made = prepare_init_image(noise(2048))
    assert made.kind == "jpg"
    assert Image.open(io.BytesIO(made.data)).format == "JPEG"


def test_transparency_is_kept() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (32, 32), (1, 2, 3, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(prepare_init_image(out.getvalue()).data)).mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "can't read"),
        (b"GIF89a nonsense", "can't read"),
        (picture()[:90], "can't read"),
        (picture(15, 100), "too small"),
    ],
)
def test_what_is_no_picture_is_refused_in_words_for_people(data: bytes, words: str) -> None:
    with pytest.raises(UnusableInitImage, match=words) as raised:
        prepare_init_image(data)
    assert "SwarmUI" not in raised.value.sentence


def test_an_animation_is_refused() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(UnusableInitImage, match="animated"):
        prepare_init_image(out.getvalue())


def test_of_a_photograph_with_further_pictures_the_first_is_taken() -> None:
    """Cameras of several makers write such files. Nothing in them moves."""
    out = io.BytesIO()
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (32, 24), "blue")
    first.save(out, "MPO", save_all=True, append_images=[second])
    made = prepare_init_image(out.getvalue())
    assert (made.width, made.height) == (64, 48)
    assert Image.open(io.BytesIO(made.data)).getpixel((9, 9)) == pytest.approx((254, 0, 0), abs=2)


def test_gray_of_16_bits_keeps_its_shades() -> None:
    out = io.BytesIO()
    gray = Image.linear_gradient("L").convert("I").point(lambda value: value * 257)
    gray.convert("I;16").save(out, "PNG")
    made = Image.open(io.BytesIO(prepare_init_image(out.getvalue()).data)).convert("L")
    assert sum(made.histogram()[250:]) < 256 * 256 // 20
    assert sum(made.histogram()[:128]) == pytest.approx(256 * 128, rel=0.02)


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_chunks_above_a_megabyte_beside_the_pixels_do_not_matter(name: bytes) -> None:
    head = b"a\0\1\0\0\0" if name == b"iTXt" else b"a\0\0"
    large = chunk(name, head + zlib.compress(b"letters " * 275_000))
    made = prepare_init_image(insert_chunks(picture(), large))
    assert (made.width, made.height) == (64, 48)


async def test_it_is_there_after_a_restart_and_gone_when_it_is_dropped(tmp_path: Path) -> None:
    kept = await FileSpool(tmp_path).save_init_image(NAME, picture())
    assert (kept.name, kept.width, kept.height) == (NAME, 64, 48)
    spool = FileSpool(tmp_path)
    data = await spool.load_init_image(NAME)
    assert data is not None
    assert Image.open(io.BytesIO(data)).size == (64, 48)
    assert await spool.load_init_image(OTHER) is None
    await spool.delete_init_image(NAME)
    await spool.delete_init_image(NAME)
    assert await spool.load_init_image(NAME) is None


async def test_only_what_nobody_used_for_long_is_swept(tmp_path: Path) -> None:
    """Looking at a picture counts as use; a job that waits keeps its own."""
    spool, now = FileSpool(tmp_path), datetime.now(UTC)
    unused, used, wanted = NAME, OTHER, JobId("c" * 20)
    long_ago = (now - timedelta(days=3)).timestamp()
    for name in (unused, used, wanted):
        await spool.save_init_image(name, picture())
        os.utime(tmp_path / "inputs" / name, (long_ago, long_ago))
    await spool.load_init_image(used)

    assert await spool.delete_old_init_images({wanted}, now - timedelta(days=1)) == 1
    assert await spool.load_init_image(unused) is None
    assert await spool.load_init_image(used) is not None
    assert await spool.load_init_image(wanted) is not None
    assert await FileSpool(tmp_path / "empty").delete_old_init_images((), now) == 0


async def test_a_name_that_leads_elsewhere_is_no_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no name"):
        await FileSpool(tmp_path).load_init_image(JobId("../../etc/passwd"))
