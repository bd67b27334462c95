"""One demo for each file of tests here, and a page of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.browser.steps import visit
from tests.support.browser import Browser
from tests.support.demo import RunningDemo, running_demo


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo() -> AsyncIterator[RunningDemo]:
    """One for all tests of a file, which therefore count from what they find."""
    async with running_demo() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def page(demo: RunningDemo, tmp_path: Path) -> AsyncIterator[Browser]:
    async with visit(demo, tmp_path) as browser:
        yield browser
