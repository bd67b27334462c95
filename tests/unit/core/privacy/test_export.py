"""The files of an export: plain, zipped or in parts, each a document by itself."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from bot.core.privacy import export as privacy_export
from tests.unit.core.make import T0


def rows(count: int) -> dict[str, tuple[dict[str, object], ...]]:
    """Rows that hardly compress."""
    return {
        "jobs": tuple({"id": n, "prompt": f"{n:x}{hash(('salt', n)):x}" * 4} for n in range(count)),
        "posts": tuple({"job": n, "channel": 2**60 + n} for n in range(count)),
    }


def read(data: bytes) -> dict[str, object]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (name,) = archive.namelist()
        document: dict[str, object] = json.loads(archive.read(name))
        return document


@pytest.mark.parametrize("limit", [200_000, 20_000, 3_000])
def test_a_large_one_is_packed_then_parted(limit: int) -> None:
    """Every row is in exactly one part, no part is over the limit, each is a document."""
    kept = rows(400)
    files = privacy_export.build_export_files(kept, user=1, guild=7, now=T0, limit=limit)

    assert all(len(file.data) <= limit for file in files)
    if limit == 200_000:
        documents = [json.loads(files[0].data)]
        assert [file.name.rpartition(".")[2] for file in files] == ["json"]
    else:
        documents = [read(file.data) for file in files]
        assert files[0].name.endswith(".zip")
    found = [row["id"] for document in documents for row in document["kept"].get("jobs", ())]
    assert found == list(range(400))
    channels = [row["channel"] for doc in documents for row in doc["kept"].get("posts", ())]
    assert channels == [str(2**60 + n) for n in range(400)]
    assert all(document["server"] == "7" for document in documents)
    if limit == 3_000:
        assert files[0].name.endswith(f"-1-of-{len(files)}.zip")


def test_an_export_says_of_whom_when_and_where_it_is() -> None:
    (file,) = privacy_export.build_export_files({}, user=2**60, guild=0, now=T0, limit=1000)
    document = json.loads(file.data)
    assert document.pop("form") == privacy_export.FORMAT_VERSION
    assert document == {
        "made_at": "2026-11-24T12:00:00+00:00",
        "person": str(2**60),
        "server": "all",
        "kept": {},
    }
    assert "2026-11-24" in file.name


def test_ids_are_words_and_small_numbers_stay_numbers() -> None:
    kept = {"jobs": ({"id": 2**53, "steps": 2**53 - 1, "seed": -(2**53), "cfg": 1.5},)}
    (file,) = privacy_export.build_export_files(kept, user=1, guild=7, now=T0, limit=1000)
    (row,) = json.loads(file.data)["kept"]["jobs"]
    assert row == {"id": str(2**53), "steps": 2**53 - 1, "seed": str(-(2**53)), "cfg": 1.5}


def test_a_file_of_exactly_the_limit_stays_plain() -> None:
    kept = {"jobs": ({"prompt": "x" * 500},)}
    (whole,) = privacy_export.build_export_files(kept, user=1, guild=7, now=T0, limit=10**6)
    size = len(whole.data)
    (plain,) = privacy_export.build_export_files(kept, user=1, guild=7, now=T0, limit=size)
    (packed,) = privacy_export.build_export_files(kept, user=1, guild=7, now=T0, limit=size - 1)
    assert plain.name.endswith(".json")
    assert packed.name.endswith(".zip")
    assert read(packed.data) == json.loads(plain.data)


def test_one_row_over_the_limit_comes_all_the_same() -> None:
    kept = {"jobs": ({"prompt": "a fox"},)}
    (file,) = privacy_export.build_export_files(kept, user=1, guild=7, now=T0, limit=1)
    assert read(file.data)["kept"] == {"jobs": [{"prompt": "a fox"}]}
