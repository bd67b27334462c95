"""All the places for texts in a PNG, JPEG and WebP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.pictures import embedded_texts
from bot.adapters.pictures.embedded_texts import list_texts
from tests.support.picture_files import (
    BYTE_WRITERS,
    JPEG,
    LIBRARY_WRITERS,
    PLAIN_PNG,
    WEBP,
    chunk,
    insert_chunks,
    insert_riff,
    insert_segments,
    pillow_png,
    raw_profile,
    tiff,
    xmp,
)

TEXT = 'a fox "über" <Eis> & 雪\nSteps: 3'


@pytest.mark.parametrize("writer", [*LIBRARY_WRITERS, *BYTE_WRITERS])
def test_a_text_is_found_wherever_a_program_puts_it(writer: str) -> None:
    write = {**LIBRARY_WRITERS, **BYTE_WRITERS}[writer]
    assert list(list_texts(write(TEXT)).values()) == [TEXT]


def test_a_second_text_of_a_name_gets_a_number_and_an_equal_one_is_left_out() -> None:
    again = [chunk(b"tEXt", b"parameters\0" + text) for text in (b"two", b"one", b"three")]
    data = insert_chunks(pillow_png({"parameters": "one"}), *again, behind=True)
    assert list_texts(data) == {"parameters": "one", "parameters 2": "two", "parameters 3": "three"}


def test_an_exif_block_goes_on_in_the_next_segment() -> None:
    block = tiff(b"ASCII\0\0\0" + b"x" * 90_000)
    parts = (block[:60_000], block[60_000:])
    data = insert_segments(JPEG, *((0xE1, b"Exif\0\0" + part) for part in parts))
    assert list_texts(data) == {"UserComment": "x" * 90_000}


def test_both_fields_of_xmp_are_read_and_unknown_ones_are_kept_whole() -> None:
    assert list_texts(insert_riff(WEBP, b"XMP ", xmp("a fox", "dc:description"))) == {
        "Description": "a fox"
    }
    attribute = b'<x:xmpmeta exif:UserComment="a &amp; b"/>'
    assert list_texts(insert_riff(WEBP, b"XMP ", attribute)) == {"UserComment": "a & b"}
    other = b'<x:xmpmeta gen:Prompt="a fox"/>'
    assert list_texts(insert_riff(WEBP, b"XMP ", other)) == {"XMP": other.decode()}
    editor = b'<x:xmpmeta xmp:Rating="5"/>'
    assert list_texts(insert_riff(WEBP, b"XMP ", editor)) == {}


@pytest.mark.parametrize("body", [b"", b"exif", b"exif 4 zz", b"exif 2 4d4d"])
def test_a_profile_that_is_none_gives_nothing(body: bytes) -> None:
    data = insert_chunks(PLAIN_PNG, chunk(b"tEXt", b"Raw profile type exif\0" + body))
    assert list_texts(data) == {}
    assert list_texts(insert_chunks(PLAIN_PNG, raw_profile("icc", b"abc"))) == {}


def test_texts_are_bounded_in_length_number_and_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_texts, "TEXT_MAX", 5)
    monkeypatch.setattr(embedded_texts, "KEYS_MAX", 3)
    texts = {f"key{number}": f"{number}2345678" for number in range(5)}
    data = pillow_png(texts)
    assert list_texts(data) == {"key0": "02345", "key1": "12345", "key2": "22345"}
    monkeypatch.setattr(embedded_texts, "TOTAL_MAX", 7)
    assert list_texts(data) == {"key0": "02345", "key1": "12"}


@given(st.binary(max_size=200), st.sampled_from([PLAIN_PNG[:33], JPEG[:20], WEBP[:20], b""]))
def test_any_bytes_are_read_without_a_stumble(data: bytes, head: bytes) -> None:
    assert isinstance(list_texts(head + data), dict)


def test_a_crowd_of_exif_segments_is_read_up_to_a_bound() -> None:
    """A million segments joined one by one would keep a thread busy for minutes."""
    tail = b"\xff\xe1\x00\x08Exif\0\0" * 1_000_000
    assert list_texts(JPEG + tail) == {}
    block = tiff(b"ASCII\0\0\0" + b"x" * 60_000)
    many = insert_segments(JPEG, *((0xE1, b"Exif\0\0" + block) for _ in range(300)))
    assert list_texts(many) == {"UserComment": "x" * 60_000}
