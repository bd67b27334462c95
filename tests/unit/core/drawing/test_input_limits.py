"""How large a member's picture may be, by its kind."""

from __future__ import annotations

import pytest

from bot.core.drawing.input_limits import describe_many_pixels, find_pixels_max


@pytest.mark.parametrize(
    ("kind", "most"), [("png", 16), ("jpeg", 64), ("webp", 8), ("avif", 8), ("gif", 16), ("", 16)]
)
def test_each_kind_has_its_limit(kind: str, most: int) -> None:
    assert find_pixels_max(kind) == most * 1_000_000


def test_the_way_out_is_a_smaller_copy_or_a_jpeg() -> None:
    said = describe_many_pixels(8_000, 4_000, find_pixels_max("png"))
    assert said == (
        "That picture is too large: 8,000 by 4,000 pixels. I can read at most 16 megapixels of "
        "this kind of file. Send a smaller copy, or a JPEG."
    )
    assert describe_many_pixels(9_000, 9_000, find_pixels_max("jpeg")).endswith("smaller copy.")
