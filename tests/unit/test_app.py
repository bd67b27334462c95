"""The composition root: what it makes by itself, and when it cannot start."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest
from discord import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import app
from bot.adapters.sqlite.errors import FolderInUse
from bot.adapters.sqlite.folder_lock import lock_data_folder
from bot.config import Settings
from bot.core.ids import is_job_id
from bot.storage_check import SpoolUnwritable
from tests.support.books import NOON
from tests.support.program import build_settings


def test_ids_and_chances_come_from_the_systems_randomness() -> None:
    ids = app.build_id_source()
    made = [[make() for _ in range(200)] for make in (ids.new_job_id, ids.new_nonce, ids.new_seed)]
    assert all(len(set(ones)) == 200 for ones in made)
    assert all(map(is_job_id, made[0]))
    assert all(len(nonce) <= 25 for nonce in made[1]), "Discord takes no longer nonce"
    assert all(0 <= seed < app.SEEDS for seed in made[2])
    assert {len(ids.new_error_ref()) for _ in range(50)} == {4}


def settings_in(folder: Path, **sections: Any) -> Settings:
    return build_settings(
        storage={"database": folder / "swarmbot.db", "spool": folder / "spool"},
        swarmui={"url": "http://127.0.0.1:9"},
        discord={
            "token": "a.b.c",
            "api_base": "http://127.0.0.1:9",
            "gateway_url": "ws://127.0.0.1:9/",
            "cdn_url": "http://127.0.0.1:9",
        },
        **sections,
    )


@pytest.fixture(autouse=True)
def addresses_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Discord's addresses of the process come back after each test."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    monkeypatch.setattr(Asset, "BASE", Asset.BASE)


async def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, no folder")
    with pytest.raises(app.CannotStart, match="data"):
        await app.run(settings_in(tmp_path / "data"), print)


async def test_a_second_bot_on_the_same_folder_does_not_start(tmp_path: Path) -> None:
    """Two bots would each add a grant, and would each take up the other's drawings."""
    database = tmp_path / "swarmbot.db"
    with lock_data_folder(database, NOON), pytest.raises(FolderInUse, match="since 2026-11-24"):
        await app.run(settings_in(tmp_path), print)
    assert not database.exists(), "it opened nothing"


async def test_a_signal_before_the_start_ends_it_before_discord_is_asked(tmp_path: Path) -> None:
    said: list[str] = []
    wrapped: list[object] = []

    def wrap(ports: Any) -> Any:
        wrapped.append(ports.messages)
        signal.raise_signal(signal.SIGTERM)
        return ports

    before = signal.getsignal(signal.SIGTERM)
    await app.run(settings_in(tmp_path), said.append, wrap_ports=wrap)
    assert len(wrapped) == 1
    assert said == []
    assert (tmp_path / "swarmbot.db").exists()
    assert signal.getsignal(signal.SIGTERM) == before


async def test_a_spool_that_cannot_be_written_stops_the_start_with_a_sentence(
    tmp_path: Path,
) -> None:
    """Found out later, each picture would be drawn and lost."""
    (tmp_path / "spool").write_text("a file, no folder")
    with pytest.raises(SpoolUnwritable, match=r"change `storage\.spool`"):
        async with asyncio.timeout(30):
            await app.run(settings_in(tmp_path), print)
    assert not (tmp_path / "swarmbot.db").exists()
