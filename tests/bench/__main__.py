"""`python -m tests.bench [NAME…] [--quick] [--rows N]`."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from rich.console import Console

from bot import logs
from tests.bench import gate, gpu, job, messages, models, phrases, start, waiting
from tests.bench.report import Result, show
from tests.bench.scale import Scale

ALL = {
    "job": job.measure,
    "gpu": gpu.measure,
    "messages": messages.measure,
    "phrases": phrases.measure,
    "gate": gate.measure,
    "start": start.measure,
    "models": models.measure,
    "waiting": waiting.measure,
}


def main() -> None:
    """Measure what was named, or everything, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--quick", action="store_true", help="little of each: does it work?")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="rows of history for the gate (1,000,000)"
    )
    asked = parser.parse_args()
    if strange := sorted(set(asked.names) - set(ALL)):
        parser.error(f"there is no {', '.join(strange)}; there is {', '.join(ALL)}")
    scale = Scale(quick=asked.quick, rows=20_000 if asked.quick else asked.rows)
    logs.set_up_logging("ERROR", "console")
    console, results = Console(width=None), list[Result]()
    for name in asked.names or ALL:
        with console.status(f"measuring {name} …"), tempfile.TemporaryDirectory() as folder:
            results.append(asyncio.run(ALL[name](scale, Path(folder))))
    show(results, console)


if __name__ == "__main__":
    main()
