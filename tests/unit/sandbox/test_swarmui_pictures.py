"""The drawings: the same words and seed give the same picture, and previews grow clearer."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.sandbox.swarmui.pictures import draw, encode, metadata_of, padded, preview, thumbnail


def difference(one: Image.Image, two: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one, two)).mean)


@pytest.mark.parametrize("size", [(64, 64), (16, 900), (640, 96), (2000, 1600)])
def test_any_size_is_drawn(size: tuple[int, int]) -> None:
    assert draw("a castle by the sea at night with a fox in snow", 3, *size).size == size


def test_words_and_seed_decide_the_picture() -> None:
    first = draw("a red fox", 1, 160, 128)
    assert difference(first, draw("a red fox", 1, 160, 128)) == 0
    assert difference(first, draw("a red fox", 2, 160, 128)) > 1
    assert difference(first, draw("a blue boat", 1, 160, 128)) > 1


def test_previews_grow_clearer_step_by_step() -> None:
    picture = draw("sunset over hills", 4, 256, 192)
    away = []
    for share in (0.2, 0.4, 0.6, 0.8, 1.0):
        with Image.open(io.BytesIO(preview(picture, share, 4))) as shown:
            assert shown.format == "JPEG"
            away.append(difference(shown.convert("RGB"), picture.resize(shown.size)))
    assert away == sorted(away, reverse=True)
    assert away[0] > 3 * away[-1]


@pytest.mark.parametrize("form", ["PNG", "JPG", "WEBP", "WEBP_LOSSLESS"])
def test_every_format_keeps_the_metadata(form: str) -> None:
    data = encode(draw("x", 1, 64, 64), form, '{"a": "\\u00fc"}')
    assert metadata_of(data) == '{"a": "\\u00fc"}'
    assert metadata_of(encode(draw("x", 1, 64, 64), form, None)) is None


def test_padding_leaves_a_picture_a_picture() -> None:
    data = padded(encode(draw("x", 1, 64, 64), "PNG", "told"), 100_000)
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.info["parameters"] == "told"


def test_what_is_no_picture_has_neither_metadata_nor_thumbnail() -> None:
    assert metadata_of(b"<html>") is None
    assert thumbnail(b"<html>") is None
