"""The floor of deaths: a bot that dies, and what its deaths came to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.crash.world import Mortal, mortal
from tests.support.table import PROPERTY


@pytest.fixture
async def one(
    tmp_path: Path, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> AsyncIterator[Mortal]:
    """A bot in a town of its own. Its counts are a row of the report, which grows as it dies."""
    async with mortal(tmp_path) as bot:
        bot.row["died"] = request.node.name.removeprefix("test_").replace("_", " ")
        record_property(PROPERTY, ["Killed, restarted and counted", bot.row])
        yield bot
