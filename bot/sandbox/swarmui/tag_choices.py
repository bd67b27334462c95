"""The choices that prompt tags leave to chance, from the seed that the metadata then tells."""

from __future__ import annotations

import random
import re
from typing import Any, Final

_OFFSET: Final = 17
_INT_MAX: Final = 2**31 - 1


class Chooser:
    """Chooses for one picture; its first choice sets `wildcardseed` among the parameters."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params
        self._rng: random.Random | None = None

    def index(self, count: int) -> int:
        """Return which of so many options is next."""
        if self._params.get("wildcardseedbehavior") == "Index":
            return self._seed() % count
        return self._draw(count)

    def number_in(self, text: str) -> str | None:
        """Return a number of a range such as 2-5, or None for other texts."""
        span = re.fullmatch(r"\s*(\d{1,9})\s*-\s*(\d{1,9})\s*", text)
        if span is None or int(span[1]) > int(span[2]):
            return None
        return str(int(span[1]) + self._draw(int(span[2]) - int(span[1]) + 1))

    def _draw(self, count: int) -> int:
        if self._rng is None:
            self._rng = random.Random(self._seed() + _OFFSET)  # noqa: S311 -- no secret
        return self._rng.randrange(count)

    def _seed(self) -> int:
        seeds = int(self._params.get("seed", 0)) + int(self._params.get("variationseed", 0))
        seed = int(self._params.get("wildcardseed", seeds))
        if seed > _INT_MAX:
            seed %= _INT_MAX
        if seed < 0:
            seed = random.randrange(_INT_MAX)  # noqa: S311 -- no secret
        self._params["wildcardseed"] = seed
        return seed
