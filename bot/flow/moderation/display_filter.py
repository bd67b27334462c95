"""Decision about text shown in public, by the rules of drawing.

A prompt was checked when it was accepted, but the guild may have changed its words since. Names of
people and models were never checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from bot.core import moderation
from bot.core.drawing.prompt_text import UNNAMED_MODEL
from bot.core.drawing.request import RequestContext
from bot.core.jobs.job import Job
from bot.core.policy import DEFAULT_SETTINGS, AdultSetting, GuildSettings

HIDDEN_TEXT: Final = "words that are not shown here"
HIDDEN_NAME: Final = "somebody else"
# A card is drawn many times a second, and its words stay the same.
_is_allowed_cached = lru_cache(maxsize=512)(moderation.can_show)


class DisplayFilter:
    """Filter by the guild's settings, which `policy_of` returns."""

    def __init__(
        self, settings_of: Callable[[int], GuildSettings] = lambda _: DEFAULT_SETTINGS
    ) -> None:
        self._settings_of = settings_of

    def filter_job(self, job: Job) -> Job:
        """Return the job for its cards, without text that breaks the present rules."""
        settings, order = self._settings_of(job.guild), job.order
        chosen = settings.words or settings.age_words or settings.adult is AdultSetting.NEVER
        if order.private or not chosen:
            return job  # seen by its requester alone, or judged by the same rules when it came

        def is_allowed(text: str) -> bool:
            return _is_allowed_cached(text, settings, adult_ok=order.age_restricted)

        title = order.model_title or order.model
        order = replace(
            order,
            prompt=order.prompt if is_allowed(order.prompt) else HIDDEN_TEXT,
            model_title=title if is_allowed(moderation.split_name(title)) else UNNAMED_MODEL,
            notes=tuple(filter(is_allowed, order.notes)),
        )
        return replace(job, reason=job.reason if is_allowed(job.reason) else "", order=order)

    def can_show_text(self, text: str, asker: RequestContext) -> bool:
        """Return True if a text may be shown in the asker's channel."""
        settings = self._settings_of(asker.guild)
        return _is_allowed_cached(text, settings, adult_ok=asker.age_restricted)

    def can_show_recipe(self, job: Job, asker: RequestContext) -> bool:
        """Return True if another member's parameters may be shown there."""
        order = job.order
        names = " ".join(moderation.split_name(name) for name, _ in order.loras)
        negative_ok = moderation.can_show_negative(order.negative, self._settings_of(asker.guild))
        return negative_ok and self.can_show_text(f"{order.prompt}\n{names}", asker)

    def filter_name(self, name: str, asker: RequestContext) -> str:
        """Return another member's name, if it may be shown there."""
        return name if self.can_show_text(moderation.split_name(name), asker) else HIDDEN_NAME
