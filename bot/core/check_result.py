"""One line of `swarmbot check`: what was asked, whether it is well, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One answer: `what` was seen, and how to `fix` it where it is not well."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
