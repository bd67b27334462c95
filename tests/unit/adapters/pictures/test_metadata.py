"""The parameters inside a picture: written and read alike in each type, and never too much."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from bot.adapters.pictures import metadata
from bot.core.errors import BadPicture
from tests.support.drawing import png

TEXT = '{"sui_image_params": {"seed": 42}}'


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def photo(form: str = "JPEG", comment: bytes | None = None) -> bytes:
    """A picture with that user comment in its EXIF."""
    exif = Image.Exif()
    if comment is not None:
        exif.get_ifd(0x8769)[0x9286] = comment
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, form, exif=exif.tobytes())
    return out.getvalue()


@pytest.mark.parametrize("text", ["", TEXT, "füchse 🦊", "x" * 40_000])
def test_parameters_travel_in_exif(text: str) -> None:
    for form in ("WEBP", "JPEG"):
        out = BytesIO()
        Image.new("RGB", (8, 8)).save(out, form, exif=metadata.build_exif(text))
        assert metadata.read_parameters(opened(out.getvalue())) == text


def test_parameters_too_long_for_a_jpeg_are_left_out() -> None:
    assert metadata.build_exif("x" * 70_000) == b""


@pytest.mark.parametrize("text", ["", TEXT, "füchse 🦊"])
def test_parameters_travel_in_a_png(text: str) -> None:
    data = png(text=text)
    assert metadata.read_parameters(opened(data)) == text
    assert metadata.read_texts(data) == ({"parameters": text} if text else {})


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (None, ""),
        (b"ASCII\x00\x00\x00words", "words"),
        (bytes(8) + "wörter".encode(), "wörter"),
        (b"UNICODE\x00" + "wörter".encode("utf-16-le"), "wörter"),
        (b"UNICODE\x00" + "words".encode("utf-16-be"), "words"),
        (b"no head at all", "no head at all"),
        (b"ASCII\x00\x00\x00\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_other_programs_comments_are_read(comment: bytes | None, text: str) -> None:
    """In either byte order, without a head, and with bytes that are no text."""
    assert metadata.read_parameters(opened(photo(comment=comment))) == text


def test_texts_of_exif_stand_under_the_name_of_a_pngs() -> None:
    data = photo("WEBP", b"ASCII\x00\x00\x00" + TEXT.encode())
    assert metadata.read_texts(data)["parameters"] == TEXT


def test_texts_are_bounded_in_length_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "TEXT_MAX", 5)
    monkeypatch.setattr(metadata, "KEYS_MAX", 2)
    info = metadata.build_png_info("12345678")
    for number in range(5):
        info.add_text(f"key{number}", "words")
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=info)
    assert metadata.read_texts(out.getvalue()) == {"parameters": "12345", "key0": "words"}


def test_what_is_no_picture_has_no_texts() -> None:
    with pytest.raises(BadPicture):
        metadata.read_texts(b"<html>")
