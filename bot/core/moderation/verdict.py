"""Verdict of the host's classifier."""

from __future__ import annotations

from enum import Enum


class ClassifierVerdict(Enum):
    """What was answered, or that nothing was that could be understood in time."""

    ALLOWED = "fine"
    REJECTED = "bad"
    NO_ANSWER = "unheard"
