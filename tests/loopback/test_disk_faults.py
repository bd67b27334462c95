"""A disk that gives errors under the books of a running bot: refused in words, then made good."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.flow import maintenance
from tests.support.table import AddRow
from tests.support.town import Town, town

resource = pytest.importorskip("resource")  # Windows has no such limits

TITLE = "Faults of the database"
CLOSED = "Nothing was charged. Try again in a minute."


@contextmanager
def writes_fail(here: Town) -> Iterator[None]:
    """The WAL may not grow by one byte: each write of a transaction ends as EFBIG, SQLITE_IOERR.

    The limit is this process's, so it must be far above what else is written meanwhile.
    """
    wal = Path(f"{here.database}-wal").stat().st_size
    assert wal > 100_000
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def held_by_another(here: Town) -> Iterator[None]:
    """Another program is in the middle of a transaction: SQLITE_BUSY after five seconds."""
    with closing(sqlite3.connect(here.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


FAULTS = {
    "SQLITE_IOERR": (writes_fail, "disk I/O error"),
    "SQLITE_BUSY": (held_by_another, "held by another program"),
}


@pytest.mark.parametrize(
    "fault", ["SQLITE_IOERR", pytest.param("SQLITE_BUSY", marks=pytest.mark.soak)]
)
async def test_under_a_running_bot(
    tmp_path: Path,
    fault: str,
    row: AddRow,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Met by the end of a drawing and by the next wish; the picture comes when the disk is well."""
    monkeypatch.setattr(maintenance, "ROUND_INTERVAL_S", 1.0)
    trouble, words = FAULTS[fault]
    said = ""

    def met(what: str) -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return what in said

    async with town(tmp_path) as here:
        await here.script(hold=True)
        await here.start_bot()
        card = await here.imagine("mia")

        async def drawing() -> bool:
            return bool((await here.swarm_report())["generations"])

        await here.until(drawing, "SwarmUI has it")
        with trouble(here):
            await here.script(hold=False)
            await here.until(lambda: met("books closed"), "the end could not be written")
            await is_told_privately(here, "theo")
            assert len(here.rows("SELECT * FROM holds")) == 1
        await here.picture(card)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [], "nothing is held")
        assert here.rows("SELECT state FROM jobs") == [("done",)]
        assert len((await here.swarm_report())["generations"]) == 1
        here.balanced()
        await here.clean()
        assert words in said
        row(TITLE, met_by="running", fault=fault, ended="picture once", told="by it", hold="closed")
        row(TITLE, met_by="a wish", fault=fault, ended="refused", told="privately", hold="none")


async def is_told_privately(here: Town, who: str) -> None:
    """Somebody asks now and reads, with nobody else, that the books are closed."""
    await here.act(who, "command", channel="imagine", name="imagine", options={"prompt": "a boar"})

    async def told() -> bool:
        return any(CLOSED in m["content"] and m["flags"] & 64 for m in await here.messages(who=who))

    await here.until(told, "it is said privately")
