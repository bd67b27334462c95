"""The books that these tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.books import Desk, open_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Books with the host's usual settings."""
    async with open_desk(tmp_path / "books.db") as desk:
        yield desk
