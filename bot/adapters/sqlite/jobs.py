"""Jobs, created with a quota check, moved by events, settled in the same transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from sqlite3 import Connection, Row
from typing import Final

from bot.adapters.sqlite import blocks, codec, guild_settings
from bot.adapters.sqlite import limits as limit_rows
from bot.adapters.sqlite.database import Database, SqliteStore, transaction
from bot.adapters.sqlite.guild_settings import read_time_zone
from bot.core import blocks as block_cards
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.request import GenerationParams
from bot.core.errors import Refused
from bot.core.history.model import StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Delivered, Event, Generated, Job, Move, State, apply_event
from bot.core.jobs.model import AcceptedJob, NewJob
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.changes import find_drawing_roles
from bot.core.limits.quota import Balance, DenialReason, Limits, check_admission
from bot.core.text import format as fmt

SELECT_JOB: Final = """
    SELECT id, source, requester, requester_name, roles, guild, channel, "order", state, attempt,
        session, folder, ready, reason, ref, created_at, started_at, generated_at, ended_at
    FROM jobs """
SELECT_BY_ID: Final = SELECT_JOB + "WHERE id = ?"
SELECT_BY_SOURCE: Final = SELECT_JOB + "WHERE source = ?"
SELECT_LIVING: Final = SELECT_JOB + "WHERE ended_at IS NULL ORDER BY created_at, seq"
SELECT_UNNOTIFIED: Final = SELECT_JOB + (
    "WHERE told = 0 AND state IN ('failed', 'cancelled') AND ended_at >= ? ORDER BY ended_at, seq"
)
SELECT_LAST_FAILURE: Final = SELECT_JOB + (
    "WHERE guild = ? AND ref <> '' AND ended_at IS NOT NULL ORDER BY seq DESC LIMIT 1"
)
_INSERT_JOB: Final = """
    INSERT INTO jobs (id, source, requester, requester_name, roles, guild, channel, "order", state,
        attempt, session, folder, ready, reason, ref, created_at)
    VALUES (:id, :source, :requester, :requester_name, :roles, :guild, :channel, :order, :state,
        :attempt, :session, :folder, :ready, :reason, :ref, :created_at)"""
_UPDATE_JOB: Final = """
    UPDATE jobs SET "order" = :order, state = :state, attempt = :attempt, session = :session,
        folder = :folder, ready = :ready, reason = :reason, ref = :ref, started_at = :started_at,
        generated_at = :generated_at, ended_at = :ended_at
    WHERE id = :id"""
_INSERT_IMAGE: Final = """
    INSERT INTO images (job, "index", path, seed, message, place, channel)
    VALUES (:job, :index, :path, :seed, :message, :place, :channel)"""
_MOMENTS: Final = ("created_at", "started_at", "generated_at", "ended_at")


@dataclass(frozen=True, slots=True)
class HostDefaults:
    """The host's part of the gate."""

    limits: Limits
    queue_max: int
    time_zone: str


def read_job(row: Row) -> Job:
    """Convert a row of `jobs`."""
    values = dict(row) | {
        "order": codec.unpack_dataclass(GenerationParams, row["order"]),
        "state": State(row["state"]),
        "roles": tuple(json.loads(row["roles"])),
    }
    for name in _MOMENTS:
        values[name] = codec.from_optional_micros(row[name])
    return Job(**values)


def _bind_job(job: Job) -> dict[str, object]:
    moments = {name: codec.to_optional_micros(getattr(job, name)) for name in _MOMENTS}
    packed = {"order": codec.pack_json(job.order), "roles": codec.pack_json(job.roles)}
    return codec.split_fields(job) | {"state": job.state.value} | packed | moments


def create_job(conn: Connection, new: NewJob, terms: HostDefaults) -> AcceptedJob:
    """Check the quota and insert the job. The returned balance includes its images."""
    asker = new.asker
    known = conn.execute(SELECT_BY_SOURCE, (new.source,)).fetchone()
    where = read_time_zone(conn, asker.guild, terms.time_zone)
    balance = limit_rows.load_balance(conn, asker, terms.limits, where, new.now)
    if known is not None:
        return AcceptedJob(read_job(known), created=False, balance=balance)

    if not guild_settings.is_drawing_enabled(conn, asker.guild):
        raise draw_refusals.switched_off_refusal(new.order.prompt)
    block = blocks.find_block(conn, asker.guild, asker.user, new.now)
    if block is not None:
        raise block_cards.blocked_refusal(block, new.order.prompt)
    waiting = {"guild": asker.guild, "now": codec.to_micros(new.now)}
    in_line = conn.execute(limit_rows.COUNT_QUEUED, waiting).fetchone()[0]
    denial = check_admission(new.order.images, balance, in_line, terms.queue_max)
    if denial is not None:
        raise _build_refusal(conn, denial, new, balance, terms)

    job = Job(
        id=new.id,
        requester=asker.user,
        requester_name=codec.replace_surrogates(asker.name),
        guild=asker.guild,
        channel=asker.channel,
        source=new.source,
        order=new.order,
        created_at=new.now,
        roles=asker.roles,
    )
    conn.execute(_INSERT_JOB, _bind_job(job))
    images = job.order.images
    limit_rows.insert_hold(conn, job.id, asker, images, new.now, balance.window)
    after_it = replace(
        balance,
        day_used=balance.day_used + images,
        month_used=balance.month_used + images,
        waiting=balance.waiting + 1,
    )
    return AcceptedJob(job, created=True, balance=after_it)


def _build_refusal(
    conn: Connection, denial: DenialReason, new: NewJob, balance: Balance, terms: HostDefaults
) -> Refused:
    asked, prompt, limits = new.order.images, new.order.prompt, balance.limits
    match denial:
        case DenialReason.NOT_ALLOWED:
            rules = limit_rows.load_member_limits(conn, new.asker)
            drawers = find_drawing_roles(terms.limits, rules)
            return limit_refusals.quota_refusal(asked, balance, prompt, fmt.format_roles(drawers))
        case DenialReason.QUOTA:
            return limit_refusals.quota_refusal(asked, balance, prompt)
        case DenialReason.PER_JOB:
            assert limits.per_job is not None
            return limit_refusals.per_job_refusal(asked, limits.per_job, prompt)
        case DenialReason.WAITING:
            return limit_refusals.waiting_limit_refusal(balance.waiting, prompt)
        case DenialReason.QUEUE:
            return limit_refusals.queue_full_refusal(terms.queue_max, prompt)


def apply_job_event(conn: Connection, job: JobId, event: Event, now: datetime) -> Move | None:
    """Move a job and settle its hold, or None for an unknown job or an illegal move.

    A job that runs no more forgets its SwarmUI session. Only `Generated` says that SwarmUI is done
    with it, so after any other event the session is kept as an orphan.
    """
    row = conn.execute(SELECT_BY_ID, (job,)).fetchone()
    moved = None if row is None else apply_event(read_job(row), event, now)
    if moved is None:
        return None
    is_running = moved.job.state is State.RUNNING
    if row["session"] and not is_running and not isinstance(event, Generated):
        # The state first, then the signal: a process that dies between the two leaves this word.
        conn.execute(
            "INSERT INTO orphans (session, ended_at) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at",
            (row["session"], codec.to_micros(now)),
        )
    after = replace(
        moved.job,
        session=moved.job.session if is_running else "",
        reason=codec.replace_surrogates(moved.job.reason),
    )
    moved = replace(moved, job=after)
    conn.execute(_UPDATE_JOB, _bind_job(after))
    limit_rows.settle_hold(conn, job, moved.settle)
    return moved


def mark_job_notified(conn: Connection, job: JobId) -> None:
    """Record that the requester knows how the job ended or that images wait."""
    conn.execute("UPDATE jobs SET told = 1 WHERE id = ?", (job,))


class SqliteJobStore(SqliteStore):
    """Jobs and their settlement. Implements the port `JobStore`."""

    def __init__(self, db: Database, terms: HostDefaults) -> None:
        super().__init__(db)
        self._terms = terms

    async def create_job(self, new: NewJob) -> AcceptedJob:
        return await self._db.run_transaction(create_job, new, self._terms)

    @transaction
    def check_new_job(self, conn: Connection, new: NewJob) -> AcceptedJob:
        conn.execute("SAVEPOINT rehearsal")
        try:
            return create_job(conn, new, self._terms)
        finally:
            if conn.in_transaction:  # on a full disk SQLite itself has taken all of it back
                conn.execute("ROLLBACK TO rehearsal")
                conn.execute("RELEASE rehearsal")

    async def apply_job_event(self, job: JobId, event: Event, now: datetime) -> Move | None:
        return await self._db.run_transaction(apply_job_event, job, event, now)

    @transaction
    def record_delivery(
        self, conn: Connection, job: JobId, images: tuple[StoredImage, ...], now: datetime
    ) -> Move | None:
        moved = apply_job_event(conn, job, Delivered(len(images)), now)
        if moved is not None:
            rows = [
                codec.split_fields(image)
                | {"path": codec.replace_surrogates(image.path), "place": image.place.value}
                for image in images
            ]
            conn.executemany(_INSERT_IMAGE, rows)
        return moved

    @transaction
    def update_job_session(self, conn: Connection, job: JobId, session: str) -> None:
        # Jobs that do not run have no session.
        update = "UPDATE jobs SET session = ? WHERE id = ? AND state = 'running'"
        conn.execute(update, (session, job))

    async def find_job(self, job: JobId) -> Job | None:
        rows = await self._db.read_rows(SELECT_BY_ID, (job,))
        return read_job(rows[0]) if rows else None

    async def list_living_jobs(self) -> tuple[Job, ...]:
        return tuple(map(read_job, await self._db.read_rows(SELECT_LIVING)))

    async def mark_job_notified(self, job: JobId) -> None:
        await self._db.run_transaction(mark_job_notified, job)

    async def list_unnotified_jobs(self, since: datetime) -> tuple[Job, ...]:
        rows = await self._db.read_rows(SELECT_UNNOTIFIED, (codec.to_micros(since),))
        return tuple(map(read_job, rows))

    async def find_last_failure(self, guild: int) -> Job | None:
        rows = await self._db.read_rows(SELECT_LAST_FAILURE, (guild,))
        return read_job(rows[0]) if rows else None

    async def list_orphaned_sessions(self) -> tuple[str, ...]:
        rows = await self._db.read_rows("SELECT session FROM orphans ORDER BY ended_at")
        return tuple(row["session"] for row in rows)

    @transaction
    def mark_session_stopped(self, conn: Connection, session: str) -> None:
        conn.execute("DELETE FROM orphans WHERE session = ?", (session,))
