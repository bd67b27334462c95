"""Values that jobs are stored and posted with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path

from bot.core.drawing.request import GenerationParams, RequestContext
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.limits.quota import Balance


class Purpose(Enum):
    """Purpose of a message, with values as stored."""

    STATUS = "status"  # the status message, which becomes the result
    RESULT = "result"  # the result as a new message, where the status could not be edited
    PING = "ring"  # the short reply that mentions the requester
    DIRECT = "direct"  # the result, or why there is none, as a direct message


@dataclass(frozen=True, slots=True)
class Post:
    """Message of a job, addressed by ids.

    `message` is None between the intent and the send. `token` is the interaction's secret token,
    kept until it expires at `token_until` (15 min). `created_at` is the intent's time.
    `upload_limit` is the bytes of a file with that token. A `private` message is visible to its
    requester only and needs the token.
    """

    job: JobId
    purpose: Purpose
    nonce: str
    channel: int
    created_at: datetime
    message: int | None = None
    token: str | None = field(default=None, repr=False)
    token_until: datetime | None = None
    upload_limit: int | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """Channel of a reply and, for an interaction, its secret token, expiry and upload limit."""

    channel: int
    token: str | None = field(default=None, repr=False)
    token_until: datetime | None = None
    upload_limit: int | None = None


@dataclass(frozen=True, slots=True)
class NewJob:
    """Job to be created."""

    id: JobId
    order: GenerationParams
    asker: RequestContext
    source: str
    now: datetime


@dataclass(frozen=True, slots=True)
class AcceptedJob:
    """Accepted job. `created` is False if `source` was seen before."""

    job: Job
    created: bool
    balance: Balance


@dataclass(frozen=True, slots=True)
class FittedFile:
    """File as it is sent, the original or a smaller copy. A copy of an animation is still."""

    name: str
    data: bytes = field(repr=False)
    is_copy: bool = False
    lost_motion: bool = False


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """Valid file in the spool, with `size` in bytes and a `kind` such as "png".

    A video or a sound ("mp4", "mp3", …) has a size of 0 by 0.
    """

    job: JobId
    index: int
    path: Path
    kind: str
    width: int
    height: int
    size: int
