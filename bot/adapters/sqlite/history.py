"""Delivered images, and drafts for buttons that are pressed later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection, Row
from typing import Final

from bot.adapters.sqlite import jobs
from bot.adapters.sqlite.codec import pack_json, to_micros, unpack_dataclass
from bot.adapters.sqlite.database import SqliteStore, transaction
from bot.adapters.sqlite.privacy.erase import HAS_UNNAMED_FILES, JOB_PATH
from bot.core.drawing.request import DrawRequest
from bot.core.history.model import DeliveryPlace, Draft, HistoryEntry, HistoryPage, StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Job

SELECT_IMAGES: Final = (
    'SELECT job, "index", path, seed, message, place, channel FROM images'
    " WHERE job IN (SELECT value FROM json_each(?)) ORDER BY job, 2"
)
SELECT_REMOVED_FILES: Final = (
    'SELECT job, "index", path, seed, message, place, channel FROM images'
    " WHERE place = 'removed' AND path <> '' ORDER BY job, 2"
)
SELECT_REMOVED_FOLDERS: Final = f"""
    SELECT DISTINCT jobs.id, {JOB_PATH} AS folder FROM images JOIN jobs ON jobs.id = images.job
    WHERE place = 'removed' AND jobs.folder <> ''"""  # noqa: S608 -- only constants are inserted
_IN_HISTORY: Final = (
    "requester = ? AND guild = ? AND state = 'done'"
    " AND EXISTS (SELECT 1 FROM images WHERE images.job = jobs.id)"
)
COUNT_ENTRIES: Final = f"SELECT count(*) FROM jobs WHERE {_IN_HISTORY}"  # noqa: S608 -- only constants are inserted
SELECT_NEWEST: Final = f"{jobs.SELECT_JOB} WHERE {_IN_HISTORY} ORDER BY seq DESC LIMIT ? OFFSET ?"
SELECT_SEARCH_TEXTS: Final = (
    "SELECT id, json_extract(\"order\", '$.prompt') AS prompt,"  # noqa: S608 -- as above
    " json_extract(\"order\", '$.model_title') AS model"
    f" FROM jobs WHERE {_IN_HISTORY} ORDER BY seq DESC"
)
_SELECT_BY_IDS: Final = f"""{jobs.SELECT_JOB}
    WHERE id IN (SELECT value FROM json_each(?)) ORDER BY seq DESC"""  # noqa: S608 -- as above
SELECT_UNCOLLECTED: Final = f"""{jobs.SELECT_JOB}
    WHERE id IN (SELECT job FROM images WHERE place = 'waiting')
        AND requester = ? AND told = 0 ORDER BY seq"""  # noqa: S608 -- as above
SELECT_DRAFT: Final = "SELECT id, user, guild, wish FROM drafts WHERE id = ?"
_SELECT_RECENT_RESULTS: Final = """
    SELECT jobs.id, posts.channel, posts.message FROM jobs JOIN posts ON posts.job = jobs.id
    WHERE jobs.state = 'done' AND jobs.requester = :user AND jobs.guild = :guild
        AND jobs.ended_at >= :since AND posts.message IS NOT NULL AND posts.purpose <> 'direct'
    ORDER BY jobs.seq DESC LIMIT 200"""


class SqliteHistoryStore(SqliteStore):
    """Delivered images and drafts. Implements the port `HistoryStore`."""

    async def list_recent_results(
        self, guild: int, user: int, since: datetime
    ) -> tuple[tuple[JobId, int, int], ...]:
        which = {"guild": guild, "user": user, "since": to_micros(since)}
        rows = await self._db.read_rows(_SELECT_RECENT_RESULTS, which)
        return tuple((JobId(row["id"]), row["channel"], row["message"]) for row in rows)

    @transaction
    def save_draft(self, conn: Connection, draft: Draft, now: datetime) -> None:
        conn.execute(
            "INSERT INTO drafts (id, user, guild, wish, kept_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET wish = excluded.wish, kept_at = excluded.kept_at",
            (draft.id, draft.user, draft.guild, pack_json(draft.request), to_micros(now)),
        )

    async def find_draft(self, draft: JobId) -> Draft | None:
        for row in await self._db.read_rows(SELECT_DRAFT, (draft,)):
            request = unpack_dataclass(DrawRequest, row["wish"])
            return Draft(JobId(row["id"]), row["user"], row["guild"], request)
        return None

    async def load_history_page(
        self, user: int, guild: int, search: str, skip: int, most: int
    ) -> HistoryPage:
        if search.strip():
            rows = await self._db.read_rows(SELECT_SEARCH_TEXTS, (user, guild))
            ids = _match_search(rows, search)
            total, chosen = len(ids), pack_json(ids[skip : skip + most])
            rows = await self._db.read_rows(_SELECT_BY_IDS, (chosen,))
        else:
            total = (await self._db.read_rows(COUNT_ENTRIES, (user, guild)))[0][0]
            rows = await self._db.read_rows(SELECT_NEWEST, (user, guild, most, skip))
        page = tuple(map(jobs.read_job, rows))
        images = await self._images(*(job.id for job in page))
        pasts = (HistoryEntry(job, tuple(i for i in images if i.job == job.id)) for job in page)
        return HistoryPage(tuple(past for past in pasts if past.images), total)

    async def list_job_images(self, job: JobId) -> tuple[StoredImage, ...]:
        return await self._images(job)

    async def _images(self, *ids: JobId) -> tuple[StoredImage, ...]:
        return _read_images(await self._db.read_rows(SELECT_IMAGES, (pack_json(ids),)))

    async def list_uncollected_jobs(self, user: int) -> tuple[Job, ...]:
        return tuple(map(jobs.read_job, await self._db.read_rows(SELECT_UNCOLLECTED, (user,))))

    @transaction
    def mark_images_collected(self, conn: Connection, job: JobId) -> None:
        update = "UPDATE images SET place = 'private' WHERE job = ? AND place = 'waiting'"
        conn.execute(update, (job,))
        jobs.mark_job_notified(conn, job)

    @transaction
    def mark_message_deleted(self, conn: Connection, message: int) -> None:
        conn.execute(
            "UPDATE images SET place = 'gone', message = NULL, channel = NULL"
            " WHERE job IN (SELECT job FROM posts WHERE message = ?) AND message = ?",
            (message, message),
        )

    @transaction
    def mark_images_removed(self, conn: Connection, job: JobId) -> None:
        update = "UPDATE images SET place = 'removed', message = NULL, channel = NULL WHERE job = ?"
        conn.execute(update, (job,))
        # The path of files that no image names. Where it is kept, it is still to be deleted.
        forget = f"UPDATE jobs SET folder = '' WHERE id = ? AND NOT ({HAS_UNNAMED_FILES})"  # noqa: S608 -- only constants are inserted
        conn.execute(forget, (job,))

    async def list_removed_files(self) -> tuple[StoredImage, ...]:
        return _read_images(await self._db.read_rows(SELECT_REMOVED_FILES))

    @transaction
    def mark_file_deleted(self, conn: Connection, job: JobId, index: int) -> None:
        update = "UPDATE images SET path = '' WHERE job = ? AND \"index\" = ? AND place = 'removed'"
        conn.execute(update, (job, index))

    async def list_removed_folders(self) -> tuple[tuple[JobId, str], ...]:
        rows = await self._db.read_rows(SELECT_REMOVED_FOLDERS)
        return tuple((JobId(row["id"]), row["folder"]) for row in rows)

    @transaction
    def mark_folder_deleted(self, conn: Connection, job: JobId) -> None:
        conn.execute("UPDATE jobs SET folder = '' WHERE id = ?", (job,))

    @transaction
    def delete_history_entry(self, conn: Connection, job: JobId) -> bool:
        # What a moderator removed is remembered until its files on SwarmUI are gone.
        delete = """DELETE FROM images WHERE job = :job AND (place <> 'removed'
            OR path = '' AND (SELECT folder FROM jobs WHERE id = :job) = '')"""
        return conn.execute(delete, {"job": job}).rowcount > 0


def _read_images(rows: Sequence[Row]) -> tuple[StoredImage, ...]:
    read = ({**dict(row), "place": DeliveryPlace(row["place"])} for row in rows)
    return tuple(StoredImage(**fields) for fields in read)


def _match_search(rows: Sequence[Row], search: str) -> tuple[str, ...]:
    """Return ids of the rows that hold every word of `search`, in any case.

    Python compares, because SQLite folds only A to Z.
    """
    wanted = search.casefold().split()
    texts = ((row["id"], f"{row['prompt']} {row['model']}".casefold()) for row in rows)
    return tuple(job for job, text in texts if all(word in text for word in wanted))
