"""What may be shown where everybody reads it: the one place that decides, by the rules of drawing.

A prompt was judged when it was let in; the server may have chosen other words since. Names, of
people and of models, were never asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from bot.core import moderation
from bot.core.drawing.prompt_text import UNNAMED
from bot.core.drawing.request import Asker
from bot.core.jobs.job import Job
from bot.core.policy import USUAL, Adult, Policy

HIDDEN: Final = "words that are not shown here"
NAMELESS: Final = "somebody else"
# A card is drawn many times a second, and its words stay the same.
_fits = lru_cache(maxsize=512)(moderation.fits)


def _usual(_guild: int) -> Policy:
    return USUAL


class Showing:
    """`policy_of` says what a server has chosen."""

    def __init__(self, policy_of: Callable[[int], Policy] = _usual) -> None:
        self._policy_of = policy_of

    def job(self, job: Job) -> Job:
        """A job as its cards may speak of it: what breaks the server's rules of now is left out."""
        policy, order = self._policy_of(job.guild), job.order
        chosen = policy.words or policy.age_words or policy.adult is Adult.NEVER
        if order.private or not chosen:
            return job  # seen by its requester alone, or judged by the same rules when it came

        def fits(text: str) -> bool:
            return _fits(text, policy, adult_ok=order.age_restricted)

        notes = tuple(note for note in order.notes if fits(note))
        return replace(
            job,
            reason=job.reason if fits(job.reason) else "",
            order=replace(
                order,
                prompt=order.prompt if fits(order.prompt) else HIDDEN,
                model_title=_title(order.model_title or order.model, fits),
                notes=notes,
            ),
        )

    def fits(self, text: str, asker: Asker) -> bool:
        """Whether a text may be shown in the place where somebody asks."""
        return _fits(text, self._policy_of(asker.guild), adult_ok=asker.age_restricted)

    def recipe(self, job: Job, asker: Asker) -> bool:
        """Whether somebody may read there all that another person's picture was drawn with."""
        order = job.order
        names = " ".join(moderation.of_name(name) for name, _ in order.loras)
        left_out = moderation.fits_left_out(order.negative, self._policy_of(asker.guild))
        return left_out and self.fits(f"{order.prompt}\n{names}", asker)

    def name(self, name: str, asker: Asker) -> str:
        """What somebody else is called there."""
        return name if self.fits(moderation.of_name(name), asker) else NAMELESS


def _title(title: str, fits: Callable[[str], bool]) -> str:
    return title if fits(moderation.of_name(title)) else UNNAMED
