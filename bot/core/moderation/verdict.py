"""Verdict of the host's classifier."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """What was answered, or that nothing was that could be understood in time."""

    FINE = "fine"
    BAD = "bad"
    UNHEARD = "unheard"
