"""Texts in the lowest bits of the pixels."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.adapters.pictures import hidden_texts
from bot.adapters.pictures.hidden_texts import read_hidden_text
from tests.support.picture_files import hide, still

TEXT = '{"sui_image_params": {"prompt": "ein Fuchs über Eis"}}'


def read(data: bytes, limit: int = 9_999) -> str:
    return read_hidden_text(Image.open(io.BytesIO(data)), limit)


@pytest.mark.parametrize("mode", ["RGBA", "RGB"])
@pytest.mark.parametrize("packed", [True, False])
def test_each_way_of_hiding_is_read(mode: str, packed: bool) -> None:
    data = hide(TEXT, mode, packed=packed)
    assert read(data) == TEXT
    assert read(data, 10) == TEXT[:10]


def test_a_lossless_webp_keeps_the_bits() -> None:
    out = io.BytesIO()
    with Image.open(io.BytesIO(hide(TEXT, "RGBA", packed=True))) as image:
        image.save(out, "WEBP", lossless=True, exact=True)
    assert read(out.getvalue()) == TEXT


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "P"])
def test_a_picture_without_the_signature_hides_nothing(mode: str) -> None:
    assert read_hidden_text(still(mode), 999) == ""
    assert read_hidden_text(still(mode, (1, 1)), 999) == ""


def test_a_large_picture_is_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hidden_texts, "find_pixels_max", lambda _: 64 * 64 - 1)
    assert read(hide(TEXT, "RGBA", packed=False)) == ""


def test_a_length_beyond_the_picture_and_damaged_packing_give_what_is_there() -> None:
    with Image.open(io.BytesIO(hide("x" * 400, "RGBA", packed=False))) as image:
        cut = image.crop((0, 0, 20, 64))
        assert set(read_hidden_text(cut, 9_999)) == {"x"}
    with Image.open(io.BytesIO(hide(TEXT, "RGBA", packed=True))) as image:
        column = image.getpixel((3, 0))
        assert isinstance(column, tuple)
        image.paste((*column[:3], 255), (3, 0, 4, 64))
        assert read_hidden_text(image, 9_999) == ""
