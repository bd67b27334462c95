"""Texts of unknown, told and wrongly told encodings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.pictures.text_encodings import decode_text, decode_user_comment
from tests.support.picture_files import LINES

UNICODE = b"UNICODE\0"
BARE = ("a red fox", "рыжая лиса на снегу", "雪地里的红狐狸,杰作,最高质量", "雪の中の赤い狐、傑作")


@pytest.mark.parametrize("big_endian", [True, False])
@pytest.mark.parametrize("codec", ["utf-16-be", "utf-16-le", "utf-16", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("name", LINES)
def test_parameters_are_read_in_either_order_whatever_the_block_says(
    name: str, codec: str, big_endian: bool
) -> None:
    text = LINES[name].text
    assert decode_user_comment(UNICODE + text.encode(codec), big_endian=big_endian) == text


@pytest.mark.parametrize("text", BARE)
@pytest.mark.parametrize("big_endian", [True, False])
def test_without_known_words_the_order_of_the_block_is_a_hint(text: str, big_endian: bool) -> None:
    codec = "utf-16-be" if big_endian else "utf-16-le"
    assert decode_user_comment(UNICODE + text.encode(codec), big_endian=big_endian) == text


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (b"", ""),
        (UNICODE, ""),
        (b"ASCII\0\0\0words\0\0", "words"),
        (b"ASCII\0\0\0" + "wörter".encode(), "wörter"),
        (b"ASCII\0\0\0" + "wörter".encode("latin-1"), "wörter"),
        (bytes(8) + "wörter".encode(), "wörter"),
        (bytes(8) + "wörter".encode("utf-16-le"), "wörter"),
        (b"JIS\0\0\0\0\0" + "狐".encode("iso2022_jp"), "狐"),
        (b"JIS\0\0\0\0\0" + "狐の絵".encode("shift_jis"), "狐の絵"),
        (b"no head at all", "no head at all"),
        (b"ASCII\0\0\0" + b" " * 30 + b"\0" * 30, ""),
    ],
)
def test_each_head_and_none(comment: bytes, text: str) -> None:
    assert decode_user_comment(comment, big_endian=False) == text


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_tells_the_encoding(codec: str) -> None:
    assert decode_text("wörter 狐".encode(codec)) == "wörter 狐"


def test_a_text_that_was_cut_inside_a_character_keeps_the_others() -> None:
    assert decode_text("eine Wörterliste 狐".encode()[:-1]) == "eine Wörterliste"


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_some_text(data: bytes, big_endian: bool) -> None:
    for head in (b"", UNICODE, b"ASCII\0\0\0", b"JIS\0\0\0\0\0"):
        assert isinstance(decode_user_comment(head + data, big_endian=big_endian), str)
