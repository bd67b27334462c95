"""The port `Store` over one SQLite file: each method is one transaction, or one plain read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from bot.adapters.sqlite import audit, blocks, grants, guild_settings, history, jobs, posts
from bot.adapters.sqlite import limits as limit_rows
from bot.adapters.sqlite import retention as expiry
from bot.adapters.sqlite.codec import micros, pack
from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.limits_queries import Moderating
from bot.adapters.sqlite.log_channel import Trail
from bot.adapters.sqlite.onboarding import Greetings
from bot.adapters.sqlite.privacy.queries import Forgetting
from bot.adapters.sqlite.reports import Reports
from bot.adapters.sqlite.retention import Retention
from bot.adapters.sqlite.triggers import Triggering
from bot.core.audit.model import AuditRow
from bot.core.blocks import MemberBlock
from bot.core.drawing.request import RequestContext
from bot.core.history.model import Draft, HistoryEntry, HistoryPage, StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Event, Job, Move
from bot.core.jobs.model import AcceptedJob, NewJob, Post
from bot.core.limits.model import LimitRow
from bot.core.limits.quota import (
    EXEMPT,
    LIMIT_NAMES,
    Balance,
    Limits,
    LimitScope,
    build_window,
    parse_zone,
)
from bot.core.policy import GuildSettings


class SqliteBooks(Moderating, Trail, Forgetting, Triggering, Greetings, Reports):
    """The one truth, on disk.

    `defaults` are the host's limits, `queue_max` bounds everybody's queued jobs together, and
    `time_zone` holds for guilds that have chosen none. Raises ValueError for an unknown zone.
    """

    def __init__(
        self,
        db: Database,
        *,
        defaults: Limits = Limits(),  # noqa: B008 -- frozen
        queue_max: int = 100,
        time_zone: str = "UTC",
        retention: Retention = Retention(),  # noqa: B008 -- frozen
    ) -> None:
        parse_zone(time_zone)
        self._db = db
        self._terms = jobs.Terms(defaults, queue_max, time_zone)
        self._retention = retention
        self._handed_out: tuple[JobId, ...] = ()

    def get_default_limits(self) -> Limits:
        """The host's limits, for people of whom no rule says more."""
        return self._terms.defaults

    # --- jobs --------------------------------------------------------------------------------

    async def create_job(self, new: NewJob) -> AcceptedJob:
        """Let a job in, or raise Refused. The balance has its pictures in it already."""
        return await self._db.run(jobs.submit, new, self._terms)

    async def check_new_job(self, new: NewJob) -> AcceptedJob:
        """What `submit` would answer or raise, with everything left as it is."""
        return await self._db.run(jobs.rehearse, new, self._terms)

    async def apply_job_event(self, job: JobId, event: Event, now: datetime) -> Move | None:
        """Apply an event with its settlement; None for what the table does not know."""
        return await self._db.run(jobs.move, job, event, now)

    async def record_delivery(
        self, job: JobId, images: tuple[StoredImage, ...], now: datetime
    ) -> Move | None:
        """`Delivered` with its history rows; a second delivery is None and writes nothing."""
        return await self._db.run(jobs.deliver, job, images, now)

    async def update_job_session(self, job: JobId, session: str) -> None:
        """The running job goes on in another session; nothing for a job that does not run."""
        await self._db.run(jobs.note_session, job, session)

    async def find_job(self, job: JobId) -> Job | None:
        """The job, or None: unknown, or forgotten with its history."""
        rows = await self._db.read(jobs.BY_ID, (job,))
        return jobs.read_job(rows[0]) if rows else None

    async def list_living_jobs(self) -> tuple[Job, ...]:
        """Queued, running and delivering jobs, oldest first."""
        return tuple(map(jobs.read_job, await self._db.read(jobs.BY_LIFE)))

    async def mark_job_notified(self, job: JobId) -> None:
        """The person has heard how it ended."""
        await self._db.run(jobs.told, job)

    async def list_unnotified_jobs(self, since: datetime) -> tuple[Job, ...]:
        """Failed and cancelled jobs since then of which nobody has been told, oldest first."""
        rows = await self._db.read(jobs.UNTOLD, (micros(since),))
        return tuple(map(jobs.read_job, rows))

    # --- limits ------------------------------------------------------------------------------

    async def compute_balance(self, asker: RequestContext, now: datetime) -> Balance:
        """What the asker may have and has had in their guild; costs the same with any history."""
        chosen = await self._db.read(guild_settings.TIME_ZONE, (asker.guild,))
        at = build_window(now, parse_zone(guild_settings.time_zone(chosen, self._terms.time_zone)))
        rules = limit_rows.limit_rows(await self._db.read(limit_rows.RULES, limit_rows.who(asker)))
        (use,) = await self._db.read(limit_rows.USE, limit_rows.who_when(asker, at))
        return limit_rows.weigh(asker, self._terms.defaults, rules, use, at)

    async def set_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        numbers: Mapping[str, int | None],
        now: datetime,
    ) -> None:
        """Set the named numbers of a rule in the asker's guild; others stay. It acts at once.

        Each number that changes gets an audit row. Raises ValueError for a number that is
        negative or has another name than those of `LimitsCog`; then nothing is set.
        """
        for name, value in numbers.items():
            if name not in (*LIMIT_NAMES, EXEMPT):
                raise ValueError(f"{name!r} is no limit; there are {', '.join(LIMIT_NAMES)}")
            if value is not None and value < 0:
                raise ValueError(f"{name} must be 0 or more, or None (is {value})")
        await self._ruled(limit_rows.set_limit, asker, scope, target, numbers, now)

    async def clear_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        now: datetime,
        number: str | None = None,
    ) -> bool:
        """Remove a rule of the asker's guild, all its numbers or one; the next in order count
        again.

        It acts at once. Each number gets an audit row. False, and no row, if there was none.
        """
        return await self._ruled(limit_rows.clear_limit, asker, scope, target, now, number)

    async def grant_images(
        self, asker: RequestContext, user: int, pictures: int, days: int, now: datetime
    ) -> None:
        """Give a member of the asker's guild more pictures on each of `days` days from today on.

        It acts at once, with an audit row. Raises ValueError for fewer than one picture or day.
        """
        if pictures < 1 or days < 1:
            raise ValueError("a grant is one picture or more, for one day or more")
        where = await self._clocks(asker.guild)
        await self._db.run(grants.grant, asker, user, pictures, days, where, now)

    async def refund_today(self, asker: RequestContext, user: int, now: datetime) -> int:
        """Give back what a member was charged for today, with an audit row; how many pictures."""
        where = await self._clocks(asker.guild)
        return await self._db.run(grants.reset, asker, user, where, now)

    async def list_audit_rows(
        self, guild: int, skip: int, most: int, target: str = ""
    ) -> tuple[tuple[AuditRow, ...], int]:
        """`most` changes in a guild after the `skip` newest, and how many there are.

        `target` such as "member:123" asks for the changes about that one only.
        """
        which = {"guild": guild, "target": target or None, "most": most, "skip": skip}
        rows = await self._db.read(audit.LOG, which)
        total = (await self._db.read(audit.LOG_COUNT, which))[0][0]
        return tuple(map(audit.read_audit, rows)), total

    async def _clocks(self, guild: int) -> tzinfo:
        chosen = await self._db.read(guild_settings.TIME_ZONE, (guild,))
        return parse_zone(guild_settings.time_zone(chosen, self._terms.time_zone))

    async def list_limit_rows(self, guild: int) -> tuple[LimitRow, ...]:
        """All rules of a guild: its own, then by member, then by role."""
        return limit_rows.limit_rows(await self._db.read(limit_rows.ALL_RULES, {"guild": guild}))

    async def rebuild_totals(self) -> None:
        """Make the totals anew from the facts, for a host who changed the file by hand."""
        await self._db.run(limit_rows.rebuild)

    # --- what servers have chosen -----------------------------------------------------------

    async def load_guild_settings(self) -> Mapping[int, GuildSettings]:
        """What each guild has chosen, by its id."""
        rows = await self._db.read(guild_settings.ALL)
        return {row["guild"]: guild_settings.read(row) for row in rows}

    async def update_guild_settings(
        self, asker: RequestContext, edit: Callable[[GuildSettings], GuildSettings], now: datetime
    ) -> tuple[GuildSettings, GuildSettings]:
        """Change what the asker's guild has chosen, with audit rows; (before, after)."""
        return await self._db.run(guild_settings.change, asker, edit, now)

    # --- blocks ------------------------------------------------------------------------------

    async def block_member(
        self, asker: RequestContext, user: int, until: datetime | None, reason: str, now: datetime
    ) -> None:
        """Keep a member of the asker's guild from drawing, with an audit row."""
        await self._db.run(blocks.block, asker, user, until, reason, now)

    async def unblock_member(self, asker: RequestContext, user: int, now: datetime) -> bool:
        """Let a member draw again, with an audit row; False if they were not blocked."""
        return await self._db.run(blocks.unblock, asker, user, now)

    async def list_blocks(self, guild: int, now: datetime) -> tuple[MemberBlock, ...]:
        """Who is blocked in a guild now, newest first."""
        rows = await self._db.read(blocks.IN_FORCE, {"guild": guild, "now": micros(now)})
        return tuple(map(blocks.read_block, rows))

    async def find_block(self, guild: int, user: int, now: datetime) -> MemberBlock | None:
        """The block of one member that holds now: one row by its key."""
        rows = await self._db.read(blocks.OF_MEMBER, blocks.asked(guild, user, now))
        return blocks.read_block(rows[0]) if rows else None

    async def list_recent_results(
        self, guild: int, user: int, since: datetime
    ) -> tuple[tuple[int, int], ...]:
        """(channel, message) of what a person was delivered in a guild since then, at most 200."""
        asked = {"guild": guild, "user": user, "since": micros(since)}
        rows = await self._db.read(blocks.LATEST_POSTS, asked)
        return tuple((row["channel"], row["message"]) for row in rows)

    # --- posts and drafts --------------------------------------------------------------------

    async def record_post_intent(self, post: Post) -> Post:
        """Write that we are about to post. An earlier post of the same job and purpose wins."""
        return await self._db.run(posts.intend, post)

    async def mark_post_sent(self, post: Post) -> None:
        """Write where the message came to be: channel, message, nonce and token."""
        await self._db.run(posts.posted, post)

    async def list_job_posts(self, job: JobId) -> tuple[Post, ...]:
        """The job's posts, oldest first."""
        return tuple(map(posts.read_post, await self._db.read(posts.OF_JOB, (job,))))

    async def find_post_by_message(self, message: int) -> Post | None:
        """Which post that message is, or None where it is none of ours."""
        rows = await self._db.read(posts.OF_MESSAGE, (message,))
        return posts.read_post(rows[0]) if rows else None

    async def save_draft(self, draft: Draft, now: datetime) -> None:
        """Keep a wish for its buttons, for a day."""
        await self._db.run(posts.keep_draft, draft, now)

    async def find_draft(self, draft: JobId) -> Draft | None:
        """The draft, or None: unknown, or past its day."""
        rows = await self._db.read(posts.DRAFT, (draft,))
        return posts.read_draft(rows[0]) if rows else None

    async def list_unsent_pings(self, since: datetime) -> tuple[Post, ...]:
        """Rings of finished jobs that were meant to be posted since then, without a message."""
        return tuple(map(posts.read_post, await self._db.read(posts.UNRUNG, (micros(since),))))

    async def delete_expired_tokens(self, now: datetime) -> None:
        """Forget interactions' tokens that are dead."""
        await self._db.run(expiry.erase_tokens, now)

    # --- history -----------------------------------------------------------------------------

    async def load_history_page(
        self, user: int, guild: int, search: str, skip: int, most: int
    ) -> HistoryPage:
        """`most` of what a person had drawn in a guild, after the `skip` newest."""
        if search.strip():
            rows = await self._db.read(history.WORDS, (user, guild))
            ids = history.found(rows, search)
            total, chosen = len(ids), pack(ids[skip : skip + most])
            rows = await self._db.read(history.CHOSEN, (chosen,))
        else:
            total = (await self._db.read(history.COUNT, (user, guild)))[0][0]
            rows = await self._db.read(history.NEWEST, (user, guild, most, skip))
        found = tuple(map(jobs.read_job, rows))
        images = await self._images(*(job.id for job in found))
        pasts = (HistoryEntry(job, tuple(i for i in images if i.job == job.id)) for job in found)
        return HistoryPage(tuple(past for past in pasts if past.images), total)

    async def list_job_images(self, job: JobId) -> tuple[StoredImage, ...]:
        """The pictures that history has of a job, in order; () once they were forgotten."""
        return await self._images(job)

    async def _images(self, *ids: JobId) -> tuple[StoredImage, ...]:
        rows = await self._db.read(history.IMAGES, (pack(ids),))
        return tuple(map(history.read_image, rows))

    async def list_uncollected_jobs(self, user: int) -> tuple[Job, ...]:
        """Jobs whose pictures wait to be asked for, of which the person has not heard."""
        return tuple(map(jobs.read_job, await self._db.read(history.WAITING, (user,))))

    async def mark_images_collected(self, job: JobId) -> None:
        """What waited has been shown to its requester, privately."""
        await self._db.run(history.handed, job)

    async def mark_message_deleted(self, message: int) -> None:
        """A message of ours was deleted: its pictures are there no longer."""
        await self._db.run(history.message_gone, message)

    async def delete_history_entry(self, job: JobId) -> bool:
        """Take a job's pictures out of history; False if there were none. Charges stay."""
        return await self._db.run(history.forget, job)

    async def list_orphaned_sessions(self) -> tuple[str, ...]:
        """SwarmUI sessions of jobs that were cancelled while they ran, within the last day."""
        return tuple(row["session"] for row in await self._db.read(history.ORPHANS))

    async def mark_session_stopped(self, session: str) -> None:
        """That session draws nothing any more."""
        await self._db.run(history.stopped, session)

    # --- what members chose for themselves ---------------------------------------------------

    async def find_usual_model(self, guild: int, user: int) -> str:
        """The model of a member's choice in a guild, or "" where there is none."""
        rows = await self._db.read(guild_settings.USUAL_MODEL, (guild, user))
        return str(rows[0]["model"]) if rows else ""

    async def set_usual_model(self, guild: int, user: int, model: str) -> None:
        """Choose it; "" chooses none."""
        await self._db.run(guild_settings.set_usual_model, guild, user, model)

    # --- forgetting --------------------------------------------------------------------------

    async def delete_expired_rows(self, now: datetime) -> tuple[JobId, ...]:
        """Forget what has had its time; return ended jobs whose spool may go, at most 500.

        Calling it again says that the files of the last answer are gone. After a crash between
        the two the same jobs are named again, so dropping must be repeatable.
        """
        keep = self._retention
        await self._db.run(expiry.spool_dropped, self._handed_out)
        await self._db.run(expiry.forget_small, keep, now)
        await self._db.run(grants.forget, expiry.months_before(now, keep.charges_months))
        while await self._db.run(expiry.forget_history, keep, now):
            pass
        while await self._db.run(expiry.forget_charges, keep, now):
            pass
        self._handed_out = await self._db.run(expiry.spool_over, keep, now)
        return self._handed_out
