"""Pauses of members after a refusal that took computing. Refused requests cost nothing else."""

from __future__ import annotations

import asyncio

from bot.core.errors import Refused


class RefusalPauses:
    """Members who wait for `seconds` after a refusal. `rule` and `sentence` refuse meanwhile."""

    def __init__(self, seconds: float, rule: str, sentence: str) -> None:
        self._seconds, self._rule, self._sentence = seconds, rule, sentence
        self._until: dict[int, float] = {}  # by the loop's clock

    def check_member(self, user: int, prompt: str = "") -> None:
        """Raise Refused during the member's pause."""
        if self._until.get(user, 0.0) > asyncio.get_running_loop().time():
            raise Refused(self._rule, self._sentence, prompt=prompt)

    def begin_pause(self, user: int) -> None:
        """Begin a pause now."""
        now = asyncio.get_running_loop().time()
        others = {one: until for one, until in self._until.items() if until > now}
        self._until = {**others, user: now + self._seconds}
