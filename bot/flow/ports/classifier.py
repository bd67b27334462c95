"""Port for a host's own classifier of prompts and images."""

from __future__ import annotations

from typing import Protocol

from bot.core.drawing.request import GenerationParams
from bot.core.moderation.verdict import ClassifierVerdict


class Classifier(Protocol):
    """Classifier of every order and, if the host wants, every finished image.

    It never raises and keeps within the host's time limit. It gets no identity and no channel, only
    whether the channel is age-restricted.
    """

    async def classify_prompt(self, order: GenerationParams) -> ClassifierVerdict: ...

    async def classify_image(self, data: bytes, *, age_restricted: bool) -> ClassifierVerdict: ...
