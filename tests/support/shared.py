"""Facts about others: recordings of a real SwarmUI, Discord's description of its API.

The recordings are in tests/data. Discord's description lies in a folder beside the project, or in
the one that TESTS_SHARED names. Tests that read it skip where it is not; where
TESTS_REQUIRE_SHARED is set (in CI), that is a failure.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(
    os.environ.get("TESTS_SHARED") or Path(__file__).resolve().parents[2] / "../shared"
).resolve()
RECORDINGS = Path(__file__).resolve().parents[1] / "data" / "swarmui_recordings"
VALIDATOR = SHARED / "tools" / "discord_spec_validator.py"
OPENAPI = SHARED / "discord-openapi.json"

REQUIRED = bool(os.environ.get("TESTS_REQUIRE_SHARED"))


def needs(*paths: Path) -> pytest.MarkDecorator:
    """Skip, with a reason, where one of these is not there and need not be."""
    missing = [path.name for path in paths if not path.exists()]
    return pytest.mark.skipif(
        bool(missing) and not REQUIRED, reason=f"not beside the project: {', '.join(missing)}"
    )
