"""The file with the last lists: it comes back whole, and a bad one costs a line in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.swarmui.catalog_cache import SnapshotFile
from bot.core.drawing.catalog import CatalogSnapshot, Lora, ParameterInfo, Preset
from bot.core.drawing.request import Model

SHELF = CatalogSnapshot(
    models=(Model("flux/dev.safetensors", "Flux Dev", width=1024, height=1024, loaded=True),),
    loras=(Lora("ink.safetensors", "Ink", weight=0.5),),
    presets=(Preset("Noir", parameters=(("steps", "9"),)),),
    params=(ParameterInfo("steps", "Steps", "integer", least=1.0, choices=("1", "2")),),
    wildcards=("animals",),
    features=frozenset({"comfyui"}),
)
URL = "http://127.0.0.1:7801"


def test_the_lists_come_back_whole_with_their_time(tmp_path: Path) -> None:
    """The time is when the server said so, not when the file was written."""
    file = SnapshotFile(tmp_path / "lists", URL)
    assert file.load_snapshot() is None
    file.save_snapshot(SHELF, 1000.0)
    assert SnapshotFile(tmp_path / "lists", URL).load_snapshot() == (SHELF, 1000.0)


def test_the_last_saved_lists_count_and_no_part_of_a_file_stays(tmp_path: Path) -> None:
    file = SnapshotFile(tmp_path / "lists", URL)
    file.save_snapshot(SHELF, 1000.0)
    file.save_snapshot(CatalogSnapshot(), 2000.0)
    assert file.load_snapshot() == (CatalogSnapshot(), 2000.0)
    assert [one.name for one in tmp_path.iterdir()] == ["lists"]


def test_the_lists_of_another_server_are_not_taken(tmp_path: Path) -> None:
    SnapshotFile(tmp_path / "lists", URL).save_snapshot(SHELF, 1000.0)
    assert SnapshotFile(tmp_path / "lists", "http://other:7801").load_snapshot() is None


def test_the_same_lists_said_again_only_get_a_new_time(tmp_path: Path) -> None:
    file = SnapshotFile(tmp_path / "lists", URL)
    assert not file.mark_current(3000.0), "there is no file yet"
    file.save_snapshot(SHELF, 1000.0)
    assert file.mark_current(3000.0)
    assert file.load_snapshot() == (SHELF, 3000.0)


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b'{"form": 1}', b'{"form": 2, "url": "u", "shelf": {}}', b"\xff" * 99],
)
def test_a_damaged_file_is_ignored_with_one_line(
    tmp_path: Path, damage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lists"
    file.write_bytes(damage)

    assert SnapshotFile(file, "u").load_snapshot() is None
    assert capsys.readouterr().out.count("kept lists ignored") == 1


def test_a_folder_that_cannot_be_written_costs_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SnapshotFile(tmp_path / "nowhere" / "lists", "u").save_snapshot(CatalogSnapshot(), 0.0)

    assert "lists not kept" in capsys.readouterr().out
