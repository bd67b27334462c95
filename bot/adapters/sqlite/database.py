"""One file, one writer thread, one reader.

    await db.run_transaction(work, *args)  one plain function, run whole on the writer thread
    await db.read_rows(sql, params)        one SELECT, on a connection that cannot write

Nothing awaits between the statements of a transaction, so no caller can be cancelled in the
middle of one, and a thread hop is paid once a transaction. The reader sees what was committed
before it was asked: WAL lets it read while the writer writes.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from datetime import datetime
from functools import partial, wraps
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, Concatenate, Final, ParamSpec, TypeAlias, TypeVar

import aiosqlite
import structlog

from bot.adapters.sqlite.errors import DatabaseUnwritable, translate_error
from bot.adapters.sqlite.migrate import SchemaMigration, begin, load_migrations, migrate_schema
from bot.core.errors import StoreError

P = ParamSpec("P")
S = TypeVar("S", bound="SqliteStore")
T = TypeVar("T")
SqlParams: TypeAlias = Sequence[object] | Mapping[str, object]

log = structlog.stdlib.get_logger(__name__)
SQLITE_VERSION_MIN: Final = (3, 37, 0)  # STRICT tables


class Database:
    """The open file. Get one from `Database.open`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._run_writer, name="books")
        self._writer: sqlite3.Connection | None = None
        self._reader: aiosqlite.Connection | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], datetime],
        wait_s: float = 5.0,
        migrations: tuple[SchemaMigration, ...] | None = None,
    ) -> AsyncIterator[Database]:
        """Open the file, make it if there is none (mode 0600), and bring it up to date.

        Waits up to `wait_s` seconds for a lock of another process. `clock` dates the copy that is
        made before a migration. Raises a StoreError (NotOurDatabase, NewerDatabase, DatabaseLocked,
        DatabaseUnwritable).
        """
        db = cls(path)
        steps = load_migrations() if migrations is None else migrations
        db._thread.start()
        try:
            await db._run_on_writer(db._open_writer, wait_s, steps, clock)
            await db._open_reader(wait_s)
            yield db
        finally:
            try:
                if db._reader is not None:
                    await db._reader.close()
            finally:
                # The last one out folds the WAL into the file; the running transaction ends first.
                db._queue.put(db._close_writer)
                db._queue.put(None)
                db._thread.join()

    async def run_transaction(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `work` as one transaction, whole, on the writer thread.

        A caller that is cancelled stops waiting; the transaction still ends. Whatever `work`
        raises undoes it; SQLite's own errors come as StoreError.
        """
        return await self._run_on_writer(self._execute, lambda conn: work(conn, *args, **kwargs))

    async def truncate_wal(self) -> None:
        """Move the write-ahead log into the file and empty it, so that erased data is gone.

        If a reader is active, this is left for the next time.
        """
        await self._run_on_writer(self._truncate_wal)

    async def read_rows(self, sql: str, params: SqlParams = ()) -> Sequence[sqlite3.Row]:
        """All rows of one SELECT. Raises StoreError."""
        assert self._reader is not None
        with translate_errors(self._path):
            return list(await self._reader.execute_fetchall(sql, params))

    async def _run_on_writer(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `job` on the writer thread.

        The future is the database's own. Unlike an executor's, it does not take work back from the
        thread when its caller is cancelled.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def run_job() -> None:
            settle: Callable[[], None]
            try:
                settle = partial(done.set_result, job(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 -- raised again where it is awaited
                settle = partial(done.set_exception, error)
            loop.call_soon_threadsafe(_settle_future, done, settle)

        self._queue.put(run_job)
        return await done

    def _run_writer(self) -> None:
        while (work := self._queue.get()) is not None:
            work()

    def _execute(self, work: Callable[[sqlite3.Connection], T]) -> T:
        assert self._writer is not None
        with translate_errors(self._path), begin(self._writer):
            return work(self._writer)

    def _truncate_wal(self) -> None:
        assert self._writer is not None
        with translate_errors(self._path):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _open_writer(
        self, wait_s: float, steps: tuple[SchemaMigration, ...], clock: Callable[[], datetime]
    ) -> None:
        if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
            version = sqlite3.sqlite_version
            raise StoreError(f"SQLite {version} is too old; 3.37 or newer is needed.")
        create_private_file(self._path)
        with translate_errors(self._path):
            conn = sqlite3.connect(self._path, timeout=wait_s, isolation_level=None)
            self._writer = conn
            conn.row_factory = sqlite3.Row
            conn.execute("PRAGMA foreign_keys = ON")
            turn_on_wal(conn, self._path)
            conn.execute("PRAGMA synchronous = FULL")  # the books are money-like
            migrate_schema(conn, self._path, steps, clock)
            conn.execute("DROP TABLE IF EXISTS sqlar")  # the pictures of a backup that is opened
            with begin(conn):  # a file that may only be read opens without a complaint
                pass

    async def _open_reader(self, wait_s: float) -> None:
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        with translate_errors(self._path):
            opening = aiosqlite.connect(uri, uri=True, timeout=wait_s, isolation_level=None)
            self._reader = await opening
            self._reader.row_factory = sqlite3.Row

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class SqliteStore:
    """Part of the database for one feature. Its methods implement the feature's port."""

    def __init__(self, db: Database) -> None:
        self._db = db


def transaction(
    work: Callable[Concatenate[S, sqlite3.Connection, P], T],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Make a store's method one transaction. It runs on the writer thread with `conn`."""

    @wraps(work)
    async def run(store: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await store._db.run_transaction(partial(work, store), *args, **kwargs)

    return run


def _settle_future(done: asyncio.Future[T], settle: Callable[[], None]) -> None:
    if not done.done():
        settle()


def create_private_file(path: Path) -> None:
    """Create the file with access for its owner only. The WAL gets the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DatabaseUnwritable(f"{path} cannot be written here: {error.strerror}") from error
    with suppress(PermissionError):  # another owner's file, which we may write all the same
        path.chmod(0o600)


def ask_for_wal(conn: sqlite3.Connection) -> str:
    """Ask for the write-ahead log and return the journal that SQLite really keeps."""
    return str(conn.execute("PRAGMA journal_mode = WAL").fetchone()[0])


def turn_on_wal(conn: sqlite3.Connection, path: Path) -> None:
    """Turn on the write-ahead log, which needs shared memory between processes.

    SQLite answers with the mode that the file really has: on some network shares it stays another.
    """
    if (mode := ask_for_wal(conn)) != "wal":
        fix = (
            "Move the database to a disk of this computer. Until then requests wait for each other."
        )
        log.warning("no write-ahead log on this disk", file=str(path), mode=mode, fix=fix)


@contextmanager
def open_existing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file that is there for a short time, perhaps beside a running bot."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with (
        translate_errors(path),
        closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as conn,
    ):
        yield conn


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors about a file as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate_error(error, path) from error
