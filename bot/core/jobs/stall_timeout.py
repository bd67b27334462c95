"""How long a drawing may say nothing before it is given up, in seconds.

A backend that hangs says nothing, and SwarmUI goes on sending `keep_alive`; a backend that works
says nothing either, for as long as one step takes, or (AutoWebUI) for the whole picture. So the
patience is learnt from the model's usual time:

* the model is known to show its steps: thirty seconds, or ten usual steps, or one usual picture
  (what comes before and after the steps has no step of its own), whichever is longest;
* it shows none, its usual time is known: five times that, and a minute at least;
* nothing is known: `unknown`; of a server that shows nothing at all, `mute`.

Never here: while a model is loaded, and while the server's own queue is waited in, there are
longer ones.
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
