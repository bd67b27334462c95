"""Names of things: what a job is called, and how a fresh name is made.

A job id is 20 lower-case base32 characters (100 random bits): unguessable, unique over reset
databases and second bots, short enough for a `custom_id` and for a nonce (25 characters).
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
    """Make a job id from at least 13 random bytes; the caller owns the randomness."""
    text = base64.b32encode(random_bytes[:13]).decode("ascii").lower()[:20]
    if len(text) < 20 or len(random_bytes) < 13:
        raise ValueError("a job id needs 13 random bytes")
    return JobId(text)


def is_job_id(text: str) -> bool:
    """Say whether `text` has the form of a job id; it may still name no job."""
    return _ID.fullmatch(text) is not None
