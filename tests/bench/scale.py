"""How much of everything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`quick` only shows that it works; its numbers say little. `rows` of history for the gate."""

    quick: bool = False
    rows: int = 1_000_000

    def of(self, usual: int, quick: int) -> int:
        return quick if self.quick else usual
