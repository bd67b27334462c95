"""The parameters inside a picture: written and read alike in each type, and never too much."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from bot.adapters.pictures import metadata
from bot.core.errors import BadPicture
from tests.support.drawing import png
from tests.support.picture_files import hide

TEXT = '{"sui_image_params": {"seed": 42}}'


@pytest.mark.parametrize("text", ["", TEXT, "füchse 🦊", "x" * 40_000])
def test_parameters_travel_in_exif(text: str) -> None:
    for form in ("WEBP", "JPEG"):
        out = BytesIO()
        Image.new("RGB", (8, 8)).save(out, form, exif=metadata.build_exif(text))
        assert metadata.read_parameters(out.getvalue()) == text


def test_parameters_too_long_for_a_jpeg_are_left_out() -> None:
    assert metadata.build_exif("x" * 70_000) == b""


@pytest.mark.parametrize("text", ["", TEXT, "füchse 🦊"])
def test_parameters_travel_in_a_png(text: str) -> None:
    data = png(text=text)
    assert metadata.read_parameters(data) == text
    assert metadata.read_texts(data) == ({"parameters": text} if text else {})


def test_a_damaged_picture_still_has_its_texts() -> None:
    data = png(64, 64, text=TEXT)
    assert metadata.read_texts(data[:-30]) == {"parameters": TEXT}


def test_a_hidden_text_stands_under_the_usual_name_if_that_is_free() -> None:
    assert metadata.read_texts(hide(TEXT, "RGBA", packed=True)) == {"parameters": TEXT}
    out = BytesIO()
    with Image.open(BytesIO(hide("hidden", "RGBA", packed=True))) as image:
        image.save(out, "PNG", pnginfo=metadata.build_png_info(TEXT))
    assert metadata.read_texts(out.getvalue()) == {"parameters": TEXT}


def test_a_gifs_comment_is_a_text() -> None:
    out = BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF", comment="wörter".encode())
    assert metadata.read_texts(out.getvalue()) == {"Comment": "wörter"}


def test_what_is_no_picture_has_no_texts() -> None:
    with pytest.raises(BadPicture):
        metadata.read_texts(b"<html>")
