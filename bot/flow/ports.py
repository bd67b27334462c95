"""What the flow needs from the world: small protocols, owned here, implemented by the adapters.

No foreign exception comes through a port: SwarmUI's troubles are `BackendError`s, Discord's are
`BoardError`s (both in `bot.core.errors`); a refusal is `Refused`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Protocol, TypeAlias

from bot.core.card import Card
from bot.core.ids import JobId
from bot.core.job import Event, Job, Move
from bot.core.progress import SwarmEvent
from bot.core.quota import Balance, Limits, Scope
from bot.core.request import Asker, Model, Order, Wish
from bot.core.shelf import Shelf

# --- the books -----------------------------------------------------------------------------------


class Purpose(Enum):
    """What one of our messages is for; the value is what the database holds."""

    STATUS = "status"  # the status message, which becomes the result
    RESULT = "result"  # the result as a new message, where the status could not be edited
    RING = "ring"  # the short reply that mentions the requester
    DIRECT = "direct"  # the result, or why there is none, as a direct message


@dataclass(frozen=True, slots=True)
class Post:
    """One message of ours for a job, addressed by numbers.

    `message` is None between the intent and the fact. `token` is the interaction's, a secret, kept
    while it lives (15 min); `token_until` is when it dies. `created_at` is the intent's time.
    `upload_limit` is how many bytes a file may have by that token. A `private` one is seen by its
    requester alone: only the token reaches it.
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
class Draft:
    """A wish that was refused (or not yet sent), kept so that its buttons work tomorrow."""

    id: JobId
    user: int
    guild: int
    wish: Wish


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job about to be born."""

    id: JobId
    order: Order
    asker: Asker
    source: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Admission:
    """The gate's yes. `created` is False when `source` was seen before: it is the same job."""

    job: Job
    created: bool
    balance: Balance


class Place(Enum):
    """Where a delivered picture is; the value is what the database holds."""

    CHANNEL = "channel"  # in a message that others may see as well
    PRIVATE = "private"  # in a message that only its requester sees, and that cannot be linked to
    DIRECT = "direct"  # in a direct message
    WAITING = "waiting"  # no place would take it: it waits to be asked for
    GONE = "gone"  # its message was deleted


@dataclass(frozen=True, slots=True)
class Image:
    """One delivered picture as history keeps it. `path` is the server's own path, or empty.

    `message` and `channel` are None where there is no message (WAITING, GONE).
    """

    job: JobId
    index: int
    path: str
    seed: int
    message: int | None
    place: Place = Place.CHANNEL
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """A finished job with the pictures that history still has of it, one at least."""

    job: Job
    images: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part of somebody's history, newest first; `total` is how many there are in all."""

    pasts: tuple[Past, ...]
    total: int


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One rule of a guild. `target` is the guild's, role's or member's id; `set_by` a user id."""

    guild: int
    scope: Scope
    target: int
    numbers: Mapping[str, int | None]
    set_by: int
    set_at: datetime


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who changed what, when, from what to what. `target` is such as "member:123"; `old` or `new`
    is empty where nothing was, or is, set."""

    at: datetime
    actor: int
    action: str
    target: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Block:
    """Somebody who may not draw in a guild; `until` None is for good. `by` is a user id."""

    user: int
    until: datetime | None
    reason: str
    by: int


class Books(Protocol):
    """The one truth. Every method that writes is one whole transaction.

    Totals and limits are judged inside the transaction that creates a job: two clicks on the last
    picture cannot both win.
    """

    async def submit(self, new: NewJob) -> Admission:
        """Let a job in (QUEUED, with its hold) or raise Refused. A known `source` is no new job."""
        ...

    async def move(self, job: JobId, event: Event, now: datetime) -> Move | None:
        """Apply an event with its settlement; None where the table has no such move."""
        ...

    async def deliver(self, job: JobId, images: tuple[Image, ...], now: datetime) -> Move | None:
        """`Delivered` with a history row for each picture, in one transaction; none: a refund."""
        ...

    async def note_session(self, job: JobId, session: str) -> None:
        """The running job goes on in another SwarmUI session."""
        ...

    async def job(self, job: JobId) -> Job | None: ...

    async def living(self) -> tuple[Job, ...]:
        """All jobs that are queued, running or delivering, oldest first."""
        ...

    async def told(self, job: JobId) -> None:
        """The person has heard that it failed or was cancelled, or that its pictures wait."""
        ...

    async def untold(self, since: datetime) -> tuple[Job, ...]:
        """Failed and cancelled jobs since then of which the person has not heard."""
        ...

    async def balance(self, asker: Asker, now: datetime) -> Balance: ...

    async def intend(self, post: Post) -> Post:
        """Write that we are about to post. An earlier post of the same job and purpose wins."""
        ...

    async def posted(self, post: Post) -> None:
        """Write where the message came to be (message, token)."""
        ...

    async def posts(self, job: JobId) -> tuple[Post, ...]: ...

    async def post_of_message(self, message: int) -> Post | None: ...

    async def unrung(self, since: datetime) -> tuple[Post, ...]:
        """Rings of finished jobs that were meant to be posted since then, and perhaps were not."""
        ...

    async def erase_tokens(self, now: datetime) -> None:
        """Forget the secrets that are dead."""
        ...

    async def orphans(self) -> tuple[str, ...]:
        """SwarmUI sessions of jobs that ended while they ran, not known to have been stopped."""
        ...

    async def stopped(self, session: str) -> None:
        """That session is an orphan no longer."""
        ...

    async def history(self, user: int, guild: int, search: str, skip: int, most: int) -> Leaf:
        """What a person has from a guild. All words of `search` are in each prompt or model."""
        ...

    async def images(self, job: JobId) -> tuple[Image, ...]:
        """The pictures that history has of a job, in order; () also for one that was forgotten."""
        ...

    async def waiting(self, user: int) -> tuple[Job, ...]:
        """Jobs with pictures that wait to be asked for, of which the person has not heard."""
        ...

    async def handed(self, job: JobId) -> None:
        """What waited has been shown to its requester, privately."""
        ...

    async def message_gone(self, message: int) -> None:
        """A message of ours was deleted: its pictures are there no longer."""
        ...

    async def forget(self, job: JobId) -> bool:
        """Take a job's pictures out of history; False if there were none. Charges stay."""
        ...

    async def keep_draft(self, draft: Draft, now: datetime) -> None: ...

    async def draft(self, draft: JobId) -> Draft | None: ...

    async def set_limit(
        self,
        asker: Asker,
        scope: Scope,
        target: int,
        numbers: Mapping[str, int | None],
        now: datetime,
    ) -> None:
        """Set the named numbers of a rule (others stay) and write the audit row."""
        ...

    async def clear_limit(
        self,
        asker: Asker,
        scope: Scope,
        target: int,
        now: datetime,
        number: str | None = None,
    ) -> bool:
        """Remove a rule, or one number of it, and write the audit rows; False if there was none."""
        ...

    async def grant(self, asker: Asker, user: int, pictures: int, days: int, now: datetime) -> None:
        """Give a member more pictures on each of `days` days, today being the first."""
        ...

    async def reset(self, asker: Asker, user: int, now: datetime) -> int:
        """Give back what a member was charged for today; how many pictures that is."""
        ...

    async def log(
        self, guild: int, skip: int, most: int, target: str = ""
    ) -> tuple[tuple[AuditRow, ...], int]:
        """A page of the guild's changes, newest first, and how many there are in all."""
        ...

    async def block(
        self, asker: Asker, user: int, until: datetime | None, reason: str, now: datetime
    ) -> None:
        """Keep a member from drawing, at the gate; a block that they have is replaced."""
        ...

    async def unblock(self, asker: Asker, user: int, now: datetime) -> bool:
        """Let a member draw again; False if they were not blocked."""
        ...

    async def blocks(self, guild: int, now: datetime) -> tuple[Block, ...]:
        """Who is blocked there now."""
        ...

    async def latest_posts(
        self, guild: int, user: int, since: datetime
    ) -> tuple[tuple[int, int], ...]:
        """(channel, message) of a person's results in a guild since then, at most 200."""
        ...

    async def limit_rows(self, guild: int) -> tuple[LimitRow, ...]: ...

    async def usual_model(self, guild: int, user: int) -> str:
        """The name of the model that a member draws with where they name none, or ""."""
        ...

    async def set_usual_model(self, guild: int, user: int, model: str) -> None:
        """Choose it; "" chooses none."""
        ...

    async def sweep(self, now: datetime) -> tuple[JobId, ...]:
        """Forget dead tokens, old drafts and history past its time; return ended jobs whose spool
        may go."""
        ...

    def defaults(self) -> Limits: ...


# --- SwarmUI -------------------------------------------------------------------------------------


class Lease(Protocol):
    """One SwarmUI session, ours alone for one job."""

    @property
    def session(self) -> str: ...

    def draw(
        self, order: Order, folder: str, image: bytes | None = None
    ) -> AsyncGenerator[SwarmEvent, None]:
        """Draw and stream. Ends after `Ended`; raises a BackendError, NoPicture included.

        `image` is the PNG or JPEG to begin from, where the order names one.
        Close it (`aclosing`): a stream that is left before its end interrupts its own session.
        """
        ...

    async def interrupt(self) -> None:
        """Stop everything in this session. Never raises: a server that is down has stopped too."""
        ...


class Painter(Protocol):
    """The drawing server."""

    def lease(self) -> AbstractAsyncContextManager[Lease]:
        """A session from the pool; it goes back only when the server has ended with it."""
        ...

    async def fetch(self, ref: str) -> bytes:
        """The bytes of a finished picture, from View/… or a data: URL. Raises a BackendError."""
        ...

    async def found(self, folder: str) -> tuple[str, ...]:
        """The refs of the pictures saved in that folder, oldest first; () if there is none."""
        ...

    async def busy(self, session: str) -> bool:
        """Whether the server still works for that session; False if it does not know it."""
        ...

    async def stop(self, session: str) -> None:
        """Interrupt a session by its id (after a restart of ours)."""
        ...


class Catalog(Protocol):
    """What the server has, as last seen; usable while it is down."""

    def models(self) -> tuple[Model, ...]: ...

    def shelf(self) -> Shelf:
        """All lists, of the same moment; the same object until they change."""
        ...

    def as_of(self) -> datetime | None:
        """When the server said so; None before it was ever read."""
        ...

    def stale(self) -> bool:
        """Whether the server's process is another one than that which said so."""
        ...

    def alike(self, kind: str, name: str, n: int) -> tuple[str, ...]:
        """At most `n` titles like `name`: of models ("m"), LoRAs ("l") or styles ("s")."""
        ...

    async def refresh(self) -> None: ...

    async def rescan(self) -> None:
        """Have the server look through its folders first, where our account may ask for that."""
        ...


# --- pictures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture safe on disk, proven to be one. `size` in bytes; `kind` such as "png".

    A video or a sound ("mp4", "mp3", …) has a size of 0 by 0.
    """

    job: JobId
    index: int
    path: Path
    kind: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class Input:
    """A person's picture to begin from, upright and shrunk; its size in pixels."""

    name: JobId
    width: int
    height: int


class Spool(Protocol):
    """Pictures on disk between SwarmUI and Discord."""

    async def keep(self, job: JobId, index: int, data: bytes) -> Kept:
        """Decode once, write to a temporary file, fsync, rename. Raises BadPicture."""
        ...

    async def kept(self, job: JobId) -> tuple[Kept, ...]:
        """What is there of a job, by index."""
        ...

    async def fit(self, kept: Kept, limit: int) -> tuple[str, bytes]:
        """File name and bytes of at most `limit` bytes: the original, else smaller and smaller."""
        ...

    async def thumbnail(self, data: bytes, side: int = 512) -> bytes:
        """A preview as a JPEG of at most `side` px. Raises BadPicture."""
        ...

    async def discard(self, job: JobId, index: int) -> None:
        """Forget one file of a job; no error where there is none."""
        ...

    async def drop(self, job: JobId) -> None: ...

    async def keep_input(self, name: JobId, data: bytes) -> Input:
        """Keep a person's picture. Raises BadPicture with a sentence for them."""
        ...

    async def input(self, name: JobId) -> bytes | None:
        """That picture as PNG or JPEG, None once it is gone; reading it keeps it longer."""
        ...

    async def drop_input(self, name: JobId) -> None: ...

    async def sweep_inputs(self, keep: Collection[str], before: datetime) -> int:
        """Forget the inputs that were last used before then, but for those named in `keep`."""
        ...


# --- Discord -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a message. `alt` is its description for those who cannot see it."""

    name: str
    data: bytes = field(repr=False)
    alt: str = ""
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A card with its files, complete: an edit replaces content, panel, buttons and files."""

    card: Card
    files: tuple[Upload, ...] = ()


Supply: TypeAlias = Callable[[], Shown | None]


class Board(Protocol):
    """Our messages on Discord. Every method raises a BoardError; each waits for its turn within
    Discord's limits before it sends."""

    async def post(self, post: Post, shown: Shown, *, reply_to: int | None = None) -> int:
        """Send a new message with the post's nonce; returns its id."""
        ...

    async def edit(self, post: Post, supply: Supply, *, final: bool, by_token: bool) -> None:
        """Edit when the budget allows; `supply` is asked at that moment, None sends nothing.

        Finals go before progress. `by_token` picks the interaction's token instead of the bot's.
        """
        ...

    async def find(self, post: Post) -> int | None:
        """Look for the message of an intent after a crash: by nonce or job, in recent ones."""
        ...

    async def fill(self, post: Post, shown: Shown) -> int:
        """Make the first answer of the post's token say this; returns that message's id.

        It may be known to nobody: deferred, or sent right before a crash. Raises TokenDead or
        Gone where there was no first answer.
        """
        ...

    async def carries(self, post: Post) -> bool:
        """Whether the post's message is there and has files that a panel does not show."""
        ...

    async def direct_channel(self, user: int) -> int:
        """The channel in which a person reads our direct messages."""
        ...

    async def delete(self, channel: int, message: int) -> None: ...

    def is_in(self, guild: int) -> bool:
        """Whether we are a member of that guild."""
        ...

    def upload_limit(self, guild: int) -> int:
        """Bytes a file may have in that guild, by bot token."""
        ...
