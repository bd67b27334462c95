"""/limits export: tables that a spreadsheet opens, and takes nothing in them for a formula."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.audit import csv_export
from bot.core.errors import FilesTooLarge
from bot.core.limits.quota import LimitScope
from bot.core.ui.card import MessageContent
from bot.flow.limits import LimitCommands
from tests.support.books import BEN, MIA, MODERATOR, NOON, Desk, open_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Books with the host's usual settings."""
    async with open_desk(tmp_path / "books.db") as desk:
        yield desk


async def exported(desk: Desk) -> tuple[str, dict[str, list[dict[str, str]]]]:
    """What is said, and each file read as a spreadsheet would."""
    sent: list[MessageContent] = []

    async def send(shown: MessageContent) -> None:
        sent.append(shown)

    counter = LimitCommands(desk.books.limits, desk.books.audit, lambda: NOON, images_max=4)
    assert await counter.export_files(MODERATOR, send) is None
    (shown,) = sent
    found = {}
    for file in shown.files:
        assert file.data.startswith(b"\xef\xbb\xbf")
        found[file.name] = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    return shown.card.content, found


async def test_an_empty_server_gets_three_files_with_their_heads(desk: Desk) -> None:
    said, files = await exported(desk)
    assert said == (
        "0 changes (newest first), 0 rules, and the use of 0 members in 2026-11. Times are UTC."
    )
    assert files == {
        "changes-2026-11-24.csv": [],
        "rules-2026-11-24.csv": [],
        "use-2026-11.csv": [],
    }


async def test_changes_rules_and_use_are_this_servers_own(desk: Desk) -> None:
    books = desk.books
    await books.limits.set_limit(MODERATOR, LimitScope.ROLE, 5, {"day": 50, "month": None}, NOON)
    await books.limits.set_limit(MODERATOR, LimitScope.GUILD, 7, {"exempt": 1}, NOON)
    await books.limits.set_limit(replace(MODERATOR, guild=8), LimitScope.ROLE, 6, {"day": 9}, NOON)
    await desk.finish((await desk.ask(4)).job.id, 4)
    await desk.finish((await desk.ask(2, now=NOON - timedelta(days=3))).job.id, 2)
    await desk.ask(1, BEN)
    await desk.finish((await desk.ask(1, now=NOON - timedelta(days=40))).job.id, 1)
    await desk.ask(1, replace(BEN, guild=8, user=999))
    await books.limits.refund_today(MODERATOR, MIA.user, NOON)
    await books.limits.grant_images(MODERATOR, BEN.user, 3, 2, NOON)

    _, files = await exported(desk)
    assert files["use-2026-11.csv"] == [
        {
            "member": f"<@{MIA.user}>",
            "name": "Mia",
            "used_today": "0",
            "used_this_month": "2",
            "given_back_this_month": "4",
            "granted_today": "0",
        },
        {
            "member": f"<@{BEN.user}>",
            "name": "",
            "used_today": "1",
            "used_this_month": "1",
            "given_back_this_month": "0",
            "granted_today": "3",
        },
    ]
    assert await desk.used() == (0, 2)
    assert [
        (row["for"], row["who"], row["day"], row["month"], row["exempt"])
        for row in files["rules-2026-11-24.csv"]
    ] == [
        ("server", "", "", "", "yes"),
        ("role", "<@&5>", "50", "unlimited", ""),
    ]
    assert files["changes-2026-11-24.csv"][0] == {
        "time": "2026-11-24 12:00:00",
        "by": f"<@{MODERATOR.user}>",
        "action": "limits.grant",
        "about": f"<@{BEN.user}>",
        "from": "",
        "to": "3 more a day until 2026-11-25",
    }
    assert len(files["changes-2026-11-24.csv"]) == 5


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1", '=HYPERLINK("x")']
)
def test_no_cell_is_a_formula(evil: str) -> None:
    data = csv_export.format_csv(("name",), ((evil,), ("fine",), (5,), (None,)))
    (cell,), *rest = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1:]
    assert cell[0] == "'"
    assert cell[1:].strip() == evil.strip()
    assert rest == [["fine"], ["5"], [""]]


async def test_names_and_reasons_of_people_are_cells_and_nothing_else(desk: Desk) -> None:
    evil = replace(MIA, name='=cmd|" /C calc"!A0\n,x\ud800')
    await desk.finish((await desk.ask(1, evil)).job.id)
    await desk.books.blocks.block_member(MODERATOR, MIA.user, None, '@SUM(1),"quoted"', NOON)
    _, files = await exported(desk)
    assert files["use-2026-11.csv"][0]["name"].startswith("'=cmd|")
    assert files["changes-2026-11-24.csv"][0]["to"] == 'for good: @SUM(1),"quoted"'


async def test_rows_are_bounded_and_it_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_export, "ROWS_MAX", 3)
    for day in range(5):
        await desk.books.limits.set_limit(
            MODERATOR, LimitScope.MEMBER, MIA.user, {"day": day}, NOON
        )
    said, files = await exported(desk)
    assert [row["to"] for row in files["changes-2026-11-24.csv"]] == ["4", "3", "2"]
    assert said.endswith("These are the newest of 5 changes.")


async def test_twenty_thousand_rows_are_written_beside_the_loop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take a tenth of a second, in which nobody else would be answered."""
    real, threads = csv_export.format_csv, set()

    def table(*args: Any) -> bytes:
        threads.add(threading.current_thread())
        return real(*args)

    monkeypatch.setattr(csv_export, "format_csv", table)
    await exported(desk)
    assert threads
    assert threading.main_thread() not in threads


async def test_files_that_discord_does_not_take_are_a_sentence(desk: Desk) -> None:
    async def send(_: MessageContent) -> None:
        raise FilesTooLarge("no")

    card = await LimitCommands(
        desk.books.limits, desk.books.audit, lambda: NOON, images_max=4
    ).export_files(MODERATOR, send)
    assert card is not None
    assert card.content == "Discord didn't accept the files. Try again in a minute."
