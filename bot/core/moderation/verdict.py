"""Verdict of the host's classifier."""

from __future__ import annotations

from enum import Enum


class ClassifierVerdict(Enum):
    """Answer of the classifier, or the lack of a clear one in time."""

    ALLOWED = "fine"
    REJECTED = "bad"
    NO_ANSWER = "unheard"
