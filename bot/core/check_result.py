"""Result of one check of `swarmbot check`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result `what` and, if something is wrong, how to `fix` it."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
