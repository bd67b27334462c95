"""Init pictures, variations and upscales."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.drawing.options import (
    DEFAULT_CREATIVITY,
    DEFAULT_VARIATION,
    VARIATION_SEED_MAX,
    resolve_creativity,
    resolve_upscale,
    resolve_variation,
)
from bot.core.drawing.request import DrawRequest
from bot.core.drawing.styles import UPSCALE_MAX
from bot.core.errors import Refused
from tests.support.shelf import HOST, SHELF, ordered


def test_an_init_picture_keeps_its_shape() -> None:
    made = ordered(image="p1", image_width=1600, image_height=900)
    assert (made.aspect, made.creativity, made.image) == ("", 0.6, "p1")
    assert made.width / made.height == pytest.approx(16 / 9, rel=0.05)
    assert made.width * made.height <= 1024 * 1024
    strip = ordered(image="p1", image_width=10_000, image_height=10)
    assert strip.width / strip.height <= 4.5


def test_a_shape_that_was_asked_for_beats_the_pictures() -> None:
    made = ordered(image="p1", image_width=1600, image_height=900, aspect="1:1", creativity=0)
    assert (made.width, made.height, made.aspect, made.creativity) == (1024, 1024, "1:1", 0.0)
    assert ordered(image="p1").aspect == "1:1", "a picture of unknown size has no shape"


def test_a_variation() -> None:
    made = ordered(variation=0.5, variation_seed=9)
    assert (made.variation_seed, made.variation) == (9, 0.5)
    assert ordered(variation_seed=9).variation == 0.2
    chosen = ordered(variation=0.5).variation_seed
    assert chosen is not None
    assert 0 <= chosen < 2**32
    assert chosen != ordered().seed
    assert ordered(variation=0.0, variation_seed=4).variation_seed is None
    assert ordered().variation is None


def test_an_upscale() -> None:
    assert ordered(upscale=1.5).upscale == 1.5
    assert ordered(upscale=1.0).upscale is None
    assert ordered().upscale is None


@pytest.mark.parametrize(
    ("fields", "rule", "word"),
    [
        ({"creativity": 0.5}, "creativity.alone", "`image`"),
        ({"creativity": 1.5, "image": "p"}, "creativity", "between 0 and 1"),
        ({"creativity": float("nan"), "image": "p"}, "creativity", "between 0 and 1"),
        ({"variation": 2.0}, "variation", "between 0 and 1"),
        ({"variation_seed": 2**32}, "variation.seed", "from 0 to 4294967295"),
        ({"upscale": 0.5}, "upscale", "between 1 and 4"),
        ({"upscale": 9.0}, "upscale", "between 1 and 4"),
        ({"upscale": 3.0}, "upscale.large", "3072 x 3072 pixels; the limit for this size is 2"),
    ],
)
def test_what_is_outside_is_said(fields: dict[str, object], rule: str, word: str) -> None:
    with pytest.raises(Refused) as caught:
        ordered(**fields)
    assert caught.value.rule == rule
    assert word in caught.value.sentence


@pytest.mark.parametrize("fields", [{"variation": 0.5}, {"upscale": 2.0}])
def test_what_the_server_cannot_do_is_said(fields: dict[str, object]) -> None:
    poor = replace(SHELF, features=frozenset(("comfyui",)))
    with pytest.raises(Refused, match="can't do"):
        ordered(shelf=poor, **fields)
    assert ordered(shelf=replace(SHELF, features=frozenset()), **fields), "unknown is no refusal"


def test_a_host_may_bound_the_upscaled_picture_to_nothing() -> None:
    with pytest.raises(Refused, match="this size can't be upscaled"):
        ordered(upscale=2.0, bounds=replace(HOST, upscaled_megapixels_max=1.0))


def test_privacy_is_passed_on() -> None:
    made = ordered(private=True, spoiler=True)
    assert (made.private, made.spoiler) == (True, True)


PLAIN = DrawRequest("interaction:1", "a fox")
BEGUN = replace(PLAIN, image="p1")


@pytest.mark.parametrize(
    ("wished", "styled", "resolved"),
    [
        (None, None, DEFAULT_CREATIVITY),
        (None, 0.3, 0.3),
        (0, 0.3, 0.0),
        (1, 0.3, 1.0),
    ],
)
def test_creativity_is_the_persons_then_the_styles_then_the_usual(
    wished: float | None, styled: float | None, resolved: float
) -> None:
    assert resolve_creativity(replace(BEGUN, creativity=wished), styled) == resolved
    assert resolve_creativity(PLAIN, styled) is None, "nothing is begun from"


@pytest.mark.parametrize("seed", [0, VARIATION_SEED_MAX])
def test_a_second_seed_at_either_end_is_taken_as_it_is(seed: int) -> None:
    wish = replace(PLAIN, variation_seed=seed)
    assert resolve_variation(wish, SHELF, 7) == (seed, DEFAULT_VARIATION)


def test_a_second_seed_of_chance_depends_on_the_first_alone() -> None:
    wish = replace(PLAIN, variation=0.5, variation_seed=-1)
    first, again, other = (resolve_variation(wish, SHELF, seed)[0] for seed in (7, 7, 8))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("wished", "styled", "resolved"),
    [
        (None, None, None),
        (None, 1.0, None),
        (None, 1.5, 1.5),
        (None, UPSCALE_MAX, 2.0),
        (1.0, 1.5, 1.0),
        (2.0, None, 2.0),
    ],
)
def test_a_styles_upscale_gives_way_to_the_bound_and_to_the_person(
    wished: float | None, styled: float | None, resolved: float | None
) -> None:
    assert resolve_upscale(wished, styled, (1024, 1024), SHELF, HOST) == resolved


def test_a_styles_upscale_is_left_out_where_the_server_cannot_upscale() -> None:
    poor = replace(SHELF, features=frozenset(("comfyui",)))
    assert resolve_upscale(None, 2.0, (512, 512), poor, HOST) is None
