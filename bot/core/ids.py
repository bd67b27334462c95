"""Job ids.

A job id is 20 lower-case base32 characters (100 random bits). It cannot be guessed, is unique
across databases and bots, and fits into a `custom_id` and a nonce (25 characters).
"""

from __future__ import annotations

import base64
import re
from typing import Final, NewType

JobId = NewType("JobId", str)
NO_JOB: Final = JobId("")
"""Whose post it is where it is no job's: a word to the moderators, a greeting."""

ID_PATTERN: Final = r"[a-z2-7]{20}"
_ID: Final = re.compile(ID_PATTERN)


def build_job_id(random_bytes: bytes) -> JobId:
    """Make a job id from at least 13 random bytes."""
    text = base64.b32encode(random_bytes[:13]).decode("ascii").lower()[:20]
    if len(text) < 20 or len(random_bytes) < 13:
        raise ValueError("a job id needs 13 random bytes")
    return JobId(text)


def is_job_id(text: str) -> bool:
    """Return True if `text` has the form of a job id."""
    return _ID.fullmatch(text) is not None
