"""How often a picture is sampled, from what was ordered."""

from __future__ import annotations

import math
from typing import Final

from bot.core.request import Order

REFINER_SHARE: Final = 0.2  # of the steps, where the order does not say: SwarmUI's own default
PLAIN: Final = (1.0,)


def passes(order: Order) -> tuple[float, ...]:
    """The samplings of one picture in their order, as work; a plain one is (1.0,).

    An upscale or a refiner samples a share of the steps once more, on pixels that are more by the
    square of the factor. What an order does not tell (a face drawn anew, a video that follows) is
    not in it.
    """
    extras = dict(order.extras)
    share = _number(extras.get("refinercontrolpercentage"))
    if order.upscale is not None and order.upscale > 1:
        factor = order.upscale
        share = REFINER_SHARE if share is None else share
    else:
        factor = _number(extras.get("refinerupscale")) or 1.0
    if not share:
        return PLAIN
    share = min(1.0, share)
    steps = _number(extras.get("refinersteps")) or float(max(1, order.steps))
    second = share * steps / max(1, order.steps) * factor**2
    # Swapping hands the last steps over to the refiner; else they are drawn on top.
    swaps = extras.get("refinermethod", "").casefold().startswith("stepswap")
    first = 1.0 - share if swaps else 1.0
    return tuple(part for part in (first, second) if part > 0) or PLAIN


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
