"""Is it a picture? Whole ones pass, torn, foreign and monstrous ones do not."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.adapters.pictures.validate import (
    PIXELS_MAX,
    MediaInfo,
    inspect_header,
    is_animated,
    open_image,
    verify_image,
)
from bot.core.errors import BadPicture
from tests.support.drawing import png
from tests.support.picture_files import chunk, insert_chunks


def encoded(form: str, size: tuple[int, int] = (40, 30)) -> bytes:
    out = BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, form)
    return out.getvalue()


ALL = [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp"), ("GIF", "gif")]


@pytest.mark.parametrize(("form", "kind"), ALL)
def test_the_type_is_in_the_bytes(form: str, kind: str) -> None:
    assert verify_image(encoded(form)) == MediaInfo(kind, 40, 30)
    assert inspect_header(encoded(form)) == MediaInfo(kind, 40, 30)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_torn_picture_is_none(form: str, share: float) -> None:
    data = encoded(form, (200, 150))
    with pytest.raises(BadPicture):
        verify_image(data[: int(len(data) * share)])


def test_a_jpeg_without_its_end_is_none() -> None:
    with pytest.raises(BadPicture):
        verify_image(encoded("JPEG")[:-2])


def test_a_wrong_check_sum_is_seen_where_the_pixels_are_whole() -> None:
    data = bytearray(png(64, 64))
    data[data.rindex(b"IEND") - 5] ^= 1  # the last byte of the pixels' check sum
    with pytest.raises(BadPicture):
        verify_image(bytes(data))


def test_right_check_sums_around_too_few_pixels_are_seen() -> None:
    with pytest.raises(BadPicture):
        verify_image(_claims(64))


def test_a_picture_over_the_limit_is_refused_though_it_is_whole() -> None:
    out = BytesIO()
    Image.new("1", (8_001, 8_000)).save(out, "PNG")
    for ask in (inspect_header, verify_image):
        with pytest.raises(BadPicture, match="too large"):
            ask(out.getvalue())


def test_a_flipped_bit_in_a_png_is_seen() -> None:
    data = bytearray(png(64, 64, noise=True))
    data[len(data) // 2] ^= 1
    with pytest.raises(BadPicture):
        verify_image(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>502 Bad Gateway</body></html>",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
        b"\xff\xd8\xff\xd9",
        b"%PDF-1.4",
        bytes(10_000),
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(BadPicture):
        verify_image(data)


@pytest.mark.parametrize("form", ["BMP", "TIFF", "ICO", "PPM"])
def test_types_that_nobody_shows(form: str) -> None:
    with pytest.raises(BadPicture):
        verify_image(encoded(form))


@pytest.mark.parametrize("side", [8_001, 10_000, 60_000])
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    assert side * side > PIXELS_MAX
    with pytest.raises(BadPicture):
        verify_image(_claims(side))


def _claims(side: int) -> bytes:
    """A PNG of a few bytes that claims to be enormous."""

    def chunk(name: bytes, body: bytes) -> bytes:
        sum_ = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + sum_

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def test_a_bomb_in_a_text_chunk_is_skipped() -> None:
    """Thirty kilobytes that would be thirty megabytes of text, beside pixels that are well."""
    data = png(8, 8)
    body = b"parameters\x00\x00" + zlib.compress(b"a" * 30_000_000)
    bomb = insert_chunks(data, chunk(b"zTXt", body))
    assert len(bomb) < len(data) + 40_000
    tracemalloc.start()
    try:
        assert verify_image(bomb) == inspect_header(bomb) == inspect_header(data)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_cameras_second_picture_is_no_animation() -> None:
    out = BytesIO()
    image = Image.new("RGB", (40, 30))
    image.save(out, "MPO", save_all=True, append_images=[image.resize((20, 15))])
    assert verify_image(out.getvalue()) == MediaInfo("jpg", 40, 30)
    with open_image(out.getvalue()) as photo:
        assert not is_animated(photo)


WHOLE = {form: encoded(form) for form, _ in ALL}


@given(st.sampled_from([form for form, _ in ALL]), st.data())
@settings(max_examples=200, deadline=None)
def test_any_damage_is_a_bad_picture_or_none_at_all(form: str, data: st.DataObject) -> None:
    torn = bytearray(WHOLE[form])
    for _ in range(data.draw(st.integers(1, 6))):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    try:
        verify_image(bytes(torn))
    except BadPicture:
        return


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8"])
)
@settings(deadline=None)
def test_any_bytes(data: bytes, head: bytes) -> None:
    with pytest.raises(BadPicture):
        verify_image(head + data)


def test_a_jpeg_with_a_crowd_of_exif_segments_is_no_picture() -> None:
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    data = out.getvalue()
    crowd = data[:2] + b"\xff\xe1\x00\x09Exif\0\0x" * 100_000 + data[2:]
    with pytest.raises(BadPicture), open_image(crowd):
        pass
