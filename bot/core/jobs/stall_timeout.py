"""Stall timeouts of a generation, in seconds.

A backend that hangs sends nothing while SwarmUI keeps sending `keep_alive`. A working backend is
silent during a step or, with AutoWebUI, a whole image. So the timeout depends on the model's usual
time:

* For a model that reports steps it is thirty seconds, ten usual steps or one usual image, whichever
  is longest.
* For a model that reports none it is five usual times, and at least a minute.
* For an unknown model it is `unknown`, or `mute` on a server that never reports steps.

Model loading and SwarmUI's own queue have longer timeouts elsewhere.
"""

from __future__ import annotations

from typing import Final

from bot.core.drawing.request import GenerationParams

STALL_MIN_S: Final = 30.0
NO_STEPS_MIN_S: Final = 60.0
STEPS_FACTOR: Final = 10.0
PICTURE_FACTOR: Final = 1.0
NO_STEPS_FACTOR: Final = 5.0


def compute_stall_timeout(
    order: GenerationParams,
    usual: float | None,
    *,
    steps_seen: bool,
    is_mute: bool,
    unknown: float,
    mute: float,
) -> float:
    """Seconds without a sign after which this order is given up.

    `usual` is what the whole order usually takes, None where that is unknown. `steps_seen`: this
    model has shown steps before. `is_mute`: the server's backends show none.
    """
    if usual is None:
        return mute if is_mute and not steps_seen else unknown
    if not steps_seen:
        return max(NO_STEPS_MIN_S, NO_STEPS_FACTOR * usual)
    picture = usual / max(1, order.images)
    return max(STALL_MIN_S, STEPS_FACTOR * picture / max(1, order.steps), PICTURE_FACTOR * picture)
