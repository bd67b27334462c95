"""Somebody else's judgement on words and pictures: a host may ask one before anything is shown."""

from __future__ import annotations

from typing import Protocol

from bot.core.drawing.request import Order
from bot.core.moderation.verdict import Verdict


class Classifier(Protocol):
    """Asked about every order and, where the host wants that, every finished picture.

    It never raises and never takes longer than the host allows. It gets nothing that tells who
    asks or where, but for whether that place is age-restricted.
    """

    async def words(self, order: Order) -> Verdict: ...

    async def picture(self, data: bytes, *, age_restricted: bool) -> Verdict: ...
