"""Result of one check of `swarmbot check` and `/diagnose`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result `detail` and, if something is wrong, how to `fix` it.

    `public` is the detail without an address, for people in Discord. It is "" if they are the same.
    """

    name: str
    ok: bool
    detail: str
    fix: str = ""
    public: str = ""
