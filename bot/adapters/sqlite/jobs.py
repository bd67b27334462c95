"""Jobs, created with a quota check, moved by events, settled in the same transaction."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.adapters.sqlite import blocks, guild_settings
from bot.adapters.sqlite import limits as limit_rows
from bot.adapters.sqlite.codec import (
    from_micros,
    from_optional_micros,
    pack_json,
    replace_surrogates,
    to_micros,
    to_optional_micros,
    unpack_dataclass,
)
from bot.adapters.sqlite.guild_settings import read_time_zone
from bot.core import blocks as block_cards
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.request import GenerationParams
from bot.core.errors import Refused
from bot.core.history.model import StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import LIVING, Cancelled, Delivered, Event, Job, Move, State, apply_event
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


@dataclass(frozen=True, slots=True)
class HostDefaults:
    """The host's part of the gate."""

    limits: Limits
    queue_max: int
    time_zone: str


def read_job(row: sqlite3.Row) -> Job:
    """Convert a row of BY_ID, BY_SOURCE or BY_LIFE."""
    return Job(
        id=JobId(row["id"]),
        requester=row["requester"],
        requester_name=row["requester_name"],
        guild=row["guild"],
        channel=row["channel"],
        source=row["source"],
        order=unpack_dataclass(GenerationParams, row["order"]),
        created_at=from_micros(row["created_at"]),
        state=State(row["state"]),
        attempt=row["attempt"],
        session=row["session"],
        folder=row["folder"],
        ready=row["ready"],
        reason=row["reason"],
        ref=row["ref"],
        started_at=from_optional_micros(row["started_at"]),
        generated_at=from_optional_micros(row["generated_at"]),
        ended_at=from_optional_micros(row["ended_at"]),
        roles=tuple(json.loads(row["roles"])),
    )


def create_job(conn: sqlite3.Connection, new: NewJob, terms: HostDefaults) -> AcceptedJob:
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
    in_line = conn.execute(limit_rows.COUNT_QUEUED).fetchone()[0]
    denial = check_admission(new.order.images, balance, in_line, terms.queue_max)
    if denial is not None:
        raise _build_refusal(conn, denial, new, balance, terms)

    job = Job(
        id=new.id,
        requester=asker.user,
        requester_name=replace_surrogates(asker.name),
        guild=asker.guild,
        channel=asker.channel,
        source=new.source,
        order=new.order,
        created_at=new.now,
        roles=asker.roles,
    )
    _insert_job(conn, job)
    images = job.order.images
    limit_rows.insert_hold(conn, job.id, asker, images, new.now, balance.window)
    after_it = replace(
        balance,
        day_used=balance.day_used + images,
        month_used=balance.month_used + images,
        waiting=balance.waiting + 1,
    )
    return AcceptedJob(job, created=True, balance=after_it)


def check_new_job(conn: sqlite3.Connection, new: NewJob, terms: HostDefaults) -> AcceptedJob:
    """Return what `create_job` would return or raise, then roll back."""
    conn.execute("SAVEPOINT rehearsal")
    try:
        return create_job(conn, new, terms)
    finally:
        if conn.in_transaction:  # on a full disk SQLite itself has taken all of it back
            conn.execute("ROLLBACK TO rehearsal")
            conn.execute("RELEASE rehearsal")


def _build_refusal(
    conn: sqlite3.Connection,
    denial: DenialReason,
    new: NewJob,
    balance: Balance,
    terms: HostDefaults,
) -> Refused:
    asked, prompt, limits = new.order.images, new.order.prompt, balance.limits
    match denial:
        case DenialReason.NOT_ALLOWED:
            rules = limit_rows.group_limit_rows(
                conn.execute(
                    limit_rows.SELECT_MEMBER_LIMITS, limit_rows.build_limit_params(new.asker)
                )
            )
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


def _insert_job(conn: sqlite3.Connection, job: Job) -> None:
    conn.execute(
        'INSERT INTO jobs (id, source, requester, requester_name, roles, guild, channel, "order",'
        " state, attempt, session, folder, ready, reason, ref, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job.id,
            job.source,
            job.requester,
            job.requester_name,
            pack_json(job.roles),
            job.guild,
            job.channel,
            pack_json(job.order),
            job.state.value,
            job.attempt,
            job.session,
            job.folder,
            job.ready,
            job.reason,
            job.ref,
            to_micros(job.created_at),
        ),
    )


def apply_job_event(
    conn: sqlite3.Connection, job: JobId, event: Event, now: datetime
) -> Move | None:
    """Move a job and settle its hold, or None for an unknown job or an illegal move.

    A job that has ended forgets its SwarmUI session.
    """
    row = conn.execute(SELECT_BY_ID, (job,)).fetchone()
    moved = None if row is None else apply_event(read_job(row), event, now)
    if moved is None:
        return None
    if isinstance(event, Cancelled) and row["session"]:
        # The state first, then the signal: a process that dies between the two leaves this word.
        conn.execute(
            "INSERT INTO orphans (session, ended_at) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at",
            (row["session"], to_micros(now)),
        )
    if moved.job.state not in LIVING:
        moved = replace(moved, job=replace(moved.job, session=""))
    moved = replace(moved, job=replace(moved.job, reason=replace_surrogates(moved.job.reason)))
    _update_job(conn, moved.job)
    limit_rows.settle_hold(conn, job, moved.settle)
    return moved


def _update_job(conn: sqlite3.Connection, job: Job) -> None:
    conn.execute(
        "UPDATE jobs SET state = ?, attempt = ?, session = ?, folder = ?, ready = ?, reason = ?,"
        " ref = ?, started_at = ?, generated_at = ?, ended_at = ? WHERE id = ?",
        (
            job.state.value,
            job.attempt,
            job.session,
            job.folder,
            job.ready,
            job.reason,
            job.ref,
            to_optional_micros(job.started_at),
            to_optional_micros(job.generated_at),
            to_optional_micros(job.ended_at),
            job.id,
        ),
    )


def record_delivery(
    conn: sqlite3.Connection, job: JobId, images: tuple[StoredImage, ...], now: datetime
) -> Move | None:
    """Record the delivery and its history, no history without a legal move."""
    moved = apply_job_event(conn, job, Delivered(len(images)), now)
    if moved is not None:
        conn.executemany(
            'INSERT INTO images (job, "index", path, seed, message, place, channel)'
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    job,
                    image.index,
                    replace_surrogates(image.path),
                    image.seed,
                    image.message,
                    image.place.value,
                    image.channel,
                )
                for image in images
            ],
        )
    return moved


def mark_job_notified(conn: sqlite3.Connection, job: JobId) -> None:
    """Record that the requester knows how the job ended or that images wait."""
    conn.execute("UPDATE jobs SET told = 1 WHERE id = ?", (job,))


def update_job_session(conn: sqlite3.Connection, job: JobId, session: str) -> None:
    """Set the session of a running job. Other jobs have none."""
    conn.execute(
        "UPDATE jobs SET session = ? WHERE id = ? AND state = ?",
        (session, job, State.RUNNING.value),
    )
