"""Port for a host's own classifier of prompts and images."""

from __future__ import annotations

from typing import Protocol

from bot.core.drawing.request import GenerationParams
from bot.core.moderation.verdict import ClassifierVerdict


class Classifier(Protocol):
    """Asked about every order and, where the host wants that, every finished picture.

    It never raises and never takes longer than the host allows. It gets nothing that tells who
    asks or where, but for whether that place is age-restricted.
    """

    async def classify_prompt(self, order: GenerationParams) -> ClassifierVerdict: ...

    async def classify_image(self, data: bytes, *, age_restricted: bool) -> ClassifierVerdict: ...
