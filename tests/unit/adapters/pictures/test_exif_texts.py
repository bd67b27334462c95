"""Fields with text in an EXIF block, and blocks that lie."""

from __future__ import annotations

import struct

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.pictures.exif_texts import read_exif_texts
from tests.support.picture_files import pillow_exif, tiff


def read(block: bytes, limit: int = 10_000) -> dict[str, str]:
    return dict(read_exif_texts(block, limit))


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_comment_is_read_in_either_byte_order(order: str) -> None:
    assert read(tiff(b"ASCII\0\0\0words", order)) == {"UserComment": "words"}
    assert read(b"Exif\0\0" + tiff(b"ASCII\0\0\0words", order), 10) == {"UserComment": "wo"}


def test_blocks_of_other_libraries_are_read() -> None:
    assert read(pillow_exif(b"ASCII\0\0\0words")) == {"UserComment": "words"}
    block = piexif.dump(
        {
            "0th": {
                piexif.ImageIFD.Make: b"Maker",
                piexif.ImageIFD.XPComment: tuple("Wörter".encode("utf-16-le")),
            },
            "Exif": {piexif.ExifIFD.UserComment: b"ASCII\0\0\0words"},
            "GPS": {piexif.GPSIFD.GPSAreaInformation: b"home"},
        }
    )
    assert read(block) == {"Make": "Maker", "XPComment": "Wörter", "UserComment": "words"}


def test_other_fields_are_read_where_a_program_put_its_parameters() -> None:
    assert read(tiff(b'{"a": 1}', tag=0x010C, kind=2)) == {"EXIF 0x010c": '{"a": 1}'}
    assert read(tiff(b"something", tag=0x010C, kind=2)) == {}


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"MM",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff" + b"\x87\x69\0\4\0\0\0\1\0\0\0\x08" * 9,  # leads to itself
        b"MM\0*\0\0\0\x08" + struct.pack(">HHHII", 1, 0x010E, 2, 2**31, 2**31),
    ],
)
def test_a_block_that_lies_is_read_to_its_end(block: bytes) -> None:
    assert read(block) == {}


@given(st.binary(max_size=200), st.sampled_from([b"MM\0*\0\0\0\x08", b"II*\0\x08\0\0\0"]))
def test_any_block_is_read_without_a_stumble(data: bytes, head: bytes) -> None:
    assert all(isinstance(text, str) for text in read(head + data).values())
