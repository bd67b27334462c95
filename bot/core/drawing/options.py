"""Options that need a server feature, such as init image, variation and upscale."""

from __future__ import annotations

import math
from typing import Final

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.model_defaults import MEGAPIXEL
from bot.core.drawing.refusals import edit_refusal
from bot.core.drawing.request import DrawingBounds, DrawRequest
from bot.core.drawing.styles import UPSCALE_MAX

DEFAULT_CREATIVITY: Final = 0.6  # SwarmUI's own default
DEFAULT_VARIATION: Final = 0.2
VARIATION_SEED_MAX: Final = 2**32 - 1


def resolve_creativity(wish: DrawRequest, styled: float | None) -> float | None:
    """Return how far to go from the init image, or None without one."""
    wished = wish.creativity
    if wished is not None and not _is_within(wished, 0, 1):
        raise edit_refusal("creativity", "Creativity must be between 0 and 1.")
    if not wish.image:
        if wished is not None:
            raise edit_refusal("creativity.alone", "`creativity` only works with `image`.")
        return None
    if wished is None:
        return DEFAULT_CREATIVITY if styled is None else styled
    return float(wished)


def resolve_variation(
    wish: DrawRequest, shelf: CatalogSnapshot, new_seed: int
) -> tuple[int | None, float | None]:
    """Return the variation seed and strength, or None for both."""
    seed, strength = wish.variation_seed, wish.variation
    if (seed is None and strength is None) or strength == 0:
        return None, None
    if strength is not None and not _is_within(strength, 0, 1):
        raise edit_refusal("variation", "Variation must be between 0 and 1.")
    if seed is not None and not -1 <= seed <= VARIATION_SEED_MAX:
        raise edit_refusal(
            "variation.seed",
            f"Variation seed must be a whole number from 0 to {VARIATION_SEED_MAX}, "
            "or -1 for a random one.",
        )
    _require_feature(shelf, "variation_seed", "variations of a seed")
    if seed is None or seed == -1:
        seed = (new_seed * 2654435761 + 1) % (VARIATION_SEED_MAX + 1)
    return seed, DEFAULT_VARIATION if strength is None else float(strength)


def resolve_upscale(
    wished: float | None,
    styled: float | None,
    size: tuple[int, int],
    shelf: CatalogSnapshot,
    bounds: DrawingBounds,
) -> float | None:
    """Return the upscale factor, or None for none, 1 to override a style's.

    A style's factor is reduced to the host's bound; a member's is refused.
    """
    room = math.sqrt(bounds.upscaled_megapixels_max * MEGAPIXEL / (size[0] * size[1]))
    most = math.floor(min(room, UPSCALE_MAX) * 100) / 100
    if wished is None:
        able = not shelf.features or "refiners" in shelf.features
        return min(styled, most) if styled and styled > 1 and most > 1 and able else None
    if wished == 1:
        return None if styled is None else 1.0
    if not _is_within(wished, 1, UPSCALE_MAX):
        raise edit_refusal("upscale", f"Upscale must be between 1 and {UPSCALE_MAX:g}.")
    if wished > most:
        limit = f"the limit for this size is {most:g}"
        if most <= 1:
            limit = "this size can't be upscaled"
        pixels = " x ".join(str(round(side * wished)) for side in size)
        large = f"Upscaled by {wished:g}, this would be {pixels} pixels; {limit}."
        raise edit_refusal("upscale.large", large)
    _require_feature(shelf, "refiners", "upscaling")
    return float(wished)


def _require_feature(shelf: CatalogSnapshot, feature: str, what: str) -> None:
    """Refuse an option that no backend supports. An empty list means unknown."""
    if shelf.features and feature not in shelf.features:
        raise edit_refusal(f"feature.{feature}", f"The image server can't do {what}.")


def _is_within(value: float, least: float, most: float) -> bool:
    return math.isfinite(value) and least <= value <= most
