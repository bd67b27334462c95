"""Chunks of a PNG, and those that must not reach Pillow."""

from __future__ import annotations

import zlib

import pytest
from PIL import Image

from bot.adapters.pictures.embedded_texts import list_texts
from bot.adapters.pictures.png_chunks import (
    CHUNKS_MAX,
    INFLATED_MAX,
    drop_oversized_chunks,
    inflate,
    iter_chunks,
    split_text,
)
from bot.adapters.pictures.validate import open_image
from bot.core.errors import BadPicture
from tests.support.picture_files import PLAIN_PNG, chunk, insert_chunks, pillow_png


def names(data: bytes) -> list[bytes]:
    return [one.name for one in iter_chunks(data)]


def test_chunks_are_listed_before_and_behind_the_pixels() -> None:
    data = insert_chunks(pillow_png({"a": "b"}), chunk(b"tEXt", b"c\0d"), behind=True)
    assert names(data) == [b"IHDR", b"tEXt", b"IDAT", b"tEXt", b"IEND"]
    texts = [split_text(one, 99) for one in iter_chunks(data)]
    assert [text for text in texts if text] == [("a", b"b"), ("c", b"d")]


def test_a_wrong_length_ends_the_list() -> None:
    assert names(PLAIN_PNG[:-20]) == [b"IHDR"]
    assert names(PLAIN_PNG[:8] + b"\xff" * 40) == []


@pytest.mark.parametrize(
    "built",
    [
        chunk(b"tEXt", b"key\0words"),
        chunk(b"zTXt", b"key\0\0" + zlib.compress(b"words")),
        chunk(b"iTXt", b"key\0\0\0de\0x\0words"),
        chunk(b"iTXt", b"key\0\1\0de\0x\0" + zlib.compress(b"words")),
    ],
)
def test_each_kind_of_text_is_split(built: bytes) -> None:
    (_, one, *_) = iter_chunks(insert_chunks(PLAIN_PNG, built))
    assert split_text(one, 99) == ("key", b"words")
    assert split_text(one, 2) == ("key", b"wo")


def test_inflating_ends_at_the_limit_and_at_damage() -> None:
    packed = zlib.compress(bytes(50_000_000))
    assert len(inflate(packed, 1_000)) == 1_000
    assert inflate(b"no zlib", 99) == b""
    noise = Image.effect_noise((300, 300), 90).tobytes()
    assert noise.startswith(inflate(zlib.compress(noise)[:70_000], 99_999))


@pytest.mark.parametrize(
    ("built", "is_kept"),
    [
        (chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 2_200_000)), False),
        (chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(b"x" * 2_200_000)), False),
        (chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2_200_000))), False),
        (chunk(b"zTXt", b"a\0\7" + zlib.compress(b"words")), False),
        (chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * INFLATED_MAX)), True),
        (chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(9_000))), True),
        (chunk(b"tEXt", b"a\0words"), True),
    ],
)
def test_only_chunks_that_pillow_refuses_are_dropped(built: bytes, is_kept: bool) -> None:
    data = insert_chunks(PLAIN_PNG, built)
    small = drop_oversized_chunks(data)
    assert (small == data) is is_kept
    assert is_kept or small == PLAIN_PNG
    with open_image(data) as image:
        image.load()
        assert image.getpixel((1, 1)) == (200, 80, 20)


def test_of_many_texts_the_first_ones_are_kept() -> None:
    many = insert_chunks(
        PLAIN_PNG, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000)))] * 90
    )
    kept = names(drop_oversized_chunks(many)).count(b"zTXt")
    assert 0 < kept < 20
    with open_image(many) as image:
        image.load()


def test_a_file_of_nothing_but_tiny_chunks_is_no_picture() -> None:
    """Pillow takes more than a minute for the million that fits into an upload."""
    many = insert_chunks(PLAIN_PNG, *[chunk(b"abCd", b"")] * CHUNKS_MAX)
    with pytest.raises(BadPicture), open_image(many):
        pass
    some = insert_chunks(PLAIN_PNG, *[chunk(b"abCd", b"")] * 1_000)
    with open_image(some) as image:
        image.load()


def test_blank_texts_use_up_what_is_inflated() -> None:
    blank = chunk(b"zTXt", b"a\0\0" + zlib.compress(b" " * 1_000_000))
    last = chunk(b"tEXt", b"parameters\0a fox")
    assert list_texts(insert_chunks(PLAIN_PNG, *[blank] * 3, last)) == {"parameters": "a fox"}
    assert list_texts(insert_chunks(PLAIN_PNG, *[blank] * 30, last)) == {}


def test_another_file_stays_as_it_is() -> None:
    assert drop_oversized_chunks(b"\xff\xd8 no PNG") == b"\xff\xd8 no PNG"
