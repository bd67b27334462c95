"""What a person does on the page, step by step."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.browser import Browser
from tests.support.demo import RunningDemo

PNGS = "document.querySelectorAll('#messages [data-attachment$=\".png\"] img').length"


@contextlib.asynccontextmanager
async def visit(demo: RunningDemo, folder: Path) -> AsyncIterator[Browser]:
    async with Browser.start(folder / "profile") as browser:
        await browser.open(demo.page)
        await browser.see("#text")
        yield browser


async def post(url: str, body: dict[str, Any]) -> Any:
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def pace(demo: RunningDemo, step_s: float) -> None:
    await post(f"{demo.facts['swarmui']['base']}/sandbox/script", {"set": {"step_s": step_s}})


async def become(page: Browser, name: str) -> None:
    await page.click(f'[data-person="{name}"]')
    await page.see(f'[data-person="{name}"][aria-checked="true"]')


async def choose(page: Browser, command: str) -> None:
    """Type the command as people do, and take it from the list."""
    await page.click("#text")
    await page.type(f"/{command}")
    await page.click(f'.picker [data-command="{command}"]')
    await page.see(f'.command-form[data-command="{command}"]')


async def send(page: Browser) -> None:
    await page.click(".command-form [data-do=send]")
    await page.until("!document.querySelector('.command-form')")


async def pictures(page: Browser) -> int:
    """How many there are, once the channel's messages are shown."""
    await page.until("!document.querySelector('#messages[aria-busy=true]')")
    return int(await page.js(PNGS))


async def draws(page: Browser, count: int) -> None:
    """Waits until so many pictures are in the channel, the newest of them loaded."""
    await page.until(f"{PNGS} === {count}", seconds=20)
    await page.until("[...document.querySelectorAll('#messages img')].at(-1).naturalWidth > 256")
