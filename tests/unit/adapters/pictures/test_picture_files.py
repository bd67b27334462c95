"""Two hundred picture files of many programs: their parameters, or the true sentence.

The files are read in a process of their own, which says at its end how much memory it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

import pytest

from tests.support.picture_files import NOTHING, UNREADABLE, PictureFile, build_picture_files

MEMORY_MAX: Final = 300 * 1024 * 1024
READER: Final = """
import json, resource, sys
from pathlib import Path
from bot.adapters.pictures.metadata import read_texts
from bot.core.drawing.image_metadata import has_unknown_text, parse_metadata

found = []
for path in sorted(Path(sys.argv[1]).iterdir()):
    texts = read_texts(path.read_bytes())
    read = parse_metadata(texts)
    found.append(
        {"unknown": has_unknown_text(texts)} if read is None else
        {"prompt": read.prompt, "negative": read.negative, "seed": dict(read.facts).get("Seed", "")}
    )
unit = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
status = Path("/proc/self/status")
if status.exists():  # the other number begins with what the parent had
    line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
    peak = int(line.split()[1]) * 1024
print(json.dumps({"found": found, "peak": peak}))
"""


@pytest.fixture(scope="module")
def files() -> list[PictureFile]:
    return build_picture_files()


@pytest.fixture(scope="module")
def result(files: list[PictureFile], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pictures")
    for number, file in enumerate(files):
        (folder / f"{number:04}").write_bytes(file.data)
    command = [sys.executable, "-c", READER, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_there_are_enough_files_of_enough_writers(files: list[PictureFile]) -> None:
    assert len(files) >= 150
    assert len({file.name for file in files}) == len(files)
    assert len({file.data for file in files}) >= 195
    writers = [file.writer for file in files]
    assert {"Pillow", "piexif", "pypng", "bytes"} == set(writers)
    assert min(writers.count(one) for one in set(writers)) >= 15


def test_each_file_gives_its_parameters_or_the_true_sentence(
    files: list[PictureFile], result: dict[str, Any]
) -> None:
    wrong = {}
    for file, found in zip(files, result["found"], strict=True):
        if file.expected in (NOTHING, UNREADABLE):
            right = found == {"unknown": file.expected == UNREADABLE}
        else:
            right = (
                found.get("prompt") == file.expected
                and (file.negative is None or found["negative"] == file.negative)
                and (not file.seed or found["seed"] == file.seed)
            )
        if not right:
            wrong[file.name] = found
    assert wrong == {}


def test_reading_them_all_stays_below_300_megabytes(result: dict[str, Any]) -> None:
    assert result["peak"] < MEMORY_MAX
