"""The tables of facts beside the modules, as tab-separated files with a head line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent


def read_table(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
