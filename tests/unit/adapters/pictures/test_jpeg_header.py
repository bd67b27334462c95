"""The header of a JPEG before Pillow reads it: how many steps it takes, and how it is decoded."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.adapters.pictures.jpeg_header import has_one_scan, is_crowded
from tests.support.picture_files import JPEG, insert_segments


def encoded(mode: str = "RGB", **how: bool) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (40, 30)).save(out, "JPEG", **how)
    return out.getvalue()


@pytest.mark.parametrize(
    "crowd",
    [
        b"\xff\xfe\0\2" * 20_000,  # empty comments
        b"\xff" * 20_000,  # filling
        b"\0" * 20_000,  # junk
        b"\xff\0" * 20_000,
        b"\xff\x01" * 20_000,  # markers without a body
        b"\xff\xe1\0\x08Exif\0\0" * 2_001,
    ],
)
def test_more_parts_than_any_program_writes_are_noticed(crowd: bytes) -> None:
    assert is_crowded(JPEG[:2] + crowd + JPEG[2:])
    assert not is_crowded(JPEG[:2] + crowd[:2_000] + JPEG[2:])


@pytest.mark.parametrize("data", [JPEG, JPEG[:100], JPEG[:2], b""])
def test_real_and_damaged_files_are_not_crowded(data: bytes) -> None:
    assert not is_crowded(data)


def test_a_scan_of_some_colours_is_told_from_one_of_all() -> None:
    assert has_one_scan(encoded(), 3)
    assert has_one_scan(encoded("L"), 1)
    assert has_one_scan(encoded("CMYK"), 4)
    assert not has_one_scan(encoded("L"), 3)
    assert not has_one_scan(JPEG[:50], 3)
    # A preview in the EXIF has a scan too.
    assert not has_one_scan(insert_segments(encoded("L"), (0xE1, b"Exif\0\0" + encoded())), 3)
